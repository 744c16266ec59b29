#include "replay/audit/requirements.h"

#include <gtest/gtest.h>

namespace npuscope::audit {

namespace {

TEST(Requirements, VersionsAreComparedPartByPart) {
  EXPECT_EQ(compare_parts("0.9.8", "0.9.10"), -1);
  EXPECT_EQ(compare_parts("6.18.2-rk", "6.9"), 1);
  EXPECT_EQ(compare_parts("007", "7"), 0);
  EXPECT_EQ(compare_parts("6.1", "6.1.75"), -1);
  EXPECT_EQ(compare_parts("123456789012345678901234567890", "99"), 1);  // no number is too long
  EXPECT_EQ(compare_parts("", ""), 0);
  EXPECT_EQ(compare_parts("b", "a1"), 1);
}

TEST(Requirements, EveryRelation) {
  const Fact fact{"kernel.release", "6.1.75-rk", "/proc", "", Judgement::note, ""};
  const auto holds = [&](std::string_view line) {
    const auto list = parse_requirements(line, "x");
    return list && list->size() == 1 && meets(list->front(), fact);
  };
  EXPECT_TRUE(holds("kernel.release >= 6.1"));
  EXPECT_FALSE(holds("kernel.release >= 6.10"));
  EXPECT_TRUE(holds("kernel.release <= 6.18  # comment"));
  EXPECT_TRUE(holds("kernel.release = 6.1.75-rk"));
  EXPECT_TRUE(holds("kernel.release != 6.1"));
  EXPECT_TRUE(holds("kernel.release ~ ^6\\.1\\..*rk$"));
  EXPECT_FALSE(holds("kernel.release ~ vanilla"));
  EXPECT_TRUE(holds("kernel.release"));
}

TEST(Requirements, WhatWasNotReadMeetsNothing) {
  Audit audit;
  audit.npu_present = true;
  audit.unread("iommu", "ACTION 18", "no driver");
  audit.add("driver.version", "0.9.8", "ACTION 1", Judgement::good);
  EXPECT_EQ(audit.verdict(), Verdict::ready);
  add_requirements(*parse_requirements("iommu\ndriver.version >= 0.9.6\nnone.such = 1\n", "x"),
                   audit);
  EXPECT_EQ(audit.find("require.iommu")->judgement, Judgement::blocks);
  EXPECT_EQ(audit.find("require.iommu")->value, "not read: no driver");
  EXPECT_EQ(audit.find("require.driver.version")->judgement, Judgement::good);
  EXPECT_EQ(audit.find("require.none.such")->value, "no such fact");
  EXPECT_EQ(audit.verdict(), Verdict::blocked);
}

TEST(Requirements, ErrorsNameTheirLine) {
  const auto no_relation = parse_requirements("# x\n\nkernel.release is 6.1\n", "lab.require");
  ASSERT_FALSE(no_relation);
  EXPECT_EQ(no_relation.error().where, "lab.require:3");
  EXPECT_NE(no_relation.error().what.find("`kernel.release is 6.1` is no criterion"),
            std::string::npos);
  const auto no_pattern = parse_requirements("board.model ~ (", "lab.require");
  ASSERT_FALSE(no_pattern);
  EXPECT_NE(no_pattern.error().what.find("no pattern"), std::string::npos);
  EXPECT_TRUE(parse_requirements("\xff\xfe\n", "x"));  // a fact that does not exist
}

}  // namespace

}  // namespace npuscope::audit
