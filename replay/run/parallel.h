// A loop over independent pieces of work on several threads.
//
//   for_each_index(shapes.size(), threads, [&](std::size_t i) { rows[i] = sweep_shape(...); });
//
// The pieces are handed out in order, so that equal work gives equal results for any number of
// threads as long as each piece writes only what is its own.
#pragma once

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace npuscope {

template <typename Work>
void for_each_index(std::size_t count, unsigned threads, Work work) {
  std::atomic<std::size_t> next = 0;
  const auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  if (threads <= 1 || count <= 1) return run();
  std::vector<std::jthread> workers;
  for (unsigned i = 1; i < threads; ++i) workers.emplace_back(run);
  run();
}

}  // namespace npuscope
