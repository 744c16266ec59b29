// What is read of a machine, on copied systems that are made up here.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>

#include "replay/host/boot_state.h"
#include "replay/host/device_users.h"
#include "replay/host/npu_nodes.h"
#include "tests/replay/host/copied_system.h"

namespace npuscope::host {

namespace {

using testing::CopiedSystem;

const std::string booted =
    "[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x412fd050]\n"
    "[    0.000000] Linux version 6.1.75 (builder@host)\n"
    "[    3.374113] [drm] Initialized rknpu 0.9.8 20240828 for fdab0000.npu on minor 1\n";
const std::string poisoned_line =
    "[   90.000001] RKNPU: invalid irq status: 0x100, raw status: 0x100, require mask: 0x3\n";

TEST(Host, ReadsBelowItsRoot) {
  CopiedSystem board;
  board.file("/proc/cmdline", " console=ttyS2 mem=4G \nsecond\n").file("/long", "0123456789");
  EXPECT_EQ(board.host().read("/proc/cmdline").line(), "console=ttyS2 mem=4G");
  const HostText cut = board.host().read("/long", 4);
  EXPECT_EQ(cut.text, "0123");
  EXPECT_TRUE(cut.cut);
  const HostText missing = board.host().read("/proc/none");
  EXPECT_TRUE(missing.missing());
  EXPECT_EQ(missing.why(), "No such file or directory");
  EXPECT_EQ(board.host().names("/").size(), 2u);
}

TEST(Host, LinksNeverLeadOut) {
  CopiedSystem outside;
  outside.file("/secret", "x");
  CopiedSystem board;
  board.file("/etc/inside", "ours")
      .link("/absolute", "/etc/inside")
      .link("/climbing", "../../../../../../etc/inside")
      .link("/away", outside.root() + "/secret")
      .link("/loop", "/loop");
  EXPECT_EQ(board.host().read("/absolute").text, "ours");
  EXPECT_EQ(board.host().read("/climbing").text, "ours");
  EXPECT_TRUE(board.host().read("/away").missing());
  EXPECT_EQ(board.host().read("/loop").error, ELOOP);
  EXPECT_EQ(board.host().link("/loop"), "/loop");
}

TEST(Host, NothingBlocks) {
  CopiedSystem board;
  board.file("/proc/uptime", "1 1");
  ASSERT_EQ(::mkfifo((board.root() + "/dmesg.txt").c_str(), 0600), 0);
  EXPECT_EQ(board.host().read("/dmesg.txt").error, EINVAL);
  EXPECT_EQ(board.host().read("/proc").error, EINVAL);
  EXPECT_FALSE(boot_state(board.host()).log.error.empty());
}

TEST(Host, NothingAtAll) {
  const Host nowhere{"/none/such"};
  EXPECT_TRUE(nowhere.read("/x").missing());
  EXPECT_EQ(nowhere.list("/").error, ENOENT);
  EXPECT_TRUE(device_nodes(nowhere).empty());
  EXPECT_FALSE(boot_state(nowhere).proven_clean());
  EXPECT_FALSE(device_users(nowhere, {"/dev/dri/card1"}).proven_none());
}

TEST(BootState, CleanOnlyWhenTheWholeLogSaysSo) {
  CopiedSystem board;
  board.file("/proc/sys/kernel/random/boot_id", "0e1f9a52-0000-4000-8000-000000000001\n")
      .file("/proc/uptime", "5140.25 20000.00\n")
      .file("/dmesg.txt", booted + "[ 5.0] RKNPU: soft reset, num: 1\n");
  const BootState state = boot_state(board.host());
  EXPECT_EQ(state.boot_id, "0e1f9a52-0000-4000-8000-000000000001");
  EXPECT_EQ(state.uptime_seconds, 5140u);
  EXPECT_EQ(state.log.source, "/dmesg.txt");
  EXPECT_TRUE(state.proven_clean());
  EXPECT_EQ(state.failures, 1u);

  CopiedSystem late;
  late.file("/dmesg.txt", "[ 5000.0] RKNPU: soft reset, num: 1\n");
  EXPECT_FALSE(boot_state(late.host()).poisoned());
  EXPECT_FALSE(boot_state(late.host()).proven_clean());
  EXPECT_NE(boot_state(late.host()).doubt().find("does not reach back"), std::string::npos);
}

TEST(BootState, PoisonOfThisBoot) {
  CopiedSystem board;
  board.file("/var/log/kern.log", booted + poisoned_line);
  const BootState state = boot_state(board.host());
  ASSERT_EQ(state.poison.size(), 1u);
  EXPECT_TRUE(state.poisoned());
  EXPECT_EQ(state.poison[0].kind, "klog.invalid_irq_status");
  EXPECT_EQ(state.poison[0].microseconds, 90'000'001u);
}

TEST(BootState, ARebootCures) {
  CopiedSystem board;
  board.file("/var/log/kern.log", booted + poisoned_line + booted);
  const BootState state = boot_state(board.host());
  EXPECT_TRUE(state.proven_clean());
  EXPECT_EQ(state.log.text, booted);
}

TEST(BootState, OnlyWhatCameAfterAMark) {
  const std::string log = booted + poisoned_line + "[  100.0] RKNPU: job commit failed\n";
  EXPECT_EQ(poison_lines(log).size(), 2u);
  ASSERT_EQ(poison_lines(log, 90'000'001).size(), 1u);
  EXPECT_EQ(poison_lines(log, 90'000'001)[0].kind, "klog.job_commit_failed");
  EXPECT_EQ(poison_lines("RKNPU: job commit failed\n", 90'000'001).size(), 1u);  // no time: taken
}

TEST(BootState, LongLogsOfJunkAreReadInLinearTime) {
  std::string junk;
  for (int i = 0; i < 200'000; ++i) junk += "\xff\xfe[[[[ RKNPU rocket \x01 \0";
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(poison_lines(junk).empty());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST(DeviceNodes, TheDriverCountsNotTheNumber) {
  CopiedSystem board;
  board.link("/sys/class/drm/card0/device/driver", "../../bus/platform/drivers/rockchip-drm")
      .link("/sys/class/drm/card7/device/driver", "/sys/bus/platform/drivers/RKNPU")
      .link("/sys/class/accel/accel0/device/driver", "../rocket")
      .file("/sys/class/drm/card0-HDMI-A-1/status", "connected")
      .file("/dev.txt", "/dev/dri/card7 660 0 44\n/dev/accel/accel0 660 0 105\n")
      .file("/etc/group", "video:x:44:\nrender:x:105:\n")
      .file("/proc/self/status",
            "Uid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\nGroups:\t44 1000\n");
  const auto nodes = device_nodes(board.host());
  ASSERT_EQ(nodes.size(), 3u);
  EXPECT_EQ(nodes[0].path, "/dev/accel/accel0");
  EXPECT_TRUE(nodes[0].is_npu());
  EXPECT_EQ(nodes[0].group, "render");
  EXPECT_EQ(nodes[0].open_error, EACCES);
  EXPECT_FALSE(nodes[1].is_npu());
  EXPECT_FALSE(nodes[1].status);
  EXPECT_FALSE(nodes[1].open_error);
  EXPECT_EQ(nodes[2].driver, "RKNPU");
  EXPECT_TRUE(nodes[2].openable());
}

TEST(DeviceNodes, TheHeapBuildHasANodeOfItsOwn) {
  CopiedSystem board;
  board.file("/dev/rknpu", "");
  const auto nodes = device_nodes(board.host());
  ASSERT_EQ(nodes.size(), 1u);
  EXPECT_TRUE(nodes[0].is_npu());
  EXPECT_FALSE(nodes[0].open_error);  // whose permissions, nobody knows
}

TEST(DeviceUsers, OthersThatHaveANodeOpen) {
  CopiedSystem board;
  board.file("/proc/81/comm", "rknn_server\n")
      .link("/proc/81/fd/3", "/dev/dri/renderD129")
      .link("/proc/81/fd/4", "/dev/dri/renderD129")
      .link("/proc/81/fd/5", "/dev/null")
      .link("/proc/9/fd/0", "/dev/null")
      .file("/proc/77/comm", "root's own")
      .file("/proc/meminfo", "");
  const DeviceUsers users = device_users(board.host(), {"/dev/dri/card1", "/dev/dri/renderD129"});
  ASSERT_EQ(users.users.size(), 1u);
  EXPECT_EQ(users.users[0].pid, "81");
  EXPECT_EQ(users.users[0].program, "rknn_server");
  EXPECT_EQ(users.users[0].node, "/dev/dri/renderD129");
  EXPECT_EQ(users.processes, 2u);
  EXPECT_FALSE(users.proven_none());
}

TEST(DeviceUsers, ThisMachineHasProcesses) {
  const DeviceUsers users = device_users(Host{}, {"/dev/none/such"});
  EXPECT_TRUE(users.users.empty());
  EXPECT_GT(users.processes + users.hidden, 0u);
}

}  // namespace

}  // namespace npuscope::host
