// One process at a time: a timeout or a reset stops the jobs of all (KABI-B13).
//
//   Result<DeviceLock> lock = DeviceLock::take("/tmp/rk3588_npu_submit.lock");
//
// flock on the file that public clients of the RK3588 lock around their submits, so that they and
// this program keep out of each other's way. Held until the lock goes.
#pragma once

#include <string>

#include "regdb/error.h"

namespace npuscope::guard {

inline constexpr char default_lock_file[] = "/tmp/rk3588_npu_submit.lock";

class DeviceLock {
 public:
  // Errors (refused): another process holds it, or the file cannot be made.
  [[nodiscard]] static Result<DeviceLock> take(const std::string& path);
  DeviceLock(DeviceLock&& other) noexcept;
  DeviceLock& operator=(DeviceLock&&) = delete;
  ~DeviceLock();

 private:
  explicit DeviceLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace npuscope::guard
