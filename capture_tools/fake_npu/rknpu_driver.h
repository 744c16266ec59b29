// The vendor's kernel driver `rknpu` 0.9.8 as its clients see it.
//
//   RknpuDriver driver(memory, board, journal, {.strict = true});
//   int error = driver.ioctl(file, word, structure);              // errno, 0: success
//
// Built to the driver's source: the answers, the error codes, what is read of a submit and what is
// not. Its defects are named B1 to B15; where one would bring a board down, `crashed` is set in
// strict mode, and no later call succeeds.
#pragma once

#include <atomic>
#include <map>
#include <mutex>

#include "capture_tools/fake_npu/faults.h"
#include "capture_tools/fake_npu/npu_board.h"
#include "replay/device/uabi/rknpu.h"

namespace npuscope::fake {

struct DriverOptions {
  bool strict = false;  // a wrong submit brings the board down, as it would
  std::vector<Fault> faults;
};

class RknpuDriver {
 public:
  RknpuDriver(MemoryFile& memory, NpuBoard& board, Journal& journal, DriverOptions options);

  // An ioctl of the driver or of the DRM core, on a file of this id. `primary`: of the card node.
  int ioctl(std::uint64_t file, bool primary, std::uint32_t word, std::span<std::byte> structure);
  // GEM objects by handle, for dma-bufs; nullptr: no such handle.
  [[nodiscard]] BufferPointer object(std::uint64_t file, std::uint32_t handle);
  std::uint32_t add_handle(std::uint64_t file, const BufferPointer& object);
  // The object that an mmap of the device at this offset means, if the file has a handle of it.
  [[nodiscard]] BufferPointer mapped(std::uint64_t file, std::uint64_t offset);
  void close(std::uint64_t file);
  [[nodiscard]] std::vector<std::uint64_t> files() const;

  [[nodiscard]] bool crashed() const { return crashed_; }
  [[nodiscard]] std::uint64_t submits() const { return submits_; }

 private:
  struct Range {  // tasks of one core
    unsigned core = 0;
    uabi::rknpu::SubcoreTask tasks;
  };

  // Without waiting, a job counts as running until a later one of its file was waited for, as the
  // driver tells nobody when it ends.
  struct RunningJob {
    std::uint64_t file = 0, number = 0;
    std::uint32_t cores = 0;
    bool waits = true;  // its client, which cannot be killed meanwhile
  };

  struct JobContext;

  int action(std::uint64_t file, uabi::rknpu::Action& action);
  int create(std::uint64_t file, uabi::rknpu::MemCreate& create);
  int sync(const uabi::rknpu::MemSync& sync);
  int submit(std::uint64_t file, uabi::rknpu::Submit& submit);
  [[nodiscard]] int check(uabi::rknpu::Submit& submit, BufferPointer& table);
  [[nodiscard]] std::vector<Range> ranges_of(const uabi::rknpu::Submit& submit) const;
  int start(uabi::rknpu::Submit& submit, std::uint64_t number, const BufferObject& table,
            std::span<const BufferPointer> buffers);
  int begin(const RunningJob& job);
  void end(const RunningJob& job);
  // What closes or frees takes memory from under a core; what resets, resets all cores.
  int disturb_own(std::uint64_t file, std::string_view what);
  int disturb_others(std::uint64_t file, std::string_view what);
  int run(JobContext& job, const std::vector<Range>& ranges);
  [[nodiscard]] std::vector<KickResult> kick(JobContext& job, const std::vector<Range>& ranges);
  int conclude(JobContext& job, const Range& range, const KickResult& result);
  int time_out(JobContext& job, std::size_t tasks);
  int crash(std::string rule, std::string text);
  int refuse(int error, std::string rule, std::string text);
  // What goes well on most days: a warning, and a crash in strict mode.
  int worse_if_strict(std::string rule, std::string text);

  mutable std::mutex mutex_;  // not held while a job runs
  NpuBoard& board_;
  Journal& journal_;
  DriverOptions options_;
  BufferObjects objects_;
  std::map<std::uint64_t, Handles> files_;
  std::vector<RunningJob> running_;
  std::atomic<std::uint64_t> submits_ = 0;
  std::uint64_t creates_ = 0;
  std::uint32_t domain_ = 0;
  std::atomic<bool> crashed_ = false, dangling_job_ = false;
};

}  // namespace npuscope::fake
