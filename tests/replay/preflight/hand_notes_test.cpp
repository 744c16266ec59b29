// Numbers that people transcribed by hand into public notes and clients, and that were wrong: each
// is found by the rule for it, at its register, with the right number as the remedy.
// Source of the numbers: the notes of allbilly/rk3588 against the decoded captures of the same
// shapes.
#include <gtest/gtest.h>

#include "regdb/register_fields.h"
#include "replay/preflight/lint.h"
#include "tests/support/patched_program.h"

namespace npuscope::testing {
namespace {

struct Note {
  const char* shape;
  std::uint16_t offset;
  std::uint32_t right, wrong;
  std::string_view rule;
  std::string_view expected;  // as the finding says it
};

const Note notes[] = {
    // Bank numbers whose sum is not twelve.
    {"b1_c192_h14_w14_oc384_wic192_k3x3_g1", reg::CNA_CBUF_CON0, 0x84, 0x87, "HW-E2",
     "12 in all, each at least 1"},
    {"b1_c144_h20_w20_oc192_wic144_k3x3_g1", reg::CNA_CBUF_CON0, 0xa2, 0xa7, "HW-E2",
     "12 in all, each at least 1"},
    // The surface stride of an input of another height: -3 is that of a single row or of H = 1.
    {"b1_c64_h10_w10_oc64_wic64_k3x3_g1", reg::CNA_DMA_CON2, 60, 0x0ffffffd, "HW-E11",
     "at least 100: 10 rows of 10"},
    // The real channels of a slice of another size.
    {"b1_c1280_h10_w10_oc24_wic1280_k1x1_g1", reg::CNA_DATA_SIZE1, 0x003f0500, 0x04ff0500,
     "SCHED-L11", "0x3f for 1280 channels"},
    {"b1_c72_h28_w28_oc32_wic72_k1x1_g1", reg::CNA_DATA_SIZE1, 0x00070048, 0x00470048, "SCHED-L11",
     "0x7 for 72 channels"},
};

class HandNote : public ::testing::TestWithParam<Note> {};

TEST_P(HandNote, IsFoundWithTheRightNumber) {
  const Note& note = GetParam();
  PatchedProgram program(note.shape);
  const auto base = preflight::lint(program.open(), {});
  EXPECT_FALSE(base.failed());
  program.set(0, note.offset, note.right);
  const auto right = preflight::lint(program.open(), {});
  for (const preflight::Finding& finding : right.findings) EXPECT_NE(finding.rule->id, note.rule);
  program.set(0, note.offset, note.wrong);
  bool found = false;
  for (const preflight::Finding& finding : preflight::lint(program.open(), {}).findings) {
    if (finding.rule->id != note.rule) continue;
    found = true;
    EXPECT_EQ(finding.where.task, 0U);
    EXPECT_EQ(finding.expected, note.expected);
    EXPECT_GE(finding.severity, preflight::Severity::warning);
  }
  EXPECT_TRUE(found) << note.rule;
}

INSTANTIATE_TEST_SUITE_P(HandNotes, HandNote, ::testing::ValuesIn(notes));

// A submit of three cores that fills the entries of one: a recorded kernel panic.
TEST(HandNotes, TheEntriesOfThreeCoresAreTheLastThree) {
  PatchedProgram program("b1_c32_h14_w14_oc128_wic32_k3x3_g1");
  program.submit().core_mask = 7;
  program.submit().subcore = {};
  for (std::uint32_t i = 0; i < 3; ++i)
    program.submit().subcore[i] = std::pair(std::uint32_t{5} + 2 * i, std::uint32_t{2});
  for (const std::size_t unused : {3U, 4U}) program.submit().subcore[unused] = std::pair(0U, 0U);
  std::size_t found = 0;
  for (const preflight::Finding& finding : preflight::lint(program.open(), {}).findings)
    found += finding.rule->id == "KABI-L08" ? 1 : 0;
  EXPECT_EQ(found, 2U);
}

}  // namespace
}  // namespace npuscope::testing
