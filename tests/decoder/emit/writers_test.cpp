// The four outputs of one walk. JSON is parsed, C is compiled.
#include "decoder/emit/writers.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "decoder/emit/json_format.h"
#include "tests/support/emit_helpers.h"
#include "tests/support/synthetic_stream.h"

namespace npuscope::testing {
namespace {

using nlohmann::json;

std::vector<json> json_lines(const std::string& text) {
  std::vector<json> lines;
  for (const std::string& line : lines_of_text(text)) {
    lines.push_back(json::parse(line, nullptr, false));
    EXPECT_FALSE(lines.back().is_discarded()) << line;
  }
  return lines;
}

std::uint64_t hex(const json& value) {
  return std::stoull(value.get<std::string>(), nullptr, 16);
}

std::size_t count_of(const std::vector<json>& lines, const std::string& type) {
  return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [&](const json& line) {
    return line.value("type", "") == type;
  }));
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

TEST(JsonWriter, EveryLineIsJsonAndEveryWordIsThere) {
  const SyntheticStream stream = lay_out(lanes_of_one_layer());
  const auto lines = json_lines(decoded(OutputFormat::jsonl, opened(capture_of(stream))));
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines[0], json({{"schema", "npuscope.decode/1"}}));
  EXPECT_EQ(count_of(lines, "capture"), 1U);
  EXPECT_EQ(count_of(lines, "set"), 1U);
  EXPECT_EQ(count_of(lines, "program"), 3U);
  EXPECT_EQ(count_of(lines, "lane"), 6U);
  EXPECT_EQ(count_of(lines, "task"), 14U);
  EXPECT_EQ(count_of(lines, "write"), 2U * 108 + 7 * 104 + 5 * 26);
  EXPECT_EQ(count_of(lines, "tail"), 4U * 14);
  const auto placed = stream.placed(0xfff98000 + 0x4800).words;
  for (const json& line : lines) {
    const std::string type = line.value("type", "");
    if (type != "write" && type != "tail") continue;
    const std::uint64_t address = hex(line["address"]);
    EXPECT_EQ(hex(line["word"]), placed[(address - 0xfff9c800) / 8]);
  }
}

TEST(JsonWriter, TheFieldsOfARegisterAreAllThere) {
  Lanes lanes{{record_of(108, 1)}};
  lanes[0][0].body[0] = Word{0x02010000001b1040};
  const auto lines = json_lines(decoded(OutputFormat::jsonl, opened(capture_of(lanes))));
  const auto found = std::find_if(lines.begin(), lines.end(), [](const json& line) {
    return line.value("type", "") == "write";
  });
  ASSERT_NE(found, lines.end());
  EXPECT_EQ((*found)["block"], "CNA");
  EXPECT_EQ((*found)["register"], "CNA_CBUF_CON0");
  EXPECT_EQ((*found)["offset"], "0x1040");
  EXPECT_EQ((*found)["value"], 27);
  EXPECT_EQ((*found)["task"], 0);
  EXPECT_EQ((*found)["index"], 0);
  EXPECT_EQ((*found)["address"], "0x00000000fff9c800");
  // Zero fields too: seven fields, as the register has them.
  EXPECT_EQ((*found)["fields"], json({{"WEIGHT_BANK", 1},
                                      {"DATA_BANK", 11},
                                      {"FC_DATA_BANK", 0},
                                      {"RESERVED_1", 0},
                                      {"DATA_REUSE", 0},
                                      {"WEIGHT_REUSE", 0},
                                      {"RESERVED_0", 0}}));
  EXPECT_FALSE(found->contains("unknown_bits"));
}

TEST(JsonWriter, StrangersAbsentWordsAndSharedRecords) {
  Lanes lanes = lanes_of_unsplittable_layer();
  lanes[0][0].body[5] = Word::make(0x0201, 0x1ffc, 0xabc);  // a register nobody knows
  lanes[0][0].body[6] = Word::make(0x0201, 0x4020, 0x77);   // a page of another block
  Capture capture = capture_of(lanes);
  Buffer& buffer = capture.buffers[1];
  buffer.trust = Trust::filtered;
  const auto bytes = buffer.pieces[0].bytes;
  buffer.pieces = {{0, bytes.first(0x4800 + 80)}, {0x4800 + 104, bytes.subspan(0x4800 + 104)}};
  const auto lines = json_lines(decoded(OutputFormat::jsonl, opened(std::move(capture))));
  EXPECT_EQ(count_of(lines, "write"), 108U - 3);
  ASSERT_EQ(count_of(lines, "absent"), 1U);
  std::size_t shared = 0;
  for (const json& line : lines) {
    if (line.value("type", "") == "absent") {
      EXPECT_EQ(line["index"], 10);
      EXPECT_EQ(line["words"], 3);
    }
    if (line.contains("same_record_as_task")) {
      EXPECT_EQ(line["same_record_as_task"], 0);
      ++shared;
    }
    if (line.value("type", "") == "write" && line["index"] == 5) {
      EXPECT_EQ(line["block"], "CNA");
      EXPECT_TRUE(line["register"].is_null());
      EXPECT_EQ(line["value"], 0xabc);
    }
    if (line.value("type", "") == "write" && line["index"] == 6) {
      EXPECT_TRUE(line["block"].is_null());
      EXPECT_EQ(line["target"], "0x0201");
      EXPECT_EQ(line["offset"], "0x4020");
    }
    if (line.value("type", "") == "tail" && line["index"] == 110) {
      EXPECT_EQ(line["marker"], true);
    }
  }
  EXPECT_EQ(shared, 2U);
}

TEST(JsonWriter, StatesAreWrittenInheritedOrUnknownNeverZero) {
  const SyntheticStream stream = lay_out(lanes_with_short_records());
  const auto lines = json_lines(
      decoded(OutputFormat::jsonl, opened(capture_of(stream)), {.cores = 1, .state = true}));
  // Task 2 writes 12 words; DATA_SIZE1 (1024) is that of task 0, the value two back.
  std::map<std::string, json> of_task_2;
  std::size_t unknown = 0;
  for (const json& line : lines) {
    if (line.value("type", "") != "state") continue;
    if (line["is"] == "unknown") {
      ++unknown;
      EXPECT_FALSE(line.contains("value"));
    }
    if (line["task"] == 2) of_task_2[line["register"].get<std::string>()] = line;
  }
  EXPECT_GT(unknown, 0U);  // registers that no vendor stream writes
  ASSERT_TRUE(of_task_2.contains("CNA_DATA_SIZE1"));
  EXPECT_EQ(of_task_2["CNA_DATA_SIZE1"]["is"], "inherited");
  EXPECT_EQ(of_task_2["CNA_DATA_SIZE1"]["from_task"], 0);
  const auto body = lanes_with_short_records()[0][0].body;
  std::uint32_t expected = 0;
  for (const Word word : body) {
    if (word.offset() == 0x1024) expected = word.value();
  }
  EXPECT_EQ(of_task_2["CNA_DATA_SIZE1"]["value"], expected);
  EXPECT_EQ(of_task_2["CNA_FEATURE_DATA_ADDR"]["is"], "written");
}

TEST(JsonWriter, SourcesAreQuoted) {
  Capture capture = capture_of(lanes_of_unsplittable_layer());
  capture.source = "a \"b\"\\c\n\x01\xe9.txt";
  const auto lines = json_lines(decoded(OutputFormat::jsonl, opened(std::move(capture))));
  EXPECT_EQ(lines[1]["source"], "a \"b\"\\c\n\x01\u00e9.txt");
  EXPECT_EQ(json_string("x"), "\"x\"");
}

TEST(JsonWriter, TasksWithoutWordsAreSaidToBe) {
  Capture capture = capture_of(lanes_of_one_layer());
  capture.buffers[1].pieces.clear();
  const auto lines = json_lines(decoded(OutputFormat::jsonl, opened(std::move(capture))));
  EXPECT_EQ(count_of(lines, "write"), 0U);
  EXPECT_GE(count_of(lines, "diagnostic"), 1U);
  for (const json& line : lines) {
    if (line.value("type", "") == "task") {
      EXPECT_EQ(line["captured"], false);
    }
  }
}

TEST(EmitWriter, OneProgramIsSelectedByItsCores) {
  const auto inputs = opened(capture_of(lanes_of_one_layer()));
  const std::string all = decoded(OutputFormat::emit, inputs);
  EXPECT_EQ(count_of(all, "] lsb "), 1074U + 56);
  EXPECT_EQ(count_of(all, "# ==== program for "), 3U);
  EXPECT_NE(all.find("program for 1 core (the one a submit runs)"), std::string::npos);
  const std::string pair = decoded(OutputFormat::emit, inputs, {.cores = 2});
  EXPECT_EQ(count_of(pair, "] lsb "), 2U * (2 * 108 + 30));
  EXPECT_NE(pair.find("# ==== program for 2 cores"), std::string::npos);
  EXPECT_NE(pair.find(".window 0xfff9c800 0x2480"), std::string::npos);  // 9344 bytes
}

TEST(EmitWriter, SharedRecordsAreShownOnceAndReferredTo) {
  const std::string text =
      decoded(OutputFormat::emit, opened(capture_of(lanes_of_unsplittable_layer())));
  EXPECT_EQ(count_of(text, "] lsb "), 112U);
  EXPECT_EQ(count_of(text, "# the same record as task 0"), 2U);
}

TEST(EmitWriter, TheTextSaysHowTheBaseWasFoundAndWhatIsWrong) {
  Capture capture = capture_of(lanes_of_one_layer());
  capture.submits.emplace_back();
  capture.submits.back().task_number = 9;
  const std::string text = decoded(OutputFormat::emit, opened(std::move(capture)));
  EXPECT_NE(text.find("device address of GEM 2 (stated by the test)"), std::string::npos);
  EXPECT_NE(text.find("# lanes: op_idx and chain ends"), std::string::npos);
  EXPECT_NE(text.find("# warning: a submit runs 3 tasks"), std::string::npos);
}

TEST(EmitWriter, WordsBetweenRecordsAreShownAndAssembled) {
  SyntheticStream stream = lay_out(lanes_of_one_layer());
  const std::size_t stray = stream.tasks[4].regcmd_addr / 8 + 30;
  stream.words[stray] = 0x1234;
  const std::string text = decoded(OutputFormat::emit, opened(capture_of(stream)));
  EXPECT_NE(text.find("# words between the records that belong to none"), std::string::npos);
  const auto bytes = assembled(text);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(words_in(*bytes)[stray], 0x1234U);
}

TEST(EmitWriter, ASourceNameCannotBecomeADirective) {
  const SyntheticStream stream = lay_out(lanes_of_one_layer());
  Capture capture = capture_of(stream);
  capture.source = "a\n.window 0x0 0x40";
  const auto bytes = assembled(decoded(OutputFormat::emit, opened(std::move(capture))));
  ASSERT_TRUE(bytes) << bytes.error().text();
  EXPECT_EQ(bytes->size(), 9344U);
}

TEST(EmitWriter, StatesNameWhereAValueComesFrom) {
  const std::string text =
      decoded(OutputFormat::emit, opened(capture_of(lanes_with_short_records())),
              {.cores = 1, .state = true});
  EXPECT_NE(text.find("inherited from task 0, word "), std::string::npos);
  EXPECT_NE(text.find("unknown: not written in this lane"), std::string::npos);
  // State lines are for people; the words are still there, in full.
  EXPECT_TRUE(assembled(text));
}

TEST(TableWriter, ShowsNamesQuantitiesAndWhatIsMissing) {
  Lanes lanes{{record_of(108, 1)}};
  lanes[0][0].body[0] = Word{0x02010000001b1040};
  const std::string text = decoded(OutputFormat::table, opened(capture_of(lanes)));
  EXPECT_EQ(count_of(text, "\n      0x"), 112U);
  EXPECT_NE(text.find("CNA_CBUF_CON0"), std::string::npos);
  EXPECT_NE(text.find("WEIGHT_BANK 1 banks"), std::string::npos) << text.substr(0, 600);
  EXPECT_NE(text.find("starts CNA+CORE+DPU"), std::string::npos);
  EXPECT_NE(text.find("(marker)"), std::string::npos);
  EXPECT_NE(text.find("(zero)"), std::string::npos);
  const std::string state =
      decoded(OutputFormat::table, opened(capture_of(lanes)), {.cores = 0, .state = true});
  EXPECT_NE(state.find(" unknown\n"), std::string::npos);
  EXPECT_NE(state.find("written"), std::string::npos);
}

// A file of C that must pass the compiler's syntax check.
void expect_c_compiles(const std::string& source) {
  auto pattern = (std::filesystem::temp_directory_path() / "npuscope-XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  const auto path = pattern + "/decoded.c";
  std::ofstream(path) << source;
  const std::string command =
      "cc -fsyntax-only -Wall -Wno-unused-const-variable "
      "-Wno-unused-variable -Werror " +
      path + " 2> " + pattern + "/log";
  const int status = std::system(command.c_str());
  std::ifstream log(pattern + "/log");
  const std::string messages((std::istreambuf_iterator<char>(log)),
                             std::istreambuf_iterator<char>());
  EXPECT_EQ(status, 0) << messages.substr(0, 1000);
  std::filesystem::remove_all(pattern);
}

TEST(CWriter, CompilesForEveryArrangement) {
  std::vector<Opened> inputs;
  for (const Lanes& lanes :
       {lanes_of_one_layer(), lanes_of_older_runtime(), lanes_with_shared_records()}) {
    // Several inputs in one file: their arrays need names of their own.
    inputs.push_back(open_capture(capture_of(lanes), RegisterDb::builtin()));
  }
  const std::string text = decoded(OutputFormat::c, inputs);
  EXPECT_EQ(count_of(text, "static const uint64_t "), 14U + 26 + 26);
  expect_c_compiles(text);
}

TEST(CWriter, ASourceNameCannotEndTheComment) {
  Capture capture = capture_of(lanes_of_one_layer());
  capture.source = "dumps/*/x.log*/ int i = 1/0;";
  expect_c_compiles(decoded(OutputFormat::c, opened(std::move(capture))));
}

TEST(CWriter, IncompleteRecordsHaveNoArray) {
  Capture capture = capture_of(lanes_of_one_layer());
  Buffer& buffer = capture.buffers[1];
  buffer.pieces[0].bytes = buffer.pieces[0].bytes.first(0x4800 + 0x380 + 80);
  const std::string text = decoded(OutputFormat::c, opened(std::move(capture)));
  EXPECT_EQ(count_of(text, "static const uint64_t "), 1U);
  EXPECT_NE(text.find("/* task 2: words not captured */"), std::string::npos);
  expect_c_compiles(text);
}

}  // namespace
}  // namespace npuscope::testing
