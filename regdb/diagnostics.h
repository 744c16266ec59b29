// What the readers of the XML files have to say: one error that ends the reading, and notices that
// do not.
//
//   Diagnostics report;
//   report.notice("my.xml:12", "spectype is not supported");
//   report.fail("my.xml:14", "offset 'zz' is not a number", "write 0x1040 or 4160");
//   if (report.failed()) return tl::unexpected(report.error());
//
// The first error counts; everything after it may be its consequence.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "regdb/error.h"

namespace npuscope {

class Diagnostics {
 public:
  // A hostile file must not fill the memory with complaints.
  static constexpr std::size_t max_notices = 1000;

  void notice(const std::string& place, const std::string& text) {
    if (notices_.size() < max_notices) notices_.push_back(place + ": " + text);
    if (notices_.size() == max_notices) notices_.emplace_back("further notices are left out");
  }

  void fail(std::string place, std::string what, std::string remedy = {}) {
    if (error_) return;
    error_ = Error{ErrorKind::unreadable, std::move(what), std::move(place), std::move(remedy)};
  }

  [[nodiscard]] bool failed() const { return error_.has_value(); }
  [[nodiscard]] const Error& error() const { return *error_; }
  [[nodiscard]] std::vector<std::string> take_notices() { return std::move(notices_); }

 private:
  std::optional<Error> error_;
  std::vector<std::string> notices_;
};

}  // namespace npuscope
