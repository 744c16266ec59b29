// Single tasks made register by register, run on a fresh simulator.
//
//   TaskBuilder task;
//   task.set(reg::PPU_POOLING_KERNEL_CFG_KERNEL_WIDTH, 2 - 1);
//   TaskRun run;
//   run.put(0x10000, codes, 4096);                   // a buffer of 4096 bytes that begins with
//   them run.execute(task.words(0x60)); run.take<std::uint16_t>(0x20000, 64)
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <span>
#include <vector>

#include "decoder/task.h"
#include "decoder/word.h"
#include "regdb/register_fields.h"
#include "replay/sim/simulator.h"

namespace npuscope::testing {

class TaskBuilder {
 public:
  // Both pointers of the block toggle unless S_POINTER is set.
  TaskBuilder& set(const reg::RegisterField& field, std::uint32_t value) {
    std::uint32_t& word = values_[field.offset];
    const std::uint32_t mask = field.in(0xffffffffU) << field.low;
    word = (word & ~mask) | (value << field.low & mask);
    return *this;
  }
  TaskBuilder& raw(std::uint16_t offset, std::uint32_t value) {
    values_[offset] = value;
    return *this;
  }
  TaskBuilder& erase(std::uint16_t offset) {
    values_.erase(offset);
    return *this;
  }
  [[nodiscard]] std::vector<Word> words(std::uint32_t enable_mask) const {
    std::vector<Word> words;
    for (const auto& [offset, value] : values_)
      words.push_back(Word::make(target_of(*block_of_offset(offset)), offset, value));
    words.push_back(Word::make(target_operation_enable, offset_operation_enable, enable_mask));
    if (words.size() % 2 != 0) words.push_back(Word{0});
    return words;
  }

 private:
  // Of registers with a pointer, the pointer comes first: it has the lowest offset.
  std::map<std::uint16_t, std::uint32_t> values_{{reg::DPU_S_POINTER, 0xe},
                                                 {reg::DPU_RDMA_RDMA_S_POINTER, 0xe},
                                                 {reg::PPU_S_POINTER, 0xe},
                                                 {reg::PPU_RDMA_RDMA_S_POINTER, 0xe}};
};

class TaskRun {
 public:
  explicit TaskRun(sim::SimulatorOptions options = {}) : simulator_(options) {
    EXPECT_TRUE(simulator_.memory().map(commands_at, 0x100000, "commands"));
  }

  template <typename T>
  void put(std::uint32_t address, const std::vector<T>& values, std::size_t bytes = 0) {
    const std::size_t size = std::max(bytes, values.size() * sizeof(T));
    EXPECT_TRUE(simulator_.memory().map(address, size, "buffer"));
    EXPECT_TRUE(simulator_.memory().write(address, std::as_bytes(std::span(values))));
  }
  template <typename T>
  [[nodiscard]] std::vector<T> take(std::uint32_t address, std::size_t count) const {
    std::vector<T> values(count);
    EXPECT_TRUE(simulator_.memory().read(address, std::as_writable_bytes(std::span(values))));
    return values;
  }

  sim::RunResult execute(const std::vector<Word>& words) {
    EXPECT_TRUE(simulator_.memory().write(commands_at, std::as_bytes(std::span(words))));
    return simulator_.run_chain(
        {0, commands_at, static_cast<std::uint32_t>(words.size() / 2 - 1), 1});
  }
  // As execute(); the test fails if the task does not run or breaks a rule.
  sim::RunResult expect_done(const std::vector<Word>& words) {
    sim::RunResult result = execute(words);
    EXPECT_EQ(result.status, sim::RunStatus::done) << result.reason;
    for (const sim::Event& event : result.events)
      if (event.kind == sim::EventKind::violation) ADD_FAILURE() << event.rule << " " << event.text;
    return result;
  }
  [[nodiscard]] sim::Simulator& simulator() { return simulator_; }

  static constexpr std::uint32_t commands_at = 0xf0000000;

 private:
  sim::Simulator simulator_;
};

}  // namespace npuscope::testing
