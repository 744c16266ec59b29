// A fake NPU: drivers, memory and the simulator behind them, for clients that were preloaded.
//
//   auto npu = FakeNpu::create({.rknpu = true});
//   Answer answer = (*npu)->answer(request, payload);          // from any thread
//
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "capture_tools/fake_npu/rknpu_driver.h"
#include "capture_tools/fake_npu/rocket_driver.h"

namespace npuscope::fake {

struct FakeOptions {
  bool rknpu = true;    // /dev/dri/card1 and renderD129
  bool rocket = false;  // /dev/accel/accel0
  bool strict = false;
  std::vector<Fault> faults{};
};

struct Answer {
  Reply reply;
  std::vector<std::byte> payload;
  Descriptor descriptor;
};

class FakeNpu {
 public:
  // Errors (usage): the system gives no memory for it.
  [[nodiscard]] static Result<std::unique_ptr<FakeNpu>> create(const FakeOptions& options,
                                                               Journal::Sink sink = {});

  [[nodiscard]] Answer answer(const Request& request, std::vector<std::byte> payload);

  [[nodiscard]] const std::string& memory_identity() const { return memory_.identity(); }
  [[nodiscard]] const Journal& journal() const { return journal_; }
  // Calls of SUBMIT that reached a driver.
  [[nodiscard]] std::uint64_t submits() const { return rknpu_.submits() + rocket_.submits(); }
  [[nodiscard]] bool crashed() const { return rknpu_.crashed(); }

 private:
  FakeNpu(MemoryFile memory, const FakeOptions& options, Journal::Sink sink);

  Answer open(const Request& request);
  Answer map(const FileTag& tag, const std::vector<std::byte>& payload);
  Answer ioctl(const FileTag& tag, const Request& request, std::vector<std::byte> payload);
  Answer export_buffer(const FileTag& tag, const std::vector<std::byte>& payload);
  Answer import_buffer(const FileTag& tag, std::int64_t dma_buf, std::vector<std::byte> payload);
  [[nodiscard]] BufferPointer object(const FileTag& tag, std::uint32_t handle);
  [[nodiscard]] bool is_unplugged(std::uint64_t call) const;
  [[nodiscard]] Answer kernel_log() const;
  // Forgets files and dma-bufs of which no process has a descriptor.
  void collect();

  FakeOptions options_;
  MemoryFile memory_;
  Journal journal_;
  NpuBoard board_;
  RknpuDriver rknpu_;
  RocketDriver rocket_;
  std::mutex mutex_;  // of dma_bufs_ and descriptions
  std::map<std::uint64_t, BufferPointer> dma_bufs_;
  std::uint64_t next_id_ = 1;
  std::atomic<std::uint64_t> ioctls_ = 0;
};

}  // namespace npuscope::fake
