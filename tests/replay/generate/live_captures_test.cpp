// Every command window of the corpus' boards again, word for word, from the shape alone.
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "decoder/model.h"
#include "decoder/open.h"
#include "replay/generate/generated.h"
#include "replay/shape/infer_shape.h"
#include "tests/support/manifest.h"

namespace npuscope {
namespace {

using testing::manifest;

struct Count {
  std::size_t words = 0, equal = 0, padding = 0, zero_padding = 0, tasks = 0, equal_tasks = 0;
};

// Where the capture's tensors and commands lie: from its first record, as far as registers say it.
BaseAddresses bases_of(const ProgramSet& set, const GeneratedProgram& made,
                       std::uint64_t commands) {
  BaseAddresses bases = made.layout.bases();
  const auto set_base = [&bases](Base base, std::uint64_t address) {
    bases[static_cast<std::size_t>(base)] = address;
  };
  for (const WordRun& run : set.records[set.tasks.front().record].runs) {
    for (std::size_t i = 0; i < run.words.size(); ++i) {
      const Word word = run.words[i];
      if (word.offset() == 0x1070) set_base(Base::input, word.value());
      if (word.offset() == 0x4020) set_base(Base::output, word.value());
      if (word.offset() == 0x1110) {
        set_base(Base::weights, word.value());
        set_base(Base::barrier, word.value() + made.layout.barrier_offset);
      }
    }
  }
  set_base(Base::commands, commands);
  return bases;
}

// Compares the captured window with the generated one.
Count compare(const Opened& input, const ProgramSet& set, const GeneratedProgram& made) {
  Count count;
  const std::uint64_t commands = set.tasks.front().task.regcmd_addr;
  const std::vector<std::byte> bytes = made.stream.link(bases_of(set, made, commands));
  const Buffer& buffer = input.capture.buffers[set.stream_buffer];
  std::vector<bool> is_padding(bytes.size() / 8, true);
  for (const StreamRecord& record : made.stream.records())
    for (std::size_t i = 0; i < record.body.writes.size() + tail_words; ++i)
      is_padding[record.offset / 8 + i] = false;
  for (std::size_t i = 0; i * 8 < bytes.size(); ++i) {
    const auto captured = buffer.bytes_at(commands - set.base + i * 8, 8);
    if (captured.empty()) continue;
    const bool equal = std::memcmp(captured.data(), bytes.data() + i * 8, 8) == 0;
    (is_padding[i] ? count.padding : count.words) += 1;
    (is_padding[i] ? count.zero_padding : count.equal) += equal ? 1 : 0;
    EXPECT_TRUE(equal) << input.capture.source << ": word " << i << " of the window";
  }
  const std::vector<Task> tasks = made.stream.tasks(commands);
  EXPECT_EQ(tasks.size(), set.tasks.size()) << input.capture.source;
  for (std::size_t i = 0; i < std::min(tasks.size(), set.tasks.size()); ++i) {
    Task expected = set.tasks[i].task;
    expected.op_idx = 0;
    expected.int_status = 0;
    count.tasks += 1;
    count.equal_tasks += tasks[i] == expected ? 1 : 0;
  }
  return count;
}

TEST(LiveCaptures, AreReproducedWordForWord) {
  NPUSCOPE_NEEDS_CORPUS();
  Count total;
  std::size_t windows = 0;
  for (const auto& row : manifest()) {
    if (!row.path.starts_with("live-logs/")) continue;
    const auto inputs = open_input(row.full_path(), RegisterDb::builtin());
    ASSERT_TRUE(inputs) << row.path;
    for (const Opened& input : *inputs) {
      for (const ProgramSet& set : input.sets) {
        if (set.records.empty() || set.stream_buffer == no_index) continue;
        const auto shape = infer_shape(set);
        ASSERT_TRUE(shape) << row.path;
        const auto made = generate_program(*shape, {});
        ASSERT_TRUE(made) << made.error().text();
        EXPECT_EQ(made->plan.basis, Basis::vendor);
        const Count count = compare(input, set, *made);
        EXPECT_EQ(count.equal, count.words) << row.path;
        EXPECT_EQ(count.zero_padding, count.padding) << row.path;
        EXPECT_EQ(count.equal_tasks, count.tasks) << row.path;
        EXPECT_GT(count.words, 0U) << row.path;
        std::printf("%s: %s: %zu / %zu words, %zu / %zu padding, %zu / %zu tasks\n",
                    row.path.c_str(), key_of(*shape).c_str(), count.equal, count.words,
                    count.zero_padding, count.padding, count.equal_tasks, count.tasks);
        total.words += count.words;
        total.equal += count.equal;
        ++windows;
        // The allocations of the same run.
        for (const Buffer& buffer : input.capture.buffers) {
          const std::map<std::string, std::uint64_t> sizes{
              {"task", made->layout.task.bytes},
              {"weight", made->layout.weight.bytes},
              {"internal", made->layout.internal.bytes},
              {"input", made->layout.input.bytes},
              {"output", made->layout.output.bytes}};
          const auto found = sizes.find(buffer.name);
          if (found == sizes.end() || buffer.exact_size == 0) continue;
          EXPECT_EQ(buffer.exact_size, found->second) << row.path << ": " << buffer.name;
        }
      }
    }
  }
  std::printf("%zu windows: %zu / %zu words\n", windows, total.equal, total.words);
  EXPECT_GE(windows, 3U);
}

}  // namespace
}  // namespace npuscope
