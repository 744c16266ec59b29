#include "capture_tools/record/idle_worker.h"

#include <pthread.h>
#include <sched.h>

#include <utility>

namespace npuscope::record {

IdleWorker::IdleWorker(Work work, std::size_t most_bytes)
    : work_(std::move(work)), most_bytes_(most_bytes), thread_([this] { run(); }) {}

void IdleWorker::run() {
  const sched_param lowest{};
  static_cast<void>(pthread_setschedparam(pthread_self(), SCHED_IDLE, &lowest));
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ends_ || !waiting_.empty(); });
    if (ends_) return;  // the rest is done by who waits for that
    const std::vector<std::byte> next = std::move(waiting_.front());
    waiting_.pop_front();
    bytes_ -= next.size();
    lock.unlock();
    work_(next);
    lock.lock();
  }
}

void IdleWorker::add(std::vector<std::byte> work) {
  if (!thread_.joinable()) return work_(work);
  std::size_t left = 0;
  {
    const std::lock_guard lock(mutex_);
    bytes_ += work.size();
    waiting_.push_back(std::move(work));
    left = bytes_;
  }
  changed_.notify_one();
  if (left > most_bytes_) finish();
}

void IdleWorker::finish() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_one();
  thread_.join();
  for (const std::vector<std::byte>& each : std::exchange(waiting_, {})) work_(each);
}

}  // namespace npuscope::record
