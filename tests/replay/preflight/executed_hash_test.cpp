// One name for a program, wherever it lies and whoever tells of it.
#include "replay/preflight/executed_hash.h"

#include <gtest/gtest.h>

#include "decoder/open.h"
#include "regdb/register_fields.h"
#include "replay/ledger/generated_side.h"
#include "replay/preflight/denylist.h"
#include "replay/shape/shape_names.h"
#include "tests/replay/preflight/rule_cases.h"
#include "tests/support/manifest.h"
#include "tests/support/patched_program.h"

namespace npuscope::preflight {
namespace {

using npuscope::testing::corpus_path;
using npuscope::testing::PatchedProgram;

std::string hash_of(const Opened& opened, unsigned cores) {
  const ProgramSet& set = opened.sets.front();
  return executed_hash(set, *set.program_for(cores)).value_or("incomplete");
}

// The journal of runs through a driver, which placed the buffers where it liked.
TEST(ExecutedHash, IsThatOfTheJournalOfRuns) {
  EXPECT_EQ(hash_of(PatchedProgram("b1_c16_h4_w4_oc16_wic16_k1x1_g1").open(), 1),
            "6770564deacc2d79834b48f4f43a3c3c");
  EXPECT_EQ(hash_of(PatchedProgram("b1_c64_h112_w112_oc64_wic1_k3x3_g64").open(), 1),
            "97c9cb87292aa4e84364b4bd7f78ab52");
}

TEST(ExecutedHash, IsThatOfTheGeneratedStream) {
  for (const char* shape : {npuscope::testing::plain_shape, npuscope::testing::short_shape,
                            npuscope::testing::fused_shape}) {
    const auto side = ledger::generated_side(*parse_shape(shape));
    for (unsigned cores = 1; cores <= 3; ++cores)
      EXPECT_EQ(hash_of(PatchedProgram(shape).open(), cores), side->executed[cores - 1])
          << shape << ", " << cores << " cores";
  }
}

TEST(ExecutedHash, KnowsEveryOtherValueAndMissingWords) {
  const char* shape = npuscope::testing::plain_shape;
  const std::string hash = hash_of(PatchedProgram(shape).open(), 1);
  PatchedProgram moved(shape), changed(shape), lost(shape);
  moved.set(0, reg::CNA_FEATURE_DATA_ADDR, 0x1000);
  changed.field(0, reg::CNA_CBUF_CON0_DATA_BANK, 7);
  lost.lose(0, 10, 1);
  EXPECT_EQ(hash_of(moved.open(), 1), hash);
  EXPECT_NE(hash_of(changed.open(), 1), hash);
  EXPECT_EQ(hash_of(lost.open(), 1), "incomplete");
}

TEST(ExecutedHash, TheCaptureThatIsAccusedIsOnTheDenylist) {
  NPUSCOPE_NEEDS_CORPUS();
  const auto inputs = open_input(
      corpus_path("live-logs/capture_rknpu_submit_dump_gems_c64_h56_live_regcmd_1168_20260524_"
                  "133725.log"),
      RegisterDb::builtin());
  ASSERT_TRUE(inputs);
  const DeniedProgram* denied = find_denied(hash_of(inputs->front(), 1));
  ASSERT_NE(denied, nullptr);
  EXPECT_EQ(denied->effect, DeniedEffect::poison);
}

}  // namespace
}  // namespace npuscope::preflight
