// No number of a run goes unseen: each one in the calls, the tasks and the words is changed, alone,
// and some check must fail. Numbers that mean nothing are listed, with the reason.
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <map>
#include <set>

#include <fmt/format.h>

#include "decoder/word.h"
#include "tests/replay/verify/run_logs.h"

namespace npuscope {
namespace {

using testing::fails;
using testing::Log;
using testing::verified;

struct Number {
  std::size_t at = 0, size = 0;  // in the text
  std::string key, line;
};

std::vector<Number> numbers_of(const std::string& text, const char* lines) {
  std::vector<Number> numbers;
  const RE2 wanted(lines);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    if (RE2::PartialMatch(line, wanted)) {
      static const RE2 pair(R"(([a-z_]+(?:\[\d+\])?)=(-?(?:0x[0-9a-f]+|\d+)))");
      re2::StringPiece rest(line), key, value;
      while (RE2::FindAndConsume(&rest, pair, &key, &value))
        numbers.push_back({begin + static_cast<std::size_t>(value.data() - line.data()),
                           value.size(), std::string(key), line});
    }
    begin = end + 1;
  }
  return numbers;
}

// Another number of the same width.
std::string other(std::string text) {
  char& last = text.back();
  last = last == '0' ? '1' : last == '9' ? '8' : last == 'f' ? 'e' : static_cast<char>(last + 1);
  return text;
}

void every_number_counts(const char* file, const char* lines,
                         const std::set<std::string>& meaningless, std::size_t at_least) {
  const Log log(file);
  std::size_t changed = 0;
  for (const Number& number : numbers_of(log.text(), lines)) {
    if (meaningless.contains(number.key)) continue;
    Log copy = log;
    copy.overwrite(number.at, other(log.text().substr(number.at, number.size)));
    EXPECT_NE(fails(verified({copy})), "") << number.key << " of " << number.line;
    ++changed;
  }
  EXPECT_GE(changed, at_least);
}

TEST(EveryNumber, OfTheCalls) {
  every_number_counts(
      "ioctl.log",
      "^(ACTION|MEM_|MMAP|IOCTL_RET|=== |  (flags|task_c|regcfg|core|subcore|  match))|"
      "\\] MEM_SYNC",
      {
          "addr",      // where a process sees a buffer
          "arg",       // where a struct lies in it
          "fd",        // its file
          "maps",      // the debugger's own count
          "reserved",  // of MEM_MAP: the driver does not read it
          "sram",      // written by the driver only
          "value",     // of actions that answer: written by the driver
      },
      150);
}

TEST(EveryNumber, OfTheTasks) {
  every_number_counts("live.log", R"(^  task_like\[)",
                      {
                          "int_status",  // written by the driver
                      },
                      std::size_t{14} * 8);
}

TEST(EveryNumber, OfTheWords) {
  every_number_counts("live.log", "^  regcmd_qword", {"off"}, 1168);
}

// The lowest bit of every register value. CNA_DMA_CON0 of 9 convolutions and PPU_MISC_CTRL of 5
// barriers hold lengths of bursts, which only change the speed.
TEST(EveryNumber, OfTheValues) {
  const Log log("live.log");
  std::map<std::uint64_t, std::size_t> unseen;
  std::size_t changed = 0;
  for (const Number& number : numbers_of(log.text(), "^  regcmd_qword")) {
    if (number.key != "value") continue;
    const std::string text = log.text().substr(number.at, number.size);
    const Word word{std::stoull(text, nullptr, 16)};
    if (word.raw == 0) continue;
    Log copy = log;
    copy.overwrite(number.at, fmt::format("{:#018x}", word.raw ^ std::uint64_t{1} << 16U));
    ++changed;
    if (fails(verified({copy})).empty()) ++unseen[word.offset()];
  }
  EXPECT_EQ(changed, 1124U);
  EXPECT_EQ(unseen, (std::map<std::uint64_t, std::size_t>{{0x1078, 9}, {0x60dc, 5}}));
}

TEST(EveryNumber, OfTheMemoryLines) {
  const Log log("ioctl.log");
  std::size_t changed = 0;
  static const RE2 pair(R"((dma addr|obj addr|size|aligned size|handle|flags): (0x[0-9a-f]+|\d+))");
  std::string_view text = log.text();
  for (std::size_t at = text.find("D RKNN: "); at != std::string_view::npos;
       at = text.find("D RKNN: ", at + 1)) {
    const std::string_view line = text.substr(at, text.find('\n', at) - at);
    if (line.find(" memory, name: ") == std::string_view::npos) continue;
    re2::StringPiece rest(line.data(), line.size()), key, value;
    while (RE2::FindAndConsume(&rest, pair, &key, &value)) {
      if (key == "aligned size" && line.find("free memory") != std::string_view::npos) continue;
      Log copy = log;
      copy.overwrite(static_cast<std::size_t>(value.data() - text.data()),
                     other(std::string(value)));
      EXPECT_NE(fails(verified({copy})), "") << key << " of " << line;
      ++changed;
    }
  }
  EXPECT_EQ(changed, 55U);
}

}  // namespace
}  // namespace npuscope
