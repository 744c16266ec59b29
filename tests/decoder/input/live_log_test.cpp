#include "tests/decoder/input/text_helpers.h"

namespace npuscope {
namespace {

using namespace testing;

const std::string gem1 =
    "GEM 1: handle=1 size=4096 map_offset=0x100000000\n"
    "  task_like_entries=1\n"
    "  task_like[0] off=0x0000 flags=0x00000000 op_idx=1 enable_mask=0x0000000d "
    "int_mask=0x00000300 int_clear=0x0001ffff int_status=0x00000000 regcfg_amount=2 "
    "regcfg_offset=0 regcmd_addr=0x00000000fff9c800\n";
const std::string gem2 =
    "GEM 2: handle=2 size=8192 map_offset=0x100001000\n"
    "  QWORD_WINDOW off=0x800 count=2\n"
    "  regcmd_qword[0] off=0x800 value=0x02010000001b1040\n"
    "  regcmd_qword[1] off=0x808 value=0x0201000000001104\n";
const std::string submit = "submit #1: task_number=3 task_obj_addr=0xffffff8102fc3800\n";

TEST(LiveLog, TasksWordsAndTheSubmitBehindThem) {
  const Capture capture =
      read_one(gem1 + gem2 + "GEM 6: unavailable: [Errno 2] No such file or directory\n" + submit);
  ASSERT_EQ(capture.buffers.size(), 2u);
  EXPECT_EQ(load_task(capture.buffers[0].bytes_at(0, 40)).regcmd_addr, 0xfff9c800u);
  EXPECT_EQ(word_at(capture.buffers[1], 0x808), 0x0201000000001104u);
  EXPECT_EQ(capture.buffers[1].size, 8192u);
  ASSERT_EQ(capture.submits.size(), 1u);
  EXPECT_EQ(capture.submits[0].task_number, 3u);
  EXPECT_EQ(capture.submits[0].task_obj_addr, 0xffffff8102fc3800u);
  EXPECT_EQ(argument_of(*event_of(capture, "GEM_UNAVAILABLE"), "reason"),
            "[Errno 2] No such file or directory");
  EXPECT_TRUE(capture.diagnostics.empty());
}

TEST(LiveLog, AnUnavailableWindowHasNoWordsAndIsNoError) {
  const Capture capture = read_one(gem1 +
                                   "GEM 2: handle=2 size=8192 map_offset=0x0\n"
                                   "  QWORD_WINDOW off=0x1f00 count=1504 unavailable size=8192\n" +
                                   submit);
  EXPECT_TRUE(says(capture, "1504 words at 0x1f00 was not captured"));
  EXPECT_TRUE(says(capture, "contains no words"));
  EXPECT_EQ(capture.buffers[0].known_bytes(), 40u);
  EXPECT_EQ(capture.buffers[1].known_bytes(), 0u);
}

TEST(LiveLog, OffsetsMustFitIndicesAndBeContiguous) {
  const Capture capture = read_one(
      "GEM 2: handle=2 size=8192 map_offset=0x0\n  QWORD_WINDOW off=0x800 count=4\n"
      "  regcmd_qword[0] off=0x800 value=0x0000000000000001\n"
      "  regcmd_qword[1] off=0x818 value=0x0000000000000002\n"
      "  regcmd_qword[3] off=0x818 value=0x0000000000000004\n"
      "  regcmd_qword[4] off=0x820 value=0x00000000000\n"
      "  regcmd_qword[5] off=0xffffffffffffffff value=0x0000000000000004\n"
      "  regcmd_qword[99999999999999999999] off=0x800 value=0x0000000000000004\n");
  EXPECT_TRUE(says(capture, "does not fit its index"));
  EXPECT_TRUE(says(capture, "lines are missing"));
  EXPECT_TRUE(says(capture, "torn"));
  EXPECT_TRUE(says(capture, "announces 4 words, 2 were read"));
  EXPECT_EQ(capture.buffers[0].known_bytes(), 16u);
  EXPECT_EQ(word_at(capture.buffers[0], 0x818), 4u);
}

TEST(LiveLog, ScannedRunsCarryExtraColumns) {
  const Capture capture = read_one(
      "GEM 2: handle=2 size=8192 map_offset=0x0\n  regcmd_like_runs=2\n"
      "  REGCMD_RUN[0] off=0x40 qwords=1\n"
      "  regcmd_qword[0] off=0x40 value=0x02010000001b1040 target=0x0201 addr=0x1040 "
      "reg_value=0x1b\n"
      "  REGCMD_RUN[1] off=0x80 qwords=1\n"
      "  regcmd_qword[0] off=0x80 value=0x02010000001b1040 target=0x0201 addr=0x1040 "
      "reg_value=0x1b\n");
  EXPECT_EQ(capture.buffers[0].known_bytes(), 16u);
  EXPECT_TRUE(capture.diagnostics.empty());
}

TEST(LiveLog, AnObjectThatComesBackAfterTheSubmitBeginsTheNextRun) {
  const auto runs = read_runs(gem1 + gem2 + submit + gem1 + gem2 + submit);
  ASSERT_EQ(runs.size(), 2u);
  for (const Capture& run : runs) {
    EXPECT_EQ(run.buffers.size(), 2u);
    EXPECT_EQ(run.submits.size(), 1u);
    EXPECT_EQ(lines_of(run, "regcmd_qword"), 2u);
    EXPECT_TRUE(run.diagnostics.empty());
  }
  EXPECT_EQ(read_runs("TEST: a\n" + gem1 + submit + "TEST: b\n" + gem2).size(), 2u);
  EXPECT_EQ(read_runs("TEST: a\nTEST: b\n" + gem1).size(), 1u);
}

TEST(LiveLog, HostileNumbers) {
  const Capture capture = read_one(
      "GEM 4294967296: handle=1 size=1 map_offset=0\nGEM 1: handle=1 size=-1 map_offset=0\n"
      "GEM 1: handle=1 size=18446744073709551615 map_offset=0\n"
      "  task_like[0] off=0xffffffffffffffff flags=0 op_idx=0 enable_mask=0 int_mask=0 int_clear=0 "
      "int_status=0 regcfg_amount=0 regcfg_offset=0 regcmd_addr=0\n"
      "  task_like[1] off=0x0 flags=0x1ffffffff op_idx=1\n  QWORD_WINDOW off=zz\n"
      "  QWORD_WINDOW off=0xffffffffffffffff count=18446744073709551615\n"
      "  regcmd_qword[0] off=0xffffffffffffffff value=0x0000000000000001\n");
  EXPECT_EQ(capture.buffers[0].known_bytes(), 0u);
  EXPECT_TRUE(says(capture, "beyond 4 GiB"));
  EXPECT_TRUE(says(capture, "lacks a field"));
}

struct LiveCase {
  const char* file;
  std::uint64_t words, window, tasks, dma, task_like;
  std::uint32_t submitted;
  const char* regcmd;
};

TEST(LiveLog, EveryPublicLog) {
  NPUSCOPE_NEEDS_CORPUS();
  const std::string stem = "live-logs/capture_rknpu_submit_dump_gems_";
  const LiveCase cases[] = {
      {"6desc_h7_live_regcmd_20260524_123133.log", 832, 0xe1800, 11, 0xffec9000, 47, 3, "6656"},
      {"c64_h56_live_regcmd_1168_20260524_133725.log", 1168, 0x4800, 14, 0xfff98000, 44, 6, "9344"},
      {"channeltile_20260524_113150.log", 0, 0xe1800, 11, 0xffefb000, 39, 3, "6656"},
      {"pw_c256_h14_live_regcmd_832_20260524_131749.log", 832, 0x25000, 11, 0xfff5c000, 39, 3,
       "6656"},
      {"pw_c256_h14_live_regcmd_832_20260524_131804.log", 832, 0x40800, 11, 0xfff5c000, 39, 3,
       "6656"},
      {"rerun_20260524_122116.log", 1504, 0xe1800, 17, 0xffee8000, 77, 6, "12032"},
  };
  for (const LiveCase& c : cases) {
    SCOPED_TRACE(c.file);
    const Capture capture = read_corpus(stem + c.file);
    EXPECT_EQ(lines_of(capture, "regcmd_qword"), c.words);
    EXPECT_EQ(event_of(capture, "QWORD_WINDOW")->number("off"), c.window);
    EXPECT_EQ(fact_of(capture, "gem1.listed_tasks"), std::to_string(c.tasks));
    EXPECT_EQ(fact_of(capture, "gem2.listed_tasks"), std::to_string(c.task_like));
    EXPECT_EQ(fact_of(capture, "regcmdbuffer.size"), c.regcmd);
    EXPECT_EQ(fact_of(capture, "taskbuffer.size"), std::to_string(40 * c.tasks));
    const Buffer* weights = buffer_of(capture, "GEM 2");
    ASSERT_TRUE(weights);
    EXPECT_EQ(weights->device_address, c.dma);
    EXPECT_EQ(weights->bytes_at(c.window, 8 * c.words).size(), 8 * c.words);
    ASSERT_EQ(capture.submits.size(), 1u);
    EXPECT_EQ(capture.submits[0].task_number, c.submitted);
    EXPECT_EQ(capture.submits[0].task_obj_addr, buffer_of(capture, "GEM 1")->object_address);
    std::uint64_t strict = 0;
    for (std::uint64_t i = 0; i < c.tasks; ++i) {
      strict += is_vendor_task(load_task(buffer_of(capture, "GEM 1")->bytes_at(40 * i, 40)));
    }
    EXPECT_EQ(strict, c.tasks);
    EXPECT_EQ(says(capture, "was not captured"), c.words == 0);
    EXPECT_FALSE(says(capture, "contradict"));  // false tasks are real bytes of their object
  }
}

}  // namespace
}  // namespace npuscope
