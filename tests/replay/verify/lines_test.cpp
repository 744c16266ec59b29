// What the lines of a verification say: values, places, reasons of a SKIP, and what several files
// of one run say of each other.
#include <gtest/gtest.h>

#include <algorithm>

#include "replay/shape/shape_names.h"
#include "tests/replay/verify/run_logs.h"

namespace npuscope {
namespace {

using testing::fails;
using testing::Log;
using testing::said;
using testing::verified;

Log ioctl_log() {
  return Log("ioctl.log");
}
Log live_log() {
  return Log("live.log");
}

TEST(Lines, AWholeRunPasses) {
  const Verification result =
      verified({ioctl_log(), live_log(), Log("kernel.log"), Log("snapshot.log")});
  EXPECT_EQ(fails(result), "");
  std::string skipped;
  for (const CheckLine& line : result.lines)
    if (line.outcome == Outcome::skip) skipped += std::string(line.id) + " ";
  EXPECT_EQ(skipped, "submit.time window.copy ");
  // Every check has a line.
  for (const Check& check : all_checks()) EXPECT_NE(said(result, check.id), "") << check.id;
  EXPECT_NE(said(result, "files.agree"), "");
}

TEST(Lines, AFailureNamesPlaceAndValues) {
  const auto timeout = verified({Log("ioctl.log").replace("timeout=6000", "timeout=60")});
  EXPECT_EQ(said(timeout, "submit.fields"),
            "timeout in ms of the SUBMIT: expected 6000, found 60 (ioctl.log:95)");
  const auto size = verified({Log("ioctl.log").replace_all("28352", "28416")});
  EXPECT_EQ(said(size, "buffers.sizes"),
            "bytes of the weight buffer: expected 28352, found 28416 (ioctl.log:26)");
  const auto flags = verified({Log("live.log").replace_all("0x40b", "0x403")});
  EXPECT_EQ(said(flags, "buffers.flags"),
            "flags of the task buffer: expected 0x40b, found 0x403 (live.log:5)");
  const auto height = verified({Log("live.log")
                                    .replace("0x0201002800231020\n  regcmd_qword[9]",
                                             "0x0201002800221020\n  regcmd_qword[9]")});
  EXPECT_EQ(said(height, "window.model"),
            "task 0 (GEM 2 + 0x4840): CNA_DATA_SIZE0.DATAIN_HEIGHT: expected 35 rows, found 34 "
            "rows (live.log:29)");
}

TEST(Lines, ATornLineIsNamedAndNotMissed) {
  const auto result = verified({ioctl_log()});
  EXPECT_EQ(said(result, "log.torn"),
            "PASS line 112: a record inside another line was put together");
  EXPECT_EQ(said(result, "log.numbers"), "PASS 35 calls, each with its return, numbered in order");
  // The torn record is checked like any other.
  EXPECT_EQ(fails(verified(
                {Log("ioctl.log")
                     .replace("[10:00:00.200] MEM_SYNC flags=0x00000002 obj=0xffffff8102a03400",
                              "[10:00:00.200] MEM_SYNC flags=0x00000002 obj=0xffffff8102a03401")})),
            "sync.ranges");
  // Words that a tear destroyed.
  const auto words = verified({Log("live.log")
                                   .replace("value=0x0201002800231020\n  regcmd_qword[9]",
                                            "value=0x02010028D RKNN: x\n  regcmd_qword[9]")});
  EXPECT_EQ(fails(words), "log.torn window.whole window.tails");
}

TEST(Lines, WhatIsAbsentIsSkippedWithItsReason) {
  const auto result = verified({ioctl_log()});
  EXPECT_EQ(said(result, "tasks.model"), "SKIP the input holds no task table");
  EXPECT_EQ(said(result, "window.model"), "SKIP the input holds no task table");
  EXPECT_EQ(said(result, "kernel.commits"), "SKIP no line of the kernel log is in the input");
  EXPECT_EQ(said(result, "snapshot.mmio"), "SKIP no snapshot of MMIO registers is in the input");
  EXPECT_EQ(said(verified({live_log()}), "order.actions"), "SKIP the input logs no ioctls");
  const auto failed_window =
      verified({Log("live.log").replace("count=1168", "count=1168 unavailable size=28672")});
  EXPECT_EQ(said(failed_window, "window.whole"),
            "SKIP the window reaches beyond its buffer and was not captured");
}

TEST(Lines, UnavailableRegistersAreNoFailure) {
  Log snapshot("snapshot.log");
  const std::size_t at = snapshot.text().find("  core=0");
  snapshot.replace(snapshot.text().substr(at),
                   "  MMIO_UNAVAILABLE device=/dev/mem errno=13 error=Permission denied\n");
  EXPECT_EQ(said(verified({snapshot}), "snapshot.mmio"),
            "SKIP MMIO was not available: Permission denied (/dev/mem)");
  EXPECT_EQ(said(verified({snapshot}), "snapshot.sysfs"),
            "PASS 3 values, 1 not readable by this user");
}

TEST(Lines, SnapshotsAreChecked) {
  EXPECT_EQ(said(verified({Log("snapshot.log").replace("cur_freq = 1000000000", "cur_freq = 7")}),
                 "snapshot.sysfs"),
            "/sys/class/devfreq/fdab0000.npu/cur_freq: expected 200 to 1000 MHz, in Hz, found 7 "
            "(snapshot.log:4)");
  Log lost("snapshot.log");
  const std::size_t at = lost.text().find("  core=2");
  lost.replace(lost.text().substr(at), "");
  EXPECT_EQ(said(verified({lost}), "snapshot.mmio"),
            "cores in the snapshot after_run: expected 3, found 2 (snapshot.log:8)");
  EXPECT_EQ(fails(verified({Log("snapshot.log").replace_all("0x46495245", "0xffffffff")})),
            "snapshot.mmio");
}

TEST(Lines, TheKernelTraceIsCheckedAgainstTheModel) {
  const auto trace = [](std::string_view from, std::string_view to) {
    return fails(verified({Log("ioctl.log"), Log("kernel.log").replace(from, to)}));
  };
  EXPECT_EQ(trace("task_start=0", "task_start=1"), "kernel.commits");
  EXPECT_EQ(trace("task_number=2 task_end=1", "task_number=6 task_end=5"), "kernel.commits");
  EXPECT_EQ(trace("first_amount=108", "first_amount=104"), "kernel.commits");
  EXPECT_EQ(trace("first_enable=0xd", "first_enable=0x1d"), "kernel.commits");
  EXPECT_EQ(trace("last_int=0x300", "last_int=0xc00"), "kernel.commits");
  EXPECT_EQ(trace("task_base_addr=0", "task_base_addr=0x1000"), "kernel.commits");
  EXPECT_EQ(trace("pc_data_amount=0x37", "pc_data_amount=0x38"), "kernel.commits");
  EXPECT_EQ(trace("pc_data_addr=0xfff9c800", "pc_data_addr=0xfff9c840"), "kernel.commits");
  EXPECT_EQ(trace("pc commit armed: core=0 task_control=0x7002 op_en=0x1", ""), "kernel.steps");
  EXPECT_EQ(trace("valid irq trace", "invalid irq pc regs"), "kernel.errors");
  EXPECT_EQ(fails(verified({Log("kernel.log").remove_line("valid irq trace")})), "kernel.steps");
  EXPECT_EQ(
      fails(verified(
          {Log("kernel.log")
               .append("[  121.0] RKNPU: failed to wait job, task counter: 0, flags: 0x5\n")})),
      "kernel.errors");
  EXPECT_EQ(fails(verified({Log("kernel.log").append("[  121.0] RKNPU: job commit failed\n")})),
            "kernel.errors");
  EXPECT_EQ(said(verified({Log("kernel.log").remove_line("pc commit trace")}), "kernel.steps"),
            "step of a commit: expected pc_commit_trace, found pc_commit_regs (kernel.log:2)");
}

TEST(Lines, FilesOfOneRunAreCompared) {
  EXPECT_EQ(said(verified({ioctl_log(), live_log()}), "files.agree"),
            "PASS 17 statements of 2 inputs agree");
  const auto result =
      verified({ioctl_log(), Log("live.log").replace("task_number=6", "task_number=3")});
  EXPECT_EQ(fails(result), "submit.section files.agree");
  EXPECT_EQ(said(result, "files.agree"),
            "task_number of the SUBMIT, as in ioctl.log:95: expected 6, found 3 (live.log:1199)");
  // Device addresses of two captures differ: that is no contradiction.
  EXPECT_EQ(fails(verified(
                {ioctl_log(), Log("live.log").replace_all("0xffffff8102a0", "0xffffff8106b0")})),
            "");
}

TEST(Lines, TheModelIsTheOneThatIsGiven) {
  const auto shape = parse_shape("b1_c64_h64_w64_oc64_wic64_k1x1_g1");
  const auto model = model_of(*shape, {}, RegisterDb::builtin());
  ASSERT_TRUE(model);
  VerifyOptions options;
  options.model = &*model;
  const auto result = verified({live_log()}, options);
  EXPECT_EQ(fails(result), "model.shape buffers.sizes window.offset window.model window.copy");
  EXPECT_EQ(said(result, "model.shape").substr(0, 100),
            "the convolution, from the tensors that the runtime lists: expected "
            "b1_c64_h64_w64_oc64_wic64_k1x1_g1");
}

TEST(Lines, AScheduleOfOurOwnIsNoModelOfAVendorsRun) {
  // 8191 channels: no capture shows how the vendor splits them.
  Log log("ioctl.log");
  log.replace("(1,128,40,40)", "(1,8191,1,1)")
      .replace("(1,64,40,40)", "(1,8191,1,1)")
      .replace("(64,128,1,1)", "(8191,8191,1,1)");
  const auto result = verified({log});
  EXPECT_EQ(result.inputs.at(0).model, "");
  EXPECT_EQ(result.inputs[0].model_source,
            "the vendor's schedule of b1_c8191_h1_w1_oc8191_wic8191_k1x1_g1 is not known: give the "
            ".rknn file that ran, as --model");
  EXPECT_EQ(said(result, "buffers.sizes"), "SKIP no model to compare with: give --model");
  EXPECT_EQ(fails(result), "");
}

TEST(Lines, OnlyTheChosenChecksAreRun) {
  VerifyOptions options;
  options.only = {"buffers.sizes", "submit.fields"};
  const auto result = verified({ioctl_log()}, options);
  ASSERT_EQ(result.lines.size(), 2U);
  EXPECT_EQ(result.lines[0].id, "buffers.sizes");
  EXPECT_EQ(result.lines[1].id, "submit.fields");
}

TEST(Lines, OtherClientsMayDoOtherwise) {
  // The same calls without any line of librknnrt: its habits are not asked for.
  std::string text;
  const Log whole("ioctl.log");
  std::string_view rest = whole.text();
  Log calls("ioctl.log");
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n') + 1;
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end);
    if (line.find("RKNN") == std::string_view::npos ||
        line.find("MEM_SYNC") != std::string_view::npos)
      text += line;
  }
  calls.replace(calls.text(), text);
  const auto result = verified({calls});
  EXPECT_EQ(fails(result), "");
  EXPECT_EQ(said(result, "submit.fields"), "SKIP not librknnrt: other clients submit otherwise");
  EXPECT_EQ(said(result, "buffers.flags"), "SKIP not librknnrt: other clients use other flags");
}

}  // namespace
}  // namespace npuscope
