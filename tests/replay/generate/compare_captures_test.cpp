// Captures against what is generated, and models against their own captures: equal but for where
// they lie.
#include <gtest/gtest.h>

#include "decoder/compare/compare.h"
#include "replay/generate/generated.h"
#include "replay/shape/infer_shape.h"
#include "tests/support/manifest.h"

namespace npuscope {
namespace {

using testing::corpus_path;
using testing::manifest;

Opened opened(const std::string& path) {
  auto inputs = open_input(path, RegisterDb::builtin());
  EXPECT_TRUE(inputs) << path;
  for (Opened& input : *inputs)
    if (!input.sets.empty()) return std::move(input);
  return {};
}

TEST(CompareCaptures, LiveWindowsAreEqualToGeneratedPrograms) {
  NPUSCOPE_NEEDS_CORPUS();
  std::size_t compared = 0;
  for (const auto& row : manifest()) {
    if (!row.path.starts_with("live-logs/")) continue;
    const Opened captured = opened(row.full_path());
    if (captured.sets.empty() || captured.sets[0].records.empty()) continue;
    const auto shape = infer_shape(captured.sets[0]);
    ASSERT_TRUE(shape) << row.path;
    const auto made = generate_program(*shape, {});
    ASSERT_TRUE(made);
    const Opened generated = open_capture(capture_of(*made), RegisterDb::builtin());
    const Comparison result = compare(captured, generated, RegisterDb::builtin());
    EXPECT_TRUE(result.equal()) << row.path;
    EXPECT_EQ(result.not_compared, 0U);
    EXPECT_GE(result.words, 800U);
    ++compared;
  }
  EXPECT_GE(compared, 4U);
}

TEST(CompareCaptures, ModelsAreEqualToTheirOwnCaptures) {
  NPUSCOPE_NEEDS_CORPUS();
  const std::pair<const char*, const char*> pairs[] = {
      {"rknn/rk3588/allbilly/b1_c160_h7_w7_oc320_wic160_k3x3_g1.rknn",
       "live-logs/capture_rknpu_submit_dump_gems_6desc_h7_live_regcmd_20260524_123133.log"},
      {"rknn/rk3588/allbilly/mix_b1_c160_h40_w40_oc320_wic160_k3x3_g1.rknn",
       "live-logs/capture_rknpu_submit_dump_gems_rerun_20260524_122116.log"}};
  for (const auto& [model, log] : pairs) {
    const Opened a = opened(corpus_path(model)), b = opened(corpus_path(log));
    for (const Comparison& result :
         {compare(a, b, RegisterDb::builtin()), compare(b, a, RegisterDb::builtin())}) {
      EXPECT_TRUE(result.equal()) << model;
      EXPECT_EQ(result.programs, 3U);
      EXPECT_GE(result.words, 800U);
    }
  }
}

}  // namespace
}  // namespace npuscope
