// Reasons of an old client, as it printed them, as data.
#include "replay/ledger/fence.h"

#include <gtest/gtest.h>

namespace npuscope::ledger {
namespace {

struct Case {
  const char* text;
  Fence fence;
};

const Case cases[] = {
    {"BY_K/k_tile is fenced pending RKNN 108/104/26-row closure; no allocation",
     {FenceCause::no_capture, "kernels", ""}},
    {"error: pointwise-wide NONE is fenced pending RKNN 108-row closure",
     {FenceCause::no_capture, "none", "pointwise"}},
    {"pointwise-wide BY_Y is fenced pending proven row closure; no allocation",
     {FenceCause::no_capture, "rows", "pointwise"}},
    {"depthwise BY_YK closure is unfenced without DEPTHWISE_BODY_SHAPES membership; no al",
     {FenceCause::not_in_table, "rows and kernels", "depthwise"}},
    {"depthwise BY_K closure is unfenced without DEPTHWISE_BODY_SHAPES membership",
     {FenceCause::not_in_table, "kernels", "depthwise"}},
    {"depthwise BY_Y closure is unfenced without DEPTHWISE_BODY_SHAPES membership",
     {FenceCause::not_in_table, "rows", "depthwise"}},
    {"BY_YK is disabled before allocation; mixed Y/K setup and k_half semantics are unresolved",
     {FenceCause::unresolved, "rows and kernels", ""}},
    {"shape is crash-fenced after c256_h2 setup108 generalization reboot; capture exact",
     {FenceCause::crash, "", ""}},
    {"spatial setup/NONE path is fenced as known numerically wrong for this shape",
     {FenceCause::wrong_values, "none", "spatial"}},
    {"something else", {FenceCause::unknown, "", ""}},
    {"", {FenceCause::unknown, "", ""}},
};

TEST(Fence, EveryReasonOfTheOldClient) {
  for (const Case& c : cases) EXPECT_EQ(text_of(fence_of(c.text)), text_of(c.fence)) << c.text;
}

TEST(Fence, NamesLeadBack) {
  for (const char* name :
       {"no-capture", "not-in-table", "unresolved", "crash", "wrong-values", "unknown"}) {
    const auto cause = fence_cause(name);
    ASSERT_TRUE(cause) << name;
    EXPECT_EQ(name_of(*cause), name);
  }
  EXPECT_FALSE(fence_cause("tired"));
}

}  // namespace
}  // namespace npuscope::ledger
