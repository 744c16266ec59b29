#include "capture_tools/record/idle_worker.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>

namespace npuscope::record {
namespace {

std::vector<std::byte> portion(std::size_t number) {
  return std::vector<std::byte>(10, static_cast<std::byte>(number));
}

// Everything is done once and in order, whoever does it.
TEST(IdleWorker, DoesAllInOrder) {
  for (const std::size_t most : {std::size_t{0}, std::size_t{50}, std::size_t{1} << 20}) {
    std::vector<std::size_t> done;  // by one thread after the other
    IdleWorker worker(
        [&](std::span<const std::byte> work) { done.push_back(static_cast<std::size_t>(work[0])); },
        most);
    for (std::size_t i = 0; i < 200; ++i) worker.add(portion(i));
    worker.finish();
    ASSERT_EQ(done.size(), 200U);
    for (std::size_t i = 0; i < done.size(); ++i) EXPECT_EQ(done[i], i);
  }
}

TEST(IdleWorker, WorksWhenAProcessorIsIdle) {
  std::atomic<int> policy = -1;
  IdleWorker worker([&](std::span<const std::byte>) { policy = sched_getscheduler(0); }, 1 << 20);
  worker.add(portion(0));
  while (policy == -1) std::this_thread::yield();
  EXPECT_EQ(policy, SCHED_IDLE);
  EXPECT_EQ(sched_getscheduler(0), SCHED_OTHER);
}

// Too much is waiting: who brings it does the work, so that it does not grow for ever.
TEST(IdleWorker, TooMuchIsDoneAtOnce) {
  std::vector<std::thread::id> done;
  IdleWorker worker([&](std::span<const std::byte>) { done.push_back(std::this_thread::get_id()); },
                    35);
  worker.add(std::vector<std::byte>(36));
  EXPECT_EQ(done.size(), 1U);
  worker.add(portion(1));
  ASSERT_EQ(done.size(), 2U);
  EXPECT_EQ(done.back(), std::this_thread::get_id());
}

}  // namespace
}  // namespace npuscope::record
