// Runtime, ioctl, call trace, kernel, snapshot and sweep lines.
#include "tests/decoder/input/text_helpers.h"

namespace npuscope {
namespace {

using namespace testing;

const std::string allocation =
    "D RKNN: [10:00:00.001] allocated memory, name: weight, virt addr: 0x7ff7fef000, dma addr: "
    "0xfff98000, obj addr: 0xffffff8102fc4800, size: 28352, aligned size: 28672, fd: 5, handle: 2, "
    "flags: 0x403, gem name: 2, iommu domain id: 0\n";

TEST(RuntimeLog, AllocationsGiveAddressesAndExactSizes) {
  const Capture capture = read_one(
      "TEST: conv2d_made_up\n  Weight shape: (12,6,1,1)\n" + allocation +
      "D RKNN: [10:00:00.002] subgraph0 regcmdbuffer size: 9344, taskbuffer size: 560\n"
      "I RKNN: [10:00:00.003] RKNN Runtime Information, librknnrt version: 9.8.7 (abc@2030)\n"
      "I RKNN: [10:00:00.004] RKNN Model Information, version: 6, toolkit version: "
      "1.2.3(compiler version: 1.2.4 (@2030)), target: RKNPU v2, target platform: rk3588, "
      "framework name: ONNX\n"
      "D RKNN: [10:00:00.005] 1   Conv conv.weight FLOAT16   (12,6,1,1) | 0xfff98000 0xfff9c000 "
      "0x00004000\n"
      "D RKNN: [10:00:00.005] 2   Out  output  FLOAT16  NC1HWC2  (1,2,3,4) (1,1,3,4,8) | "
      "0xffed4000*0xfff98000 0x000c4000\n"
      "Input[0] dims=1x7x7x6 size=588 type=1\n  Native input dims: 1 1 7 7 8\n");
  const Buffer* gem = buffer_of(capture, "GEM 2");
  ASSERT_TRUE(gem);
  EXPECT_EQ(gem->device_address, 0xfff98000u);
  EXPECT_EQ(gem->address_source, "runtime: allocated memory");
  EXPECT_EQ(gem->exact_size, 28352u);
  EXPECT_EQ(gem->size, 28672u);
  EXPECT_EQ(gem->handle, 2u);
  EXPECT_EQ(gem->flags, 0x403u);
  EXPECT_EQ(gem->object_address, 0xffffff8102fc4800u);
  EXPECT_EQ(gem->role, BufferRole::constants);
  EXPECT_EQ(fact_of(capture, "test.name"), "conv2d_made_up");
  EXPECT_EQ(fact_of(capture, "regcmdbuffer.size"), "9344");
  EXPECT_EQ(fact_of(capture, "runtime.version"), "9.8.7");
  EXPECT_EQ(fact_of(capture, "toolkit.version"), "1.2.3");
  EXPECT_EQ(fact_of(capture, "model.platform"), "rk3588");
  EXPECT_EQ(fact_of(capture, "constant.conv.weight.shape"), "(12,6,1,1)");
  EXPECT_EQ(fact_of(capture, "tensor.output.shape"), "(1,2,3,4)");
  EXPECT_EQ(fact_of(capture, "input.dims"), "1x7x7x6");
  EXPECT_EQ(fact_of(capture, "native.input.dims"), "1 1 7 7 8");
}

TEST(RuntimeLog, TheDumpMayComeBeforeTheAllocationLine) {
  const Capture capture = read_one(
      "gem flink 2: ret=0 handle=3 size=16\n"
      "[00000000] = 00000001 00000002 00000003 00000004\n" +
      allocation);
  ASSERT_EQ(capture.buffers.size(), 1u);
  EXPECT_EQ(capture.buffers[0].device_address, 0xfff98000u);
  EXPECT_EQ(capture.buffers[0].known_bytes(), 16u);
}

TEST(RuntimeLog, TornAllocationLinesAreCounted) {
  const Capture capture = read_one(allocation.substr(0, 120) + "\n" + allocation.substr(0, 60));
  EXPECT_TRUE(says(capture, "torn: no handle"));
  EXPECT_TRUE(capture.buffers.empty());
}

const std::string trace =
    "MEM_CREATE #2 size=28352 flags=0x00000403 handle=0x0 obj=0x0 dma=0x0 sram=0\n"
    "IOCTL_RET #11 MEM_CREATE #2 ret=0\n"
    "MEM_CREATE_RET #2 handle=0x2 obj=0xffffff8102fc5400 dma=0xfff98000 sram=0\n"
    "D RKNN: [13:37:36.655] MEM_SYNC flags=0x00000002 obj=0xffffff8102fc5400 offset=18432 "
    "size=9344\n"
    "IOCTL_RET #37 MEM_SYNC flags=0x00000002 ret=0\nConv               1   0\n"
    "ACTION flags=0x00000014 value=0x00000000\nIOCTL_RET #3 ACTION flags=0x00000014 ret=-1\n"
    "MUNMAP #2 addr=0x7ff7ff6000 length=560\n"
    "=== DRM_IOCTL_RKNPU_SUBMIT #1 cmd=0xc0686441 size=104 arg=0x7fffff77e0 ===\n"
    "  flags=0x00000005 timeout=6000 task_start=0 task_number=6\n"
    "  task_counter=0 priority=-2 task_obj_addr=0xffffff8102fc0400\n"
    "  regcfg_obj_addr=0x0 task_base_addr=0x0 user_data=0x0\n  core_mask=0x00000000 fence_fd=-1\n"
    "  subcore_task[0]={task_start=0, task_number=2}\n"
    "  subcore_task[4]={task_start=1, task_number=3}\n"
    "  subcore_task[5]={task_start=1, task_number=3}\n  task_obj_mem_create_matches=1\n"
    "    match size=4096 handle=0x1 dma=0xfff9f000 flags=0x0000040b\n"
    "    sync flags=0x00000003 offset=0 size=560\nfield32=9 is not of the block any more\n";

TEST(IoctlLog, RecordsAnywhereInALine) {
  const Capture capture = read_one(trace);
  EXPECT_EQ(events_of(capture, "MEM_SYNC"), 1u);
  EXPECT_EQ(event_of(capture, "MEM_SYNC")->number("offset"), 18432u);
  EXPECT_EQ(events_of(capture, "IOCTL_RET"), 3u);
  EXPECT_EQ(events_of(capture, "ACTION"), 1u);
  EXPECT_EQ(capture.events[1].number("call"), 11u);
  EXPECT_EQ(argument_of(capture.events[1], "kind"), "MEM_CREATE");
  EXPECT_TRUE(says(capture, "stands inside another line"));
  ASSERT_EQ(capture.buffers.size(), 1u);
  EXPECT_EQ(capture.buffers[0].handle, 2u);
  EXPECT_EQ(capture.buffers[0].device_address, 0xfff98000u);
  EXPECT_EQ(capture.buffers[0].exact_size, 28352u);
  EXPECT_EQ(capture.buffers[0].size, 28672u);
}

TEST(IoctlLog, TheSubmitBlock) {
  const Capture capture = read_one(trace);
  ASSERT_EQ(capture.submits.size(), 1u);
  const Submit& submit = capture.submits[0];
  EXPECT_EQ(submit.flags, 5u);
  EXPECT_EQ(submit.timeout, 6000u);
  EXPECT_EQ(submit.task_number, 6u);
  EXPECT_EQ(submit.priority, -2);
  EXPECT_EQ(submit.fence_fd, -1);
  EXPECT_EQ(submit.core_mask, 0u);
  EXPECT_EQ(submit.task_obj_addr, 0xffffff8102fc0400u);
  EXPECT_EQ(submit.subcore[0], std::pair(0u, 2u));
  EXPECT_EQ(submit.subcore[4], std::pair(1u, 3u));
  EXPECT_FALSE(submit.subcore[1].has_value());
  EXPECT_EQ(event_of(capture, "SUBMIT")->number("timeout"), 6000u);
  EXPECT_EQ(argument_of(*event_of(capture, "SUBMIT"), "field32"), "(none)");
  EXPECT_EQ(events_of(capture, "SUBMIT_MATCH"), 1u);
  EXPECT_EQ(events_of(capture, "SUBMIT_SYNC"), 1u);
}

TEST(IoctlLog, EarlyLogsHaveNoReturnedValues) {
  const Capture capture = read_one(
      "MEM_CREATE #1 size=-1 flags=zz handle=0x0\n=== DRM_IOCTL_RKNPU_SUBMIT #1\n"
      "  field32=0x1 field36=2 field48=3\n  task[0] unreadable\n");
  EXPECT_TRUE(capture.buffers.empty());
  EXPECT_EQ(argument_of(*event_of(capture, "SUBMIT"), "field36"), "2");
  EXPECT_FALSE(capture.submits[0].task_number.has_value());
}

TEST(IoctlLog, PublicLogWithItsTornLine) {
  NPUSCOPE_NEEDS_CORPUS();
  const Capture capture =
      read_corpus("ioctl-logs/capture_rknpu_ioctl_c64_h56_readonly_20260524_133736.log");
  EXPECT_EQ(events_of(capture, "ACTION"), 12u);
  EXPECT_EQ(events_of(capture, "IOCTL_RET"), 38u);
  EXPECT_EQ(events_of(capture, "MEM_CREATE"), 5u);
  EXPECT_EQ(events_of(capture, "MEM_CREATE_RET"), 5u);
  EXPECT_EQ(events_of(capture, "MEM_MAP"), 5u);
  EXPECT_EQ(events_of(capture, "MEM_SYNC"), 15u);  // 14 of them begin their line
  std::size_t torn = 0;
  bool stream_synced = false;
  for (const Event& event : capture.events) {
    if (event.kind != "MEM_SYNC") continue;
    torn += event.place.at == 182;
    stream_synced =
        stream_synced || (event.number("offset") == 18432 && event.number("size") == 9344);
  }
  EXPECT_EQ(torn, 1u);
  EXPECT_TRUE(stream_synced);
  ASSERT_EQ(capture.submits.size(), 1u);
  EXPECT_EQ(capture.submits[0].task_number, 6u);
  for (std::size_t core = 0; core < 3; ++core) {
    EXPECT_EQ(capture.submits[0].subcore[core], std::pair(0u, 2u));
  }
  EXPECT_TRUE(says(capture, "torn output"));
  EXPECT_TRUE(says(capture, "contains no words"));
  ASSERT_EQ(capture.buffers.size(), 5u);
  EXPECT_EQ(capture.buffers[1].gem, 2u);
}

TEST(StraceLog, CallsAreCounted) {
  const Capture capture = read_one(
      "8274  ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x45, 0x20), 0xffffcd751ad0) = 0\n"
      "8274  ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x45, 0x20), 0xffffcd7\n"
      "8274  ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68), 0xffffcd751ad0) = 0\n"
      "0 struct_rknpu_mem_create ['handle:0x1', 'flags:0x40B'] = ret struct ['handle:0x1']\n");
  ASSERT_EQ(events_of(capture, "strace.ioctl"), 2u);
  const auto last = capture.events.back();
  EXPECT_EQ(last.number("nr"), 0x45u);
  EXPECT_EQ(last.number("calls"), 2u);
  EXPECT_EQ(event_of(capture, "python.rknpu_mem_create")->number("flags"), 0x40bu);
}

TEST(KernelLog, DriverLinesWithAndWithoutTheTracePatch) {
  const Capture capture = read_one(
      "[   12.5] RKNPU: pc commit trace: core=0 submit_index=0 first_regcmd=0xfff9c800 "
      "first_amount=108\n"
      "[   12.6] RKNPU: \tcore 1 timeout pc regs: op_en=0 base=0xfff9c800\n"
      "[   12.7] RKNPU: failed to wait job, task counter: 0, flags: 0x5, ret = 0\n"
      "[   12.8] RKNPU: core 0 irq status: 0x0, raw status: 0xc0000000, require mask: 0x300, task "
      "counter: 0x0\n[   12.9] RKNPU: soft reset, num: 1\n[   13.0] RKNPU: anything else\n");
  EXPECT_EQ(event_of(capture, "klog.pc_commit_trace")->number("first_amount"), 108u);
  EXPECT_EQ(event_of(capture, "klog.timeout_pc_regs")->number("core"), 1u);
  EXPECT_EQ(event_of(capture, "klog.timeout_pc_regs")->number("op_en"), 0u);
  EXPECT_EQ(event_of(capture, "klog.failed_to_wait")->number("flags"), 5u);
  EXPECT_EQ(event_of(capture, "klog.irq_status")->number("raw_status"), 0xc0000000u);
  EXPECT_EQ(event_of(capture, "klog.irq_status")->number("core"), 0u);
  EXPECT_EQ(events_of(capture, "klog.soft_reset"), 1u);
  EXPECT_EQ(events_of(capture, "klog.other"), 1u);
}

TEST(KernelLog, FaultsOfTheIommuOfTheNpu) {
  const Capture capture = read_one(
      "[   12.5] rk_iommu fdab9000.iommu: Page fault at 0x00000000fff9f000 of type read\n"
      "[   12.5] rk_iommu fdd97e00.iommu: Page fault at 0x0000000000001000 of type write\n"
      "the program says rk_iommu: Page fault\n");
  ASSERT_EQ(events_of(capture, "klog.page_fault"), 1u);
  EXPECT_EQ(event_of(capture, "klog.page_fault")->number("address"), 0xfff9f000u);
}

TEST(Snapshot, ValuesUnreadableOnesAndRegisters) {
  const Capture capture = read_one(
      "SYSFS_SNAPSHOT before\n  /sys/a/cur_freq = 1000\n  /sys/a/load = <unreadable:13>\n"
      "  /sys/a/trans = From\\n  To = x\nMMIO_SNAPSHOT after\n  core=2 base=0xfdac0000\n"
      "    PC_OP_EN             off=0x0008 value=0x0000000d\nMMIO_SNAPSHOT none\n"
      "  MMIO_UNAVAILABLE device=/dev/mem errno=13 error=Permission denied\n");
  EXPECT_EQ(events_of(capture, "sysfs"), 3u);
  EXPECT_EQ(event_of(capture, "sysfs")->number("value"), 1000u);
  const Event* mmio = event_of(capture, "mmio");
  ASSERT_TRUE(mmio);
  EXPECT_EQ(argument_of(*mmio, "name"), "PC_OP_EN");
  EXPECT_EQ(mmio->number("core"), 2u);
  EXPECT_EQ(mmio->number("value"), 0xdu);
  EXPECT_EQ(argument_of(*event_of(capture, "mmio.unavailable"), "error"), "Permission denied");
}

TEST(Snapshot, PublicOnes) {
  NPUSCOPE_NEEDS_CORPUS();
  const Capture sysfs =
      read_corpus("snapshots/sysfs_snapshot_baseline_after_recovery_20260524.log");
  EXPECT_EQ(events_of(sysfs, "sysfs"), 10u);
  EXPECT_EQ(argument_of(sysfs.events[0], "label"), "baseline_after_recovery");
  EXPECT_EQ(sysfs.events[6].number("value"), 1000000000u);
  EXPECT_NE(argument_of(sysfs.events.back(), "value").find("\\n"), std::string::npos);
  const Capture mmio = read_corpus("snapshots/mmio_snapshot_baseline_after_recovery_20260524.log");
  EXPECT_EQ(events_of(mmio, "mmio"), 0u);
  EXPECT_EQ(event_of(mmio, "mmio.unavailable")->number("errno"), 13u);
}

TEST(SweepLog, StatusIsAFieldAndContinuationLinesBelongToTheEntryBefore) {
  const Capture capture = read_one(
      "PASS     shape_a :: shape=x tasks=1\nFAIL looks like text PASS max_diff=inf\n"
      "FENCED   shape_b :: NONE\n");
  ASSERT_EQ(capture.sweep.size(), 2u);
  EXPECT_EQ(capture.sweep[0].text, "shape=x tasks=1\nFAIL looks like text PASS max_diff=inf");
  EXPECT_EQ(capture.sweep[1].status, "FENCED");
  EXPECT_EQ(capture.sweep[1].place.at, 3u);
}

TEST(SweepLog, SummaryAndLive) {
  const Capture summary = read_one(
      "timestamp=20300101_000000\ntotal=2 counts={'PASS': 1, 'FAIL': 1}\n"
      "pre_health_rc=-1 post_health_rc=0\nPASS a\nFAIL b\n");
  EXPECT_EQ(summary.sweep.size(), 2u);
  EXPECT_EQ(fact_of(summary, "sweep.counts"), "{'PASS': 1, 'FAIL': 1}");
  EXPECT_EQ(fact_of(summary, "sweep.pre_health_rc"), "-1");
  const Capture live = read_one(
      "[  1/2] a (b=1 c=1) ...\nplan PASS noise\n           FAIL running={} elapsed= 0.1s  why\n"
      "[  2/2] b (b=1) ...\n");
  ASSERT_EQ(live.sweep.size(), 2u);
  EXPECT_EQ(live.sweep[0].status, "FAIL");
  EXPECT_EQ(live.sweep[1].status, "");
}

TEST(SweepLog, PublicOnes) {
  NPUSCOPE_NEEDS_CORPUS();
  const auto count = [](const Capture& capture, std::string_view status) {
    return std::count_if(capture.sweep.begin(), capture.sweep.end(),
                         [&](const SweepEntry& e) { return e.status == status; });
  };
  const Capture detail = read_corpus("sweep-logs/conv_grok_217_sweep_20260710_104525_detail.log");
  EXPECT_EQ(detail.sweep.size(), 217u);
  EXPECT_EQ(count(detail, "PASS"), 152);
  EXPECT_EQ(count(detail, "FAIL"), 59);
  EXPECT_EQ(count(detail, "ERROR"), 6);
  EXPECT_EQ(lines_of(detail, "sweep continuation"), 0u);
  const Capture longer = read_corpus("sweep-logs/conv_py_217_sweep_20260603_000137_detail.log");
  EXPECT_EQ(longer.sweep.size(), 217u);
  EXPECT_EQ(count(longer, "PASS"), 136);
  EXPECT_EQ(count(longer, "FENCED"), 81);
  EXPECT_EQ(lines_of(longer, "sweep continuation"), 30u);
  for (const char* name : {"detail.log", "summary.txt"}) {
    const Capture all =
        read_corpus(std::string("sweep-logs/conv_grok_217_sweep_20260710_150352_") + name);
    EXPECT_EQ(count(all, "PASS"), 217);
  }
  EXPECT_EQ(read_corpus("sweep-logs/conv_grok_sweep_live.log").sweep.size(), 217u);
}

}  // namespace
}  // namespace npuscope
