// What a file position says, and faults as people write them.
#include "capture_tools/fake_npu/protocol.h"

#include <gtest/gtest.h>

#include "capture_tools/fake_npu/faults.h"

namespace npuscope::fake {
namespace {

TEST(FileTag, IsAPositionAndBack) {
  for (const std::uint64_t id : {std::uint64_t{0}, std::uint64_t{1}, (std::uint64_t{1} << 51) - 1})
    for (const NodeKind kind :
         {NodeKind::none, NodeKind::card, NodeKind::render, NodeKind::accel, NodeKind::dma_buf})
      for (const std::uint8_t minor :
           {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{129}, std::uint8_t{255}}) {
        const FileTag tag{id, kind, minor};
        EXPECT_GE(tag.position(), 0) << "lseek takes no other";
        const FileTag back = FileTag::of(tag.position());
        EXPECT_EQ(back.id, id);
        EXPECT_EQ(back.kind, kind);
        EXPECT_EQ(back.minor, minor);
      }
}

TEST(Fault, IsANameAndTheNumberOfACall) {
  const auto fault = parse_fault("early-retirement@12");
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->kind, FaultKind::early_retirement);
  EXPECT_EQ(fault->number, 12U);
  const auto first = parse_fault("no-memory");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->kind, FaultKind::no_memory);
  EXPECT_EQ(first->number, 1U);
  EXPECT_TRUE(contains({*fault, *first}, FaultKind::no_memory, 1));
  EXPECT_FALSE(contains({*fault, *first}, FaultKind::no_memory, 12));
}

TEST(Fault, RefusesOthers) {
  for (const char* text :
       {"", "@1", "lightning", "dispatch-miss@", "dispatch-miss@0", "dispatch-miss@-1",
        "dispatch-miss@1x", "dispatch-miss@18446744073709551616"})
    EXPECT_FALSE(parse_fault(text)) << text;
  EXPECT_EQ(parse_fault("lightning").error().text(),
            "there is no fault `lightning` (one of dispatch-miss, early-retirement, iommu-fault, "
            "foreign-reset, invalid-interrupt, no-memory, unplugged, as in dispatch-miss@3)");
}

}  // namespace
}  // namespace npuscope::fake
