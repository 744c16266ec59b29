// A fake NPU in this process, with a machine around it: kernel log, boot_id, lock, state directory.
//
//   FakeBoard board({.strict = true});
//   Result<GuardedSession> session = board.open_session({});
//   board.submits();                                   // what reached the driver
//
// The devices of the project run on it through the same ports as on a board.
#pragma once

#include <filesystem>
#include <memory>

#include "capture_tools/fake_npu/fake_npu.h"
#include "replay/guard/session.h"

namespace npuscope::testing {

class FakeBoard {
 public:
  explicit FakeBoard(fake::FakeOptions options = {.strict = true});
  ~FakeBoard();
  FakeBoard(const FakeBoard&) = delete;
  FakeBoard& operator=(const FakeBoard&) = delete;

  [[nodiscard]] DrmPort port(const std::string& driver) const;
  [[nodiscard]] guard::Surroundings surroundings() const;
  [[nodiscard]] Result<guard::GuardedSession> open_session(
      guard::SessionOptions options, const std::string& driver = "rknpu",
      std::function<void(guard::Step)> at = [](guard::Step) {}) const;

  [[nodiscard]] std::uint64_t submits() const { return npu_->submits(); }
  [[nodiscard]] const fake::FakeNpu& npu() const { return *npu_; }
  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] std::string journal() const;  // its text
  void reboot(const std::string& boot_id) const;

 private:
  std::filesystem::path root_;
  std::unique_ptr<fake::FakeNpu> npu_;
};

// A generated convolution of random tensors, for so many cores; its output buffer.
[[nodiscard]] ReplayProgram conv_program(const std::string& shape, unsigned cores);
[[nodiscard]] std::size_t output_of(const ReplayProgram& program);

}  // namespace npuscope::testing
