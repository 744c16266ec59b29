// Logs of our gdb command files: whole, torn, cut, damaged and hostile. What gdb itself prints is
// tested in tests/capture_tools/gdb_test.cpp.
#include <fmt/format.h>

#include <random>
#include <set>

#include "decoder/input/gdb_line.h"
#include "decoder/input/gdb_text.h"
#include "decoder/recording.h"
#include "tests/decoder/input/text_helpers.h"

namespace npuscope::testing {
namespace {

// As gdb printed it.
constexpr std::string_view begin_line =
    "NPUSCOPE:04e 0000000000000000 BEGIN version=0000000000000001 f3d0653ba4c453f2.";

struct Value {
  std::string name;
  std::vector<std::uint64_t> words;
};

// The format as docs/formats.md has it, written down once more.
std::string made_line(std::uint64_t number, const std::string& kind,
                      const std::vector<Value>& values) {
  std::string names = " " + kind, text = names;
  std::vector<std::uint64_t> words{number};
  for (const Value& value : values) {
    names += " " + value.name + "=";
    text += " " + value.name + "=";
    for (const std::uint64_t word : value.words) {
      text += fmt::format("{:016x}", word);
      words.push_back(word);
    }
  }
  names += " ";
  std::uint64_t check = 0xcbf29ce484222325;
  for (const char c : names) check = (check ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  for (const std::uint64_t word : words) check = check * 0x9e3779b97f4a7c15 + word;
  const std::string rest = fmt::format(" {:016x}{} {:016x}.", number, text, check);
  return fmt::format("NPUSCOPE:{:03x}{}", 12 + rest.size(), rest);
}

std::vector<Capture> read_log(const std::string& text) {
  const FileBytes file = in_memory(text, "run.log");
  auto captures = read_bytes(file);  // recognised by its content
  EXPECT_TRUE(captures) << captures.error().text();
  return captures ? std::move(*captures) : std::vector<Capture>{};
}

// Two buffers; at submit 0 both were taken, after it the second.
std::vector<std::string> whole_run() {
  const auto buffer = [](std::uint64_t n, std::uint64_t id, std::uint64_t handle) {
    return made_line(n, "BUFFER",
                     {{"buffer", {id}},
                      {"fd", {4}},
                      {"handle", {handle}},
                      {"flags", {0x40b}},
                      {"size", {4096}},
                      {"asked", {100}},
                      {"object_address", {0xffffff8102fc0000 + id}},
                      {"address", {0xffff0000 + id * 0x1000}},
                      {"imported", {0}}});
  };
  const auto data = [](std::uint64_t n, std::uint64_t id, std::uint64_t complete,
                       std::uint64_t offset, std::vector<std::uint64_t> words) {
    return made_line(n, "DATA",
                     {{"buffer", {id}},
                      {"submit", {0}},
                      {"complete", {complete}},
                      {"offset", {offset}},
                      {"words", std::move(words)}});
  };
  return {
      std::string(begin_line),
      made_line(1, "MEM_CREATE",
                {{"handle", {0}}, {"flags", {0x40b}}, {"fd", {4}}, {"thread", {1}}}),
      made_line(2, "IOCTL_RET",
                {{"call", {0x42}}, {"ret", {0xffffffff}}, {"fd", {4}}, {"thread", {1}}}),
      buffer(3, 0, 1),
      buffer(4, 1, 2),
      data(5, 0, 0, 0, {0x1111, 0x2222}),
      data(6, 0, 0, 16, {0x3333, 0x4444}),
      made_line(
          7, "ZEROS",
          {{"buffer", {1}}, {"submit", {0}}, {"complete", {0}}, {"offset", {0}}, {"size", {4096}}}),
      made_line(8, "SUBMIT",
                {{"submit", {0}},
                 {"taken", {1}},
                 {"task_number", {3}},
                 {"fence_fd", {0xffffffff}},
                 {"subcore_task[1]", {2, 5}},
                 {"fd", {4}},
                 {"thread", {1}}}),
      data(9, 1, 1, 8, {0x5555}),
      made_line(10, "END", {{"killed", {0}}})};
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST(GdbLine, IsReadAsPrinted) {
  GdbLine line;
  ASSERT_TRUE(parse_gdb_line(begin_line, line));
  EXPECT_EQ(line.number, 0u);
  EXPECT_EQ(line.kind, "BEGIN");
  EXPECT_EQ(line.number_of("version"), 1u);
  EXPECT_EQ(made_line(0, "BEGIN", {{"version", {1}}}), begin_line);
}

TEST(GdbLine, AnyChangedCharacterIsNoticed) {
  const std::string whole = whole_run()[6];
  GdbLine line;
  ASSERT_TRUE(parse_gdb_line(whole, line));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const char c : {'0', '7', 'f', ' ', '=', 'X', '\n'}) {
      std::string changed = whole;
      changed[i] = c;
      EXPECT_EQ(parse_gdb_line(changed, line), c == whole[i]) << i << c;
    }
    EXPECT_FALSE(parse_gdb_line(whole.substr(0, i), line));
  }
}

void expect_whole(const Capture& capture) {
  ASSERT_EQ(capture.buffers.size(), 2u);
  ASSERT_EQ(capture.submits.size(), 1u);
  const Capture moment = at_submit(capture, 0);
  ASSERT_EQ(moment.buffers.size(), 2u);
  EXPECT_EQ(word_at(moment.buffers[0], 0), 0x1111u);
  EXPECT_EQ(word_at(moment.buffers[0], 24), 0x4444u);
  EXPECT_EQ(moment.buffers[0].known_bytes(), 32u);
  EXPECT_EQ(word_at(moment.buffers[1], 8), 0u);
  EXPECT_EQ(moment.buffers[1].known_bytes(), 4096u);
  EXPECT_EQ(moment.buffers[1].device_address, 0xffff1000u);
  const Submit& submit = moment.submits.front();
  EXPECT_EQ(submit.task_number, 3u);
  EXPECT_EQ(submit.fence_fd, -1);
  EXPECT_EQ(submit.subcore[1], std::pair(2u, 5u));
  EXPECT_EQ(submit.uncaptured, "");
}

TEST(GdbLog, IsARecording) {
  const auto runs = read_log(joined(whole_run()));
  ASSERT_EQ(runs.size(), 1u);
  const Capture& capture = runs.front();
  expect_whole(capture);
  EXPECT_TRUE(is_recording(capture));
  EXPECT_TRUE(capture.diagnostics.empty()) << capture.diagnostics.front().text;
  const Event* answer = event_of(capture, "IOCTL_RET");
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(argument_of(*answer, "kind"), "MEM_CREATE");
  EXPECT_EQ(argument_of(*answer, "ret"), "-1");
  EXPECT_EQ(answer->place.text(), "run.log:3");
}

// Whatever a program prints into a line, with line ends or without, and wherever.
TEST(GdbLog, TornLinesArePutTogetherAgain) {
  const std::vector<std::string> whole = whole_run();
  for (const std::size_t torn : {5u, 8u}) {
    for (std::size_t at = gdb_line_head; at < whole[torn].size(); at += 7) {
      std::vector<std::string> lines = whole;
      lines[torn].insert(at, "0000 D RKNN: 12.5 % done.\nnext.");
      const auto runs = read_log("started " + joined(lines) + "done\n");
      ASSERT_EQ(runs.size(), 1u);
      expect_whole(runs.front());
      EXPECT_TRUE(says(runs.front(), "1 torn lines were put together again")) << at;
    }
  }
}

// Wherever others write and whatever, once or twice into a line: nothing is read that gdb did not
// print, and of lines that were torn once behind their head, none is lost.
TEST(GdbLog, TornAnywhereNothingWrongIsRead) {
  const std::vector<std::string> whole = whole_run();
  const std::string_view letters = "0123456789abcdef =.\nDATA:NPUSCOPE-x";
  std::mt19937 random(7);
  const auto below = [&](std::size_t end) { return random() % end; };
  for (int round = 0; round < 600; ++round) {
    std::vector<std::string> lines = whole;
    const std::size_t torn = below(lines.size()), tears = 1 + below(2);
    bool behind_head = true;
    for (std::size_t i = 0; i < tears; ++i) {
      std::string foreign;
      for (std::size_t n = 1 + below(60); n > 0; --n) foreign += letters[below(letters.size())];
      const std::size_t at = below(whole[torn].size());
      behind_head = behind_head && at >= gdb_line_head;
      lines[torn].insert(at, foreign);
    }
    const std::string text = joined(lines);
    GdbText reader(text);
    GdbLine line, original;
    std::set<std::uint64_t> seen;
    while (reader.next(line)) {
      ASSERT_LT(line.number, whole.size());
      ASSERT_TRUE(parse_gdb_line(whole[line.number], original));
      EXPECT_EQ(line.kind, original.kind);
      EXPECT_EQ(line.words, original.words);
      EXPECT_TRUE(seen.insert(line.number).second);
    }
    const bool all = tears == 1 && behind_head;
    EXPECT_GE(seen.size(), whole.size() - (all ? 0 : 1)) << text;
    if (behind_head) {
      EXPECT_GT(reader.mended() + reader.damaged(), 0u) << text;
    }
  }
}

TEST(GdbLog, WhatIsMissingIsNamedAndUnknown) {
  std::vector<std::string> lines = whole_run();
  lines.erase(lines.begin() + 5);
  lines[6].replace(40, 1, "x");  // the zeros of buffer 1
  lines.pop_back();
  const auto runs = read_log(joined(lines));
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_TRUE(says(runs.front(), "lines 5 to 5 of the debugger are missing or damaged"));
  EXPECT_TRUE(says(runs.front(), "lines 7 to 7 of the debugger are missing or damaged"));
  EXPECT_TRUE(says(runs.front(), "1 damaged lines were not used"));
  EXPECT_TRUE(says(runs.front(), "the log ends before the program did"));
  const Capture moment = at_submit(runs.front(), 0);
  EXPECT_EQ(moment.buffers[0].known_bytes(), 16u);
  EXPECT_EQ(word_at(moment.buffers[0], 16), 0x3333u);
  EXPECT_EQ(moment.buffers[1].known_bytes(), 0u);
}

// At a later submit the bytes of an earlier one would stand in for what is missing.
TEST(GdbLog, ALaterSubmitWithMissingContentsHasNone) {
  std::vector<std::string> lines = whole_run();
  lines.back() = made_line(11, "SUBMIT", {{"submit", {1}}, {"taken", {1}}, {"fd", {4}}});
  const auto runs = read_log(joined(lines));
  ASSERT_EQ(runs.size(), 1u);
  ASSERT_EQ(runs.front().submits.size(), 2u);
  EXPECT_EQ(runs.front().submits[1].uncaptured, "lines of its contents are missing in the log");
}

TEST(GdbLog, ASubmitWhoseLineIsMissingKeepsItsNumber) {
  std::vector<std::string> lines = whole_run();
  lines.back() = made_line(10, "SUBMIT", {{"submit", {2}}, {"taken", {0}}, {"fd", {4}}});
  const auto runs = read_log(joined(lines));
  ASSERT_EQ(runs.size(), 1u);
  ASSERT_EQ(runs.front().submits.size(), 3u);
  EXPECT_EQ(runs.front().submits[1].uncaptured, "its line is missing in the log");
  EXPECT_EQ(runs.front().submits[2].uncaptured, "the debugger was not asked for it");
}

TEST(GdbLog, SeveralRunsAreSeveralCaptures) {
  EXPECT_EQ(read_log(joined(whole_run()) + joined(whole_run())).size(), 2u);
}

TEST(GdbLog, HostileLinesAreRefused) {
  const std::uint64_t huge = ~std::uint64_t{0};
  const auto zeros = [](std::uint64_t n, std::uint64_t id, std::uint64_t submit,
                        std::uint64_t offset, std::uint64_t size) {
    return made_line(n, "ZEROS",
                     {{"buffer", {id}},
                      {"submit", {submit}},
                      {"complete", {1}},
                      {"offset", {offset}},
                      {"size", {size}}});
  };
  std::vector<std::string> lines = whole_run();
  lines.back() = zeros(10, 0, 0, 8, huge);
  lines.push_back(zeros(11, huge, 0, 0, 8));
  lines.push_back(zeros(12, 0, huge, 0, 8));
  lines.push_back(zeros(13, 0, 0, huge, 8));
  lines.push_back(made_line(14, "SUBMIT", {{"submit", {huge}}}));
  lines.push_back(made_line(15, "DATA", {}));
  lines.push_back(made_line(16, "BUFFER", {{"buffer", {3}}, {"size", {huge}}}));
  lines.push_back(zeros(17, 3, 0, 0, huge));
  lines.push_back(lines[4]);
  const auto runs = read_log(joined(lines));
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_TRUE(says(runs.front(), "more zeros than a buffer, or than all of them may have"));
  EXPECT_TRUE(says(runs.front(), "contents of a buffer or submit whose line is missing"));
  EXPECT_TRUE(says(runs.front(), "a submit with a number that cannot be"));
  EXPECT_TRUE(says(runs.front(), "line 4 of the debugger came again and was ignored"));
  EXPECT_EQ(runs.front().submits.size(), 1u);
}

TEST(GdbLog, WithoutOneGoodLineIsNoInput) {
  std::string text(begin_line);
  text[30] = 'X';
  const auto captures = read_bytes(in_memory(text + "\n", "run.log"));
  ASSERT_FALSE(captures);
  EXPECT_EQ(captures.error().text(),
            "run.log: every line of the debugger is damaged (copy the log again)");
}

}  // namespace
}  // namespace npuscope::testing
