// Opening a capture: names become words, and buffers get the role of what they hold.
#include "decoder/open.h"

#include <gtest/gtest.h>

#include "decoder/emit/walk.h"
#include "tests/support/synthetic_stream.h"

namespace npuscope::testing {
namespace {

const RegisterDb& db() {
  return RegisterDb::builtin();
}

TEST(Open, NamedWritesBecomeWordsInTheirOrder) {
  Capture capture;
  capture.source = "named.txt";
  capture.named_writes = {{"CNA_CBUF_CON0",
                           "CNA_CBUF_CON0_WEIGHT_BANK(1) | "
                           "CNA_CBUF_CON0_DATA_BANK(11)",
                           {}},
                          {"CNA_DCOMP_REGNUM", "0x0", {}},
                          {"NO_SUCH_REGISTER", "0x1", {"named.txt", 3, true}},
                          {"PC_OPERATION_ENABLE",
                           "PC_OPERATION_ENABLE_RESERVED_0(6) | "
                           "PC_OPERATION_ENABLE_OP_EN(1)",
                           {}}};
  const Opened opened = open_capture(std::move(capture), db());
  ASSERT_EQ(opened.capture.buffers.size(), 1U);
  const Buffer& buffer = opened.capture.buffers[0];
  EXPECT_EQ(buffer.trust, Trust::text_only);
  EXPECT_EQ(buffer.role, BufferRole::commands);
  ASSERT_EQ(buffer.size, 24U);
  const WordView words(buffer.bytes_from(0));
  EXPECT_EQ(words[0].raw, 0x02010000001b1040U);
  EXPECT_EQ(words[1].raw, 0x0201000000001104U);
  EXPECT_EQ(words[2].raw, 0x00810000000d0008U);
  // The line that could not be resolved is reported with its place, not dropped in silence.
  ASSERT_EQ(opened.capture.diagnostics.size(), 1U);
  EXPECT_NE(opened.capture.diagnostics[0].text.find("NO_SUCH_REGISTER"), std::string::npos);
  EXPECT_EQ(opened.capture.diagnostics[0].place.text(), "named.txt:3");
}

TEST(Open, RolesFollowFromTheContentNotFromTheNumber) {
  Capture capture = capture_of(lanes_of_one_layer());
  capture.buffers[0].role = BufferRole::input;  // what some log called it
  add_buffer(capture, "GEM 7", std::vector<std::byte>(64, std::byte{1}));
  const Opened opened = open_capture(std::move(capture), db());
  ASSERT_EQ(opened.sets.size(), 1U);
  EXPECT_EQ(opened.capture.buffers[0].role, BufferRole::task_table);
  EXPECT_EQ(opened.capture.buffers[0].role_reason, "holds 14 tasks");
  EXPECT_EQ(opened.capture.buffers[1].role, BufferRole::commands);
  EXPECT_EQ(opened.capture.buffers[1].role_reason, "holds 14 records");
  EXPECT_EQ(opened.capture.buffers[2].role, BufferRole::unknown);
}

TEST(Open, TheCopyOfATableIsNoProgramOfItsOwn) {
  Placement placement;
  placement.with_table_copy = true;
  for (const bool stated : {true, false}) {
    placement.state_address = stated;
    const Opened opened = open_capture(capture_of(lanes_of_one_layer(), placement), db());
    ASSERT_EQ(opened.sets.size(), 1U);
    EXPECT_EQ(opened.sets[0].table_buffer, 0U) << stated;
  }
}

TEST(Open, TheViewsStayValidWhenTheResultMoves) {
  Opened first = open_capture(capture_of(lanes_of_one_layer()), db());
  const Opened second = std::move(first);
  EXPECT_EQ(second.sets[0].records[0].word(0)->offset(), 0x1040);
}

TEST(Walk, BlocksOfAMask) {
  EXPECT_EQ(blocks_of(0x0d), "CNA+CORE+DPU");
  EXPECT_EQ(blocks_of(0x1d), "CNA+CORE+DPU+DPU_RDMA");
  EXPECT_EQ(blocks_of(0x18), "DPU+DPU_RDMA");
  EXPECT_EQ(blocks_of(0x60), "PPU+PPU_RDMA");
  EXPECT_EQ(blocks_of(0), "nothing");
  EXPECT_EQ(blocks_of(0x81), "CNA+0x80");
}

}  // namespace
}  // namespace npuscope::testing
