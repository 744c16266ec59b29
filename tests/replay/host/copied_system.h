// A made-up copied system in a temporary directory, removed at the end of the test.
//
//   CopiedSystem board;
//   board.file("/proc/cmdline", "console=ttyS2").link("/sys/class/drm/card1/device/driver",
//   "../RKNPU"); const Host host = board.host();
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "replay/host/host.h"

namespace npuscope::testing {

class CopiedSystem {
 public:
  CopiedSystem() {
    std::string name = std::filesystem::temp_directory_path() / "npuscope-host-XXXXXX";
    root_ = ::mkdtemp(name.data());
  }
  ~CopiedSystem() { std::filesystem::remove_all(root_); }
  CopiedSystem(const CopiedSystem&) = delete;
  CopiedSystem& operator=(const CopiedSystem&) = delete;

  CopiedSystem& file(const std::string& path, std::string_view text) {
    const std::filesystem::path place = root_ + path;
    std::filesystem::create_directories(place.parent_path());
    std::ofstream(place, std::ios::binary) << text;
    return *this;
  }
  CopiedSystem& link(const std::string& path, const std::string& target) {
    const std::filesystem::path place = root_ + path;
    std::filesystem::create_directories(place.parent_path());
    std::filesystem::create_symlink(target, place);
    return *this;
  }
  [[nodiscard]] const std::string& root() const { return root_; }
  [[nodiscard]] host::Host host() const { return host::Host{root_}; }

 private:
  std::string root_;
};

}  // namespace npuscope::testing
