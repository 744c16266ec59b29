// Everything that is written into a bundle fits docs/schema/bundle.schema.json.
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "decoder/bundle/event_lines.h"
#include "tests/capture_tools/json_schema.h"
#include "tests/decoder/bundle/bundle_helpers.h"
#include "tests/decoder/bundle/everything.h"

namespace npuscope::testing {
namespace {

using nlohmann::json;

std::string whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

const json& schema() {
  static const json loaded =
      json::parse(whole_file(testdata_path("../docs/schema/bundle.schema.json")));
  return loaded;
}

// Checks all lines; gives the events that occurred.
std::set<std::string> check_lines(const std::string& text) {
  std::set<std::string> events;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const json event = json::parse(line);
    EXPECT_EQ(violation(schema(), schema(), event), "") << line;
    events.insert(event.value("event", ""));
  }
  return events;
}

TEST(BundleSchema, EveryEventFits) {
  const auto files = bundle_files(with_everything());
  auto events = check_lines(text_of(files.at(files.size() - 2)));
  EXPECT_EQ(violation(schema(), schema(), json::parse(text_of(files.back()))), "");
  for (const std::string name : {"rknn/conv_v6.rknn", "fuzz/decoded_json/one_row.json"}) {
    const auto captures = read_input(testdata_path(name));
    ASSERT_TRUE(captures) << name;
    const auto more = bundle_files(captures->front());
    events.merge(check_lines(text_of(more.at(more.size() - 2))));
  }
  EXPECT_EQ(events, (std::set<std::string>{"buffer", "call", "content", "decoded_json",
                                           "diagnostic", "end", "fact", "line_count", "model",
                                           "named_write", "submit", "sweep"}));
}

TEST(BundleSchema, MomentsFit) {
  EventLines lines("a.log");
  lines.content({.buffer = 0,
                 .offset = 0,
                 .size = 1,
                 .blob = blob_name({}),
                 .at = 1,
                 .when = "complete",
                 .submit = 3});
  Submit submit;
  submit.file = 2;
  submit.jobs = {{{{0x1000, 100}, {0x2000, 30}}, {1, 2}, {}}, {}};
  submit.uncaptured = "not asked for";
  lines.submit(submit);
  Buffer buffer;
  buffer.file = 2;
  lines.buffer(0, buffer);
  lines.release(0);
  EXPECT_EQ(check_lines(lines.take()),
            (std::set<std::string>{"buffer", "content", "release", "submit"}));
}

TEST(BundleSchema, TheExampleFits) {
  const std::string folder = testdata_path("example/live.bundle/");
  EXPECT_EQ(violation(schema(), schema(), json::parse(whole_file(folder + "bundle.json"))), "");
  EXPECT_TRUE(check_lines(whole_file(folder + "events.jsonl")).contains("content"));
}

TEST(BundleSchema, TheCheckFindsWhatDoesNotFit) {
  for (const char* bad :
       {R"({"event":"fact","key":"a"})", R"({"event":"sync"})", R"({"event":"end","lines":"1"})",
        R"({"event":"fact","key":"a","value":"b","more":1})",
        R"({"event":"fact","key":{"base16":"f"},"value":"b"})", R"({"schema":"other"})", "[]"})
    EXPECT_NE(violation(schema(), schema(), json::parse(bad)), "") << bad;
}

}  // namespace
}  // namespace npuscope::testing
