#include "replay/snapshot/snapshot.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/replay/host/copied_system.h"

namespace npuscope::snapshot {

namespace {

using testing::CopiedSystem;

const SnapshotValue* value_of(const Snapshot& snapshot, std::string_view name) {
  for (const SnapshotValue& value : snapshot.values)
    if (value.name == name) return &value;
  return nullptr;
}

TEST(Snapshot, WhatAnOrdinaryUserMayRead) {
  CopiedSystem board;
  board.file("/proc/uptime", "12.5 20.0\n")
      .file("/sys/class/devfreq/fdab0000.npu/trans_stat", "From : To\n   1   2\n")
      .file("/sys/devices/platform/fdab0000.npu/power/runtime_status", "suspended\n")
      .file("/dmesg.txt", "[ 1.0] usb 1\n[ 2.0] RKNPU: soft reset, num: 1\n");
  const Snapshot taken = take_snapshot(board.host(), "before", {});
  EXPECT_EQ(taken.label, "before");
  EXPECT_EQ(value_of(taken, "/proc/uptime")->value, "12.5 20.0");
  EXPECT_EQ(value_of(taken, "/sys/class/devfreq/fdab0000.npu/trans_stat")->value,
            "From : To\n   1   2");
  EXPECT_EQ(value_of(taken, "/sys/class/devfreq/fdab0000.npu/load")->error, ENOENT);
  EXPECT_EQ(value_of(taken, "/sys/kernel/debug/rknpu/power")->error, ENOENT);
  EXPECT_EQ(taken.log, (std::vector<std::string>{"[ 2.0] RKNPU: soft reset, num: 1"}));
}

TEST(Snapshot, TheLogIsItsTail) {
  std::string log;
  for (int i = 0; i < 100; ++i) log += "[ " + std::to_string(i) + ".0] RKNPU: soft reset, num: 1\n";
  CopiedSystem board;
  board.file("/dmesg.txt", log);
  const Snapshot taken = take_snapshot(board.host(), "x", {});
  ASSERT_EQ(taken.log.size(), 32u);
  EXPECT_TRUE(taken.log.back().starts_with("[ 99.0]"));
}

constexpr std::string_view two_labels =
    "SYSFS_SNAPSHOT before_submit_1\n  /sys/a = 1\n  /sys/b = <unreadable:13>\n"
    "  /sys/c = x\\ny\nMMIO_SNAPSHOT before_submit_1\n  core=2 base=0xfdad0000\n"
    "    PC_OP_EN             off=0x0008 value=0x00000000\n"
    "SYSFS_SNAPSHOT after_submit_1\n  /sys/a = 2\n  /sys/d = new\n  /sys/c = x\\ny\n"
    "ACTION_SNAPSHOT after_submit_1\n  ACTION GET_FREQ = 1000\nMMIO_SNAPSHOT after_submit_1\n"
    "  core=2 base=0xfdad0000\n    PC_OP_EN             off=0x0008 value=0x0000000d\n"
    "[ 5.0] RKNPU: soft reset, num: 1\n";

TEST(Snapshot, TextOfOtherToolsAndOurs) {
  const auto snapshots = parse_snapshots(two_labels, "x.log");
  ASSERT_TRUE(snapshots);
  ASSERT_EQ(snapshots->size(), 2u);
  const Snapshot& before = snapshots->front();
  EXPECT_EQ(before.label, "before_submit_1");
  EXPECT_EQ(value_of(before, "/sys/b")->error, EACCES);
  EXPECT_EQ(value_of(before, "/sys/c")->value, "x\ny");
  ASSERT_EQ(before.registers.size(), 1u);
  EXPECT_EQ(before.registers[0].core, 2u);
  EXPECT_EQ(before.registers[0].offset, 8u);
  EXPECT_EQ(snapshots->back().log.size(), 1u);
}

TEST(Snapshot, Changes) {
  const auto snapshots = parse_snapshots(two_labels, "x.log");
  ASSERT_TRUE(snapshots);
  const auto changes =
      compare_snapshots(snapshots->front(), snapshots->back(), RegisterDb::builtin());
  ASSERT_EQ(changes.size(), 6u);
  EXPECT_EQ(changes[0].name, "/sys/a");
  EXPECT_EQ(changes[0].before, "1");
  EXPECT_EQ(changes[0].after, "2");
  EXPECT_EQ(changes[1].before, "not readable: Permission denied");
  EXPECT_FALSE(changes[1].after);
  EXPECT_EQ(changes[2].name, "/sys/d");
  EXPECT_FALSE(changes[2].before);
  EXPECT_EQ(changes[3].name, "ACTION GET_FREQ");
  EXPECT_EQ(changes[4].name, "core 2 PC_OPERATION_ENABLE");
  EXPECT_EQ(changes[4].after, "0xd");
  EXPECT_EQ(changes[4].words.size(), 3u);  // CNA, CORE and DPU
  EXPECT_EQ(changes[5].name, "kernel log");
  EXPECT_TRUE(
      compare_snapshots(snapshots->front(), snapshots->front(), RegisterDb::builtin()).empty());
}

TEST(Snapshot, JsonLines) {
  const auto snapshots = parse_snapshots(
      "{\"schema\":\"npuscope.snapshot/1\",\"label\":\"a\"}\n"
      "{\"type\":\"value\",\"name\":\"/sys/a\",\"value\":null,\"error\":13}\n"
      "{\"type\":\"register\",\"core\":1,\"offset\":\"0x4004\",\"value\":\"0x0000000e\"}\n"
      "{\"type\":\"log\",\"text\":\"x\"}\n{\"type\":\"missing\",\"what\":\"registers\",\"why\":"
      "\"asked: "
      "no\"}\n{\"type\":\"later\"}\n",
      "x.json");
  ASSERT_TRUE(snapshots);
  ASSERT_EQ(snapshots->size(), 1u);
  const Snapshot& taken = snapshots->front();
  EXPECT_EQ(value_of(taken, "/sys/a")->error, 13);
  EXPECT_EQ(taken.registers[0].value, 14u);
  EXPECT_EQ(taken.log.front(), "x");
  EXPECT_EQ(taken.no_registers, "asked: no");
}

TEST(Snapshot, DamageIsNamed) {
  const auto what = [](std::string_view text) {
    const auto parsed = parse_snapshots(text, "x");
    return parsed ? "" : parsed.error().text();
  };
  EXPECT_NE(what("hello\n").find("there is no snapshot in it"), std::string::npos);
  EXPECT_NE(what("").find("there is no snapshot in it"), std::string::npos);
  EXPECT_NE(what("{\"schema\":\"npuscope.lint/1\"}").find("x:1: its schema is npuscope.lint/1"),
            std::string::npos);
  EXPECT_NE(what("{\"type\":\"value\"}").find("no line of a snapshot"), std::string::npos);
  EXPECT_NE(what("{\"schema\"").find("no valid JSON"), std::string::npos);
  EXPECT_NE(
      what("{\"schema\":\"npuscope.snapshot/1\"}\n{\"type\":\"register\",\"core\":9,\"offset\":"
           "\"0x0\",\"value\":\"0x0\"}")
          .find("x:2: no line of a snapshot"),
      std::string::npos);
}

}  // namespace

}  // namespace npuscope::snapshot
