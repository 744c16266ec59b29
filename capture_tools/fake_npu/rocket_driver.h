// The mainline kernel driver `rocket` (Linux 6.18) as its clients see it.
//
//   RocketDriver driver(memory, board, journal, {});
//   int error = driver.ioctl(file, word, structure);
//
// Each open file has device addresses of its own, from zero up. Tasks of a job are started one by
// one, and only the interrupt of the DPU ends one. What goes wrong in a job is told to nobody: the
// submit returns 0, and so does the wait for its buffers. The journal says it.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "capture_tools/fake_npu/npu_board.h"
#include "replay/device/uabi/rocket.h"

namespace npuscope::fake {

class RocketDriver {
 public:
  RocketDriver(MemoryFile& memory, NpuBoard& board, Journal& journal);

  // For SUBMIT, `structure` is the structure and behind it, for each job: the job, its tasks, the
  // handles that it reads and those that it writes.
  int ioctl(std::uint64_t file, std::uint32_t word, std::span<std::byte> structure);
  [[nodiscard]] BufferPointer object(std::uint64_t file, std::uint32_t handle);
  [[nodiscard]] BufferPointer mapped(std::uint64_t file, std::uint64_t offset);
  void close(std::uint64_t file);
  [[nodiscard]] std::vector<std::uint64_t> files() const;
  [[nodiscard]] std::uint64_t submits() const { return submits_; }

 private:
  struct File {
    BufferObjects objects;
    Handles handles;
  };

  File& file_of(std::uint64_t id);
  int create(File& file, uabi::rocket::CreateBo& create);
  int submit(std::uint64_t file, std::span<const std::byte> payload);
  // Takes the job from the front of `rest`; false: it is not whole.
  bool run_job(std::uint64_t file, std::span<const std::byte>& rest);
  void run_tasks(std::uint64_t file, const std::vector<BufferPointer>& buffers,
                 std::span<const uabi::rocket::Task> tasks);

  mutable std::mutex mutex_;  // not held while a job runs
  MemoryFile& memory_;
  NpuBoard& board_;
  Journal& journal_;
  std::map<std::uint64_t, std::unique_ptr<File>> files_;
  std::uint64_t submits_ = 0;
};

}  // namespace npuscope::fake
