// `lint --format=sarif` is SARIF 2.1.0: the structure that the OASIS schema requires, and the
// relations between its parts that a schema cannot say.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/capture_tools/json_schema.h"
#include "tests/capture_tools/shell.h"

namespace npuscope::testing {
namespace {

using nlohmann::json;

json sarif_of(const std::string& inputs, int exit_code) {
  const Outcome outcome = run_shell(inputs);
  EXPECT_EQ(outcome.exit_code, exit_code) << inputs << "\n" << outcome.err;
  return json::parse(outcome.out);
}

// A text file with a wrong word, a binary model, a generated program; odd characters in a path.
constexpr const char* three_inputs =
    "mkdir -p \"$TMP/a b#\"; npuscope decode gen:b1_c32_h14_w14_oc128_wic32_k3x3_g1 --cores=1 | "
    "sed 's/0201000000b11040/0201000000871040/; "
    "s/(11) | CNA_CBUF_CON0_DATA_BANK(1)/(8) | CNA_CBUF_CON0_DATA_BANK(7)/' > \"$TMP/a b#/x.txt\"; "
    "cd \"$TMP\"; npuscope lint --format=sarif 'a b#/x.txt' " NPUSCOPE_SOURCE_DIR
    "/testdata/example/conv.rknn gen:b1_c64_h56_w56_oc128_wic64_k1x1_g1";

TEST(Sarif, HasTheStructureThatItsSchemaRequires) {
  const json schema =
      json::parse(read_whole(NPUSCOPE_SOURCE_DIR "/tests/capture_tools/sarif.schema.json"));
  const json document = sarif_of(three_inputs, 1);
  EXPECT_EQ(violation(schema, schema, document), "");
  EXPECT_EQ(document["runs"].size(), 1U);
  EXPECT_GT(document["runs"][0]["results"].size(), 3U);
}

TEST(Sarif, ResultsNameTheirRuleByIdAndIndex) {
  const json run = sarif_of(three_inputs, 1)["runs"][0];
  const json& rules = run["tool"]["driver"]["rules"];
  std::set<std::string> ids;
  for (const json& rule : rules) EXPECT_TRUE(ids.insert(rule["id"]).second) << rule["id"];
  for (const json& result : run["results"]) {
    ASSERT_LT(result["ruleIndex"].get<std::size_t>(), rules.size());
    EXPECT_EQ(rules[result["ruleIndex"].get<std::size_t>()]["id"], result["ruleId"]);
  }
}

TEST(Sarif, PlacesAreLinesOfTextAndBytesOfBinaryFiles) {
  const json run = sarif_of(three_inputs, 1)["runs"][0];
  const auto result = std::find_if(run["results"].begin(), run["results"].end(),
                                   [](const json& r) { return r["ruleId"] == "HW-E2"; });
  ASSERT_NE(result, run["results"].end());
  EXPECT_EQ((*result)["level"], "error");
  const json& place = (*result)["locations"][0]["physicalLocation"];
  EXPECT_EQ(place["artifactLocation"]["uri"], "a%20b%23/x.txt");
  EXPECT_TRUE(place["region"].contains("startLine")) << place;
  EXPECT_EQ((*result)["locations"][0]["logicalLocations"][0]["fullyQualifiedName"],
            "task 0, word 15, CNA_CBUF_CON0");
  bool bytes = false;
  for (const json& r : run["results"])
    bytes = bytes ||
            r["locations"][0]["physicalLocation"].value("region", json()).contains("byteOffset");
  EXPECT_TRUE(bytes);
}

TEST(Sarif, UnsafeIsAnErrorThatTellsItIsUnsafe) {
  const json run = sarif_of(three_inputs, 1)["runs"][0];
  const auto unsafe = std::find_if(run["results"].begin(), run["results"].end(),
                                   [](const json& r) { return r["ruleId"] == "KABI-L29"; });
  ASSERT_NE(unsafe, run["results"].end());
  EXPECT_EQ((*unsafe)["level"], "error");
  EXPECT_EQ((*unsafe)["properties"]["severity"], "unsafe");
}

TEST(Sarif, WithoutFindingsTheListOfResultsIsThereAndEmpty) {
  const json document =
      sarif_of("npuscope lint --format=sarif gen:b1_c64_h56_w56_oc64_wic64_k1x1_g1", 0);
  EXPECT_TRUE(document["runs"][0]["results"].is_array());
  EXPECT_TRUE(document["runs"][0]["results"].empty()) << document["runs"][0]["results"];
}

}  // namespace
}  // namespace npuscope::testing
