// Files as evidence: what is compared, what is refused and why.
#include "replay/ledger/import.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "regdb/register_fields.h"
#include "replay/ledger/compare_capture.h"
#include "replay/ledger/ledger.h"
#include "replay/shape/shape_names.h"
#include "tests/corpus.h"
#include "tests/replay/ledger/evidence_examples.h"
#include "tests/replay/ledger/scratch_folder.h"
#include "tests/support/patched_program.h"

namespace npuscope::ledger {
namespace {

using npuscope::testing::PatchedProgram;
using npuscope::testing::testdata_path;
using testing::ScratchFolder;

// 14 tasks: two records for one core, rows for three, kernels for two.
constexpr char shape[] = "b1_c64_h56_w56_oc128_wic64_k1x1_g1";

CaptureEvidence compared(PatchedProgram& program) {
  program.capture().kind = "raw GEM";
  const Opened opened = program.open();
  CaptureEvidence evidence;
  compare_words(opened, 0, *generated_side(*parse_shape(shape)), evidence);
  return evidence;
}

std::uint64_t count(const CaptureEvidence& evidence, unsigned cores, DifferenceClass kind) {
  return evidence.programs[cores - 1].differences[static_cast<std::size_t>(kind)];
}

TEST(CompareCapture, AnEqualProgramIsEqualInEachOfItsThreePrograms) {
  PatchedProgram program(shape);
  const CaptureEvidence evidence = compared(program);
  ASSERT_EQ(evidence.programs.size(), 3U);
  // 2 x 108, 2 x (2 x 104 + 26) and 3 x (104 + 26) words; 104 + 26 twice more on 3 cores; each
  // record has four words of a tail.
  EXPECT_EQ(evidence.programs[0].compared, 2U * 112);
  EXPECT_EQ(evidence.programs[1].compared, 2U * (2 * 108 + 30));
  EXPECT_EQ(evidence.programs[2].compared, 3U * (108 + 30));
  for (const ProgramDifference& each : evidence.programs) {
    EXPECT_EQ(each.counted(), 0U);
    EXPECT_EQ(each.performance(), 0U);
    EXPECT_EQ(each.not_compared, 0U);
  }
  EXPECT_EQ(evidence.one_core_tasks, 2U);
}

TEST(CompareCapture, ADifferenceCountsForItsProgramAndItsClass) {
  PatchedProgram program(shape);
  program.field(0, reg::CNA_CBUF_CON0_DATA_BANK, 7);       // one core
  program.field(2, reg::CNA_CONV_CON2_FEATURE_GRAINS, 3);  // two cores
  program.set(13 - 1, reg::CNA_FEATURE_DATA_ADDR, 16);     // three cores
  const CaptureEvidence evidence = compared(program);
  EXPECT_GE(count(evidence, 1, DifferenceClass::value), 1U);
  EXPECT_EQ(evidence.programs[1].counted(), 0U);
  EXPECT_EQ(evidence.programs[1].performance(), 1U);
  EXPECT_GE(count(evidence, 3, DifferenceClass::address), 1U);
}

TEST(CompareCapture, WordsThatAreMissingAreNotCompared) {
  PatchedProgram program(shape);
  program.lose(0, 10, 5);
  const CaptureEvidence evidence = compared(program);
  EXPECT_EQ(evidence.programs[0].not_compared, 5U);
  EXPECT_EQ(evidence.programs[0].compared, 2U * 112 - 5);
}

TEST(CompareCapture, EqualContentHasOneNameWhereverItLies) {
  const auto content = [](const GenerateOptions& options, const char* name) {
    const auto made = generate_program(*parse_shape(name), options);
    const Opened opened = open_capture(capture_of(*made), RegisterDb::builtin());
    CaptureEvidence evidence;
    compare_words(opened, 0, *generated_side(*parse_shape(shape)), evidence);
    return evidence.content;
  };
  GenerateOptions elsewhere;
  elsewhere.top = 0xf0000000;
  EXPECT_EQ(content({}, shape), content(elsewhere, shape));
  EXPECT_NE(content({}, shape), content({}, "b1_c64_h56_w56_oc64_wic64_k1x1_g1"));
}

TEST(Import, GeneratedProgramsConfirmNothing) {
  const ScratchFolder folder;
  const auto made = generate_program(*parse_shape(shape), {});
  const Imported imported = import_captures({capture_of(*made)}, {"generated.bundle", "h", "", ""});
  EXPECT_TRUE(imported.entries.empty());
  ASSERT_EQ(imported.refused.size(), 1U);
  EXPECT_NE(imported.refused[0].text().find("a generated program is no capture"),
            std::string::npos);
}

TEST(Import, NothingEntersWithoutAShape) {
  std::size_t files = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(testdata_path("fuzz"))) {
    if (!file.is_regular_file()) continue;
    ++files;
    const Imported imported = import_input(file.path().string());
    EXPECT_FALSE(imported.entries.empty() && imported.refused.empty() && imported.notes.empty())
        << file.path() << ": left out in silence";
    for (const Entry& entry : imported.entries)
      EXPECT_TRUE(parse_shape(entry.shape)) << file.path() << ": " << entry.shape;
    for (const Error& error : imported.refused) EXPECT_FALSE(error.what.empty()) << file.path();
  }
  EXPECT_GE(files, 90U);
}

TEST(Import, SweepsOfOursAreSimulations) {
  const ScratchFolder folder;
  folder.write("s.jsonl",
               "{\"schema\":\"npuscope.sweep/1\",\"device\":\"sim\",\"seed\":42,"
               "\"absolute\":0.12,\"relative\":0.02}\n"
               "{\"type\":\"shape\",\"key\":\"b1_c64_h56_w56_oc128_wic64_k1x1_g1\","
               "\"status\":\"pass\",\"reason\":\"\",\"program\":\"abc\",\"max_diff\":0.5}\n"
               "{\"type\":\"shape\",\"key\":\"nonsense\"}\n{broken\n"
               "{\"type\":\"summary\",\"shapes\":2,\"passed\":1}\n");
  const Imported imported = import_input(folder.path("s.jsonl"));
  ASSERT_EQ(imported.entries.size(), 1U);
  EXPECT_EQ(imported.refused.size(), 2U);
  EXPECT_EQ(imported.entries[0].shape, shape);
  EXPECT_EQ(imported.entries[0].source.part, "line 2");
  const auto& simulation = std::get<SimulationEvidence>(imported.entries[0].evidence);
  EXPECT_EQ(simulation.program, "abc");
  EXPECT_EQ(simulation.seed, 42U);
  EXPECT_EQ(simulation.relative, 0.02);
  EXPECT_EQ(simulation.max_diff, 0.5);
}

TEST(Import, SweepsOfOthersAreReports) {
  const ScratchFolder folder;
  folder.write("old.log",
               "PASS     conv2d_b1_c16_h18_w18_oc16_wic16_k3x3_g1 :: tasks=1 max_diff=0.0154\n"
               "FENCED   b1_c256_h2_w2_oc64_wic256_k1x1_g1 :: error: shape is crash-fenced after\n"
               "PASS     b1_c16_h18_w18_oc16_wic16_k3x3_g1 :: tasks=1 max_diff=inf\n");
  const Imported imported = import_input(folder.path("old.log"));
  ASSERT_EQ(imported.entries.size(), 3U);
  const auto report = [&](std::size_t i) {
    return std::get<ReportEvidence>(imported.entries[i].evidence);
  };
  EXPECT_EQ(report(0).status, "PASS");
  EXPECT_EQ(report(0).max_diff, 0.0154);
  EXPECT_EQ(report(0).campaign, "old.log");
  EXPECT_EQ(report(1).fence->cause, FenceCause::crash);
  EXPECT_FALSE(report(2).max_diff);
  EXPECT_EQ(imported.entries[0].shape, imported.entries[2].shape) << "two names, one geometry";
}

TEST(Import, TablesOfShapesHaveAReportForEachResult) {
  const ScratchFolder folder;
  folder.write("t.csv",
               "idx,name,encoded,one,fence_reason,two,note\r\n"
               "1,x,b1_c16_h18_w18_oc16_wic16_k3x3_g1,PASS,,PASS,PASS\r\n"
               "2,y,b1_c16_h9_w9_oc16_wic16_k3x3_g1,FENCED,\"BY_K is fenced pending, it\",,odd\r\n"
               "3,z,nonsense,PASS,,,\r\n");
  const Imported imported = import_input(folder.path("t.csv"));
  EXPECT_EQ(imported.entries.size(), 3U);
  ASSERT_EQ(imported.refused.size(), 1U);
  EXPECT_TRUE(imported.refused[0].where.ends_with("t.csv:4"));
  const auto fenced = std::ranges::find_if(imported.entries, [](const Entry& entry) {
    return std::get<ReportEvidence>(entry.evidence).fence.has_value();
  });
  ASSERT_NE(fenced, imported.entries.end());
  EXPECT_EQ(std::get<ReportEvidence>(fenced->evidence).fence->split, "kernels");
  EXPECT_EQ(fenced->source.part, "line 3, column one");
}

TEST(Import, AManifestBringsItsFilesAndChecksThem) {
  const ScratchFolder folder;
  folder.write("old.log", "PASS     b1_c16_h9_w9_oc16_wic16_k3x3_g1 :: max_diff=0.1\n");
  // sha256sum old.log
  folder.write(
      "M.csv",
      "path,sha256,source,source_path,source_commit\n"
      "old.log,338500b5a62541a06dbbfa8321cd0ca8606dcb146c469e7ee99152891cf7ea6c,o/r,a/old.log,123\n"
      "./old.log,00,o/r,a/old.log,123\n"
      "../etc/passwd,00,o/r,x,1\n"
      "none.log,00,o/r,x,1\n");
  const Imported imported = import_input(folder.path("M.csv"));
  ASSERT_EQ(imported.entries.size(), 1U);
  EXPECT_EQ(imported.entries[0].source.name, "old.log");
  EXPECT_EQ(imported.entries[0].source.origin, "o/r:a/old.log at 123");
  ASSERT_EQ(imported.refused.size(), 3U);
  EXPECT_NE(imported.refused[0].text().find(
                "its SHA-256 is 338500b5a62541a06dbbfa8321cd0ca8606dcb146c469e7ee99152891cf7ea6c, "
                "not 00"),
            std::string::npos);
  EXPECT_NE(imported.refused[1].text().find("leads out of the folder"), std::string::npos);
  EXPECT_NE(imported.refused[2].text().find("No such file"), std::string::npos);
}

TEST(Import, AFolderIsItsFilesOrOneDump) {
  const Imported files = import_input(testdata_path("ledger"));
  std::set<std::string> names;
  for (const Entry& entry : files.entries) names.insert(entry.source.name);
  EXPECT_EQ(names, (std::set<std::string>{"reports.log", "runs.jsonl", "shapes.csv"}));
  EXPECT_EQ(files.refused.size(), 2U) << "the README, and a name that is no shape";
  // Raw dumps belong together, and say so with one voice.
  const Imported dump = import_input(testdata_path("example/gems"));
  EXPECT_EQ(dump.entries.size() + dump.refused.size(), 1U);
}

TEST(Import, ALedgerIsTakenInAsItIs) {
  const ScratchFolder folder;
  folder.write("a.ledger", text_of(make_ledger({testing::run(), testing::report()})) + "=======\n");
  const Imported imported = import_input(folder.path("a.ledger"));
  EXPECT_EQ(imported.entries.size(), 2U);
  EXPECT_EQ(imported.refused.size(), 1U);
}

}  // namespace
}  // namespace npuscope::ledger
