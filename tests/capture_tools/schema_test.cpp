// Every line that `decode --format=jsonl` and `info --format=json` print fits its schema.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <sstream>
#include <vector>

#include "tests/capture_tools/json_schema.h"
#include "tests/capture_tools/shell.h"

namespace npuscope::testing {
namespace {

using nlohmann::json;

json load(const std::string& name) {
  return json::parse(read_whole(NPUSCOPE_SOURCE_DIR "/docs/schema/" + name));
}

std::vector<json> lines_of(const std::string& command) {
  const Outcome outcome = run_shell(command);
  EXPECT_EQ(outcome.exit_code, 0) << command << "\n" << outcome.err;
  std::vector<json> lines;
  std::istringstream text(outcome.out);
  for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
  return lines;
}

// Checks all lines; gives the types that occurred.
std::set<std::string> check(const std::string& schema_name, const std::string& command) {
  const json schema = load(schema_name);
  std::set<std::string> types;
  for (const json& line : lines_of(command)) {
    const std::string complaint = violation(schema, schema, line);
    EXPECT_EQ(complaint, "") << command << "\n" << line.dump();
    if (!complaint.empty()) break;
    types.insert(line.value("type", "header"));
  }
  return types;
}

const std::string example = "testdata/example/";
const std::string everything = example + "conv.rknn " + example + "live.log " + example + "gems " +
                               example + "gem-text.log " + example + "ioctl.log " + example +
                               "kernel.log " + example + "sweep.log testdata/rknn/conv_v1.rknn";
// A stream with a gap, a word of no register, a stray word and a doubtful tail.
const std::string damaged =
    "sed -e '/regcmd_qword\\[3\\]/d' -e 's/=0x0201000000041028/=0x0201000100041ffc/' " + example +
    "live.log > $TMP/damaged.log; ";

TEST(Schema, EveryLineOfDecodeFits) {
  auto types = check("decode.schema.json", "npuscope decode --format=jsonl --state " + everything);
  types.merge(
      check("decode.schema.json", damaged + "npuscope decode --format=jsonl $TMP/damaged.log"));
  for (const std::string type : {"header", "capture", "set", "program", "lane", "task", "write",
                                 "tail", "state", "absent", "relocation"})
    EXPECT_TRUE(types.contains(type)) << "no test shows a line of type " << type;
}

TEST(Schema, WordsWithoutATableFit) {
  const auto types =
      check("decode.schema.json",
            "npuscope decode --words --format=jsonl testdata/example/gems/gem2-dump");
  EXPECT_TRUE(types.contains("word"));
}

TEST(Schema, EveryLineOfInfoFits) {
  auto types = check("info.schema.json", "npuscope info --format=json " + everything);
  types.merge(check("info.schema.json", damaged + "npuscope info --format=json $TMP/damaged.log"));
  for (const std::string type : {"header", "input", "model", "fact", "buffer", "set", "submit",
                                 "sweep", "lines", "range", "coverage", "diagnostic"})
    EXPECT_TRUE(types.contains(type)) << "no test shows a line of type " << type;
}

TEST(Schema, TheCheckFindsWhatDoesNotFit) {
  const json schema = load("info.schema.json");
  const json good = json::parse(R"({"type":"coverage","unexplained":0})");
  EXPECT_EQ(violation(schema, schema, good), "");
  for (const char* bad :
       {R"({"type":"coverage"})", R"({"type":"coverage","unexplained":"0"})",
        R"({"type":"coverage","unexplained":0,"more":1})", R"({"type":"unheard of"})", "[]"})
    EXPECT_NE(violation(schema, schema, json::parse(bad)), "") << bad;
}

}  // namespace
}  // namespace npuscope::testing
