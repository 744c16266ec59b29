// The hardware behind a fake device: the simulator, with its memory made of buffer objects.
//
//   NpuBoard::Job job(board, buffers);
//   KickResult result = job.kick({.core = 0, .address = first, .amount = 62});
//   if (result.completed) ... result.interrupts ...
//
// One job at a time. What the board would do is told in terms of what a driver sees: interrupt
// bits, tasks that completed, or nothing at all.
#pragma once

#include <mutex>
#include <span>
#include <vector>

#include "capture_tools/fake_npu/buffer_objects.h"
#include "capture_tools/fake_npu/journal.h"
#include "replay/sim/simulator.h"

namespace npuscope::fake {

struct KickResult {
  bool completed = false;        // all tasks ran; false: the driver would wait for ever
  bool refused = false;          // not modelled: no statement about the board
  std::size_t tasks = 0;         // that ran to their end
  std::uint32_t interrupts = 0;  // raw interrupt bits of the blocks that finished
  std::uint64_t macs = 0;
};

class NpuBoard {
 public:
  // strict: a broken rule ends the kick as the board would.
  NpuBoard(bool strict, Journal& journal);

  // What every job of the driver starts with: the memory that it sees. Then its kicks.
  class Job {
   public:
    Job(NpuBoard& board, std::span<const BufferPointer> buffers);
    ~Job();
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;
    [[nodiscard]] KickResult kick(const sim::ChainStart& start);
    // Several cores together; a result for each.
    [[nodiscard]] std::vector<KickResult> kick(std::span<const sim::ChainStart> starts);

   private:
    NpuBoard& board_;
    std::unique_lock<std::mutex> lock_;
    std::span<const BufferPointer> buffers_;
  };

  void reset();

 private:
  std::mutex mutex_;
  sim::Simulator simulator_;
  Journal& journal_;
};

// Nanoseconds that the driver reports for a job: 16 us for a small one, as a board log has it, and
// 512 multiplications of f16 in each cycle of 1 GHz beyond. A model, not a measurement.
[[nodiscard]] std::int64_t modelled_time(std::uint64_t macs);

}  // namespace npuscope::fake
