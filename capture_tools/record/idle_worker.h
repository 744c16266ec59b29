// Work that waits until a processor has nothing else to do.
//
//   IdleWorker worker([&](std::span<const std::byte> work) { ... }, most_bytes);
//   worker.add(work);        // returns at once; done later, in order, by a thread of SCHED_IDLE
//   worker.finish();         // all is done; what was left, by the caller
//
// On a machine that is never idle the work would pile up: when there are more than `most_bytes`,
// the caller of add() does it from then on.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace npuscope::record {

class IdleWorker {
 public:
  using Work = std::function<void(std::span<const std::byte>)>;
  IdleWorker(Work work, std::size_t most_bytes);
  ~IdleWorker() { finish(); }
  IdleWorker(const IdleWorker&) = delete;
  IdleWorker& operator=(const IdleWorker&) = delete;

  void add(std::vector<std::byte> work);
  void finish();

 private:
  void run();

  Work work_;
  std::size_t most_bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::vector<std::byte>> waiting_;  // guarded, as are those below
  std::size_t bytes_ = 0;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace npuscope::record
