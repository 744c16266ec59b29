// A directory of our own in TMPDIR, removed at the end.
//
//   Result<Workplace> workplace = Workplace::make("npuscope-fake");
//   workplace->path() / "socket"
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "regdb/error.h"

namespace npuscope::cli {

class Workplace {
 public:
  // Errors (usage): TMPDIR cannot be written.
  [[nodiscard]] static Result<Workplace> make(const std::string& name);
  Workplace(Workplace&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Workplace& operator=(Workplace&&) = delete;
  ~Workplace();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  Workplace() = default;
  std::filesystem::path path_;
};

}  // namespace npuscope::cli
