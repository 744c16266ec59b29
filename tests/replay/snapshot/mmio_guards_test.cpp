// Registers are read only when every guard passes. Nothing here touches /dev/mem: the functions
// that read and hold the power are those of the test.
#include <gtest/gtest.h>

#include <set>

#include "replay/snapshot/snapshot.h"
#include "tests/replay/host/copied_system.h"

namespace npuscope::snapshot {

namespace {

using testing::CopiedSystem;

const std::string runtime_status = "/power/runtime_status";

// A board on which reading registers of core 0 and 1 is allowed.
void allow(CopiedSystem& board) {
  board.file("/proc/self/status", "Uid:\t0\t0\t0\t0\n")
      .file("/proc/sys/kernel/osrelease", "6.1\n")
      .file("/boot/config-6.1", "CONFIG_DEVMEM=y\nCONFIG_STRICT_DEVMEM=y\n")
      .file("/sys/kernel/debug/rknpu/power", "off\n")
      .file("/sys/devices/platform/fdab0000.npu" + runtime_status, "active\n");
  for (const char* core : {"0", "1"})
    board.file(
        std::string("/sys/bus/genpd/devices/genpd:") + core + ":fdab0000.npu" + runtime_status,
        "active\n");
}

struct Hardware {
  std::set<std::uint64_t> read;
  int held = 0, holds = 0;
  bool power_works = true;
  bool memory_works = true;

  MmioRequest request(std::uint32_t mask) {
    return {true, mask,
            [this](std::uint64_t address) -> Result<std::uint32_t> {
              EXPECT_EQ(held, 1) << "read without power";
              if (!memory_works) return unreadable("Operation not permitted", "/dev/mem");
              read.insert(address);
              return static_cast<std::uint32_t>(address & 0xffff);
            },
            [this](bool on) {
              if (on && !power_works) return false;
              held += on ? 1 : -1;
              holds += on ? 1 : 0;
              return true;
            }};
  }
};

TEST(MmioGuards, AllPassing) {
  CopiedSystem board;
  allow(board);
  Hardware hardware;
  const Snapshot taken = take_snapshot(board.host(), "x", hardware.request(3));
  EXPECT_EQ(taken.no_registers, "");
  EXPECT_EQ(hardware.held, 0);
  EXPECT_EQ(hardware.holds, 1);
  // The pointers that one job leaves behind for the next, of the cores that were asked for only.
  for (const std::uint64_t offset : {0x1004, 0x3004, 0x4004, 0x5004, 0x6004, 0x7004})
    EXPECT_TRUE(hardware.read.contains(0xfdab0000 + offset)) << offset;
  EXPECT_TRUE(hardware.read.contains(0xfdac003c));
  EXPECT_EQ(hardware.read.lower_bound(0xfdad0000), hardware.read.end());
  EXPECT_EQ(taken.registers.size(), hardware.read.size());
  EXPECT_EQ(taken.registers.front().core, 0u);
  EXPECT_EQ(taken.registers.back().value, 0x7004u);
}

// Takes one condition away; nothing may be read then.
void expect_refused(CopiedSystem& board, Hardware& hardware, std::uint32_t mask,
                    std::string_view guard) {
  const Snapshot taken = take_snapshot(board.host(), "x", hardware.request(mask));
  EXPECT_TRUE(hardware.read.empty()) << guard;
  EXPECT_TRUE(taken.registers.empty()) << guard;
  EXPECT_TRUE(taken.no_registers.starts_with(guard)) << taken.no_registers;
  EXPECT_EQ(hardware.held, 0) << guard;
}

TEST(MmioGuards, NotAskedFor) {
  CopiedSystem board;
  allow(board);
  Hardware hardware;
  MmioRequest request = hardware.request(1);
  request.asked = false;
  const Snapshot taken = take_snapshot(board.host(), "x", request);
  EXPECT_TRUE(taken.no_registers.starts_with("asked"));
  EXPECT_EQ(hardware.holds, 0);
}

TEST(MmioGuards, NotRoot) {
  CopiedSystem board;
  allow(board);
  board.file("/proc/self/status", "Uid:\t0\t1000\t0\t0\n");
  Hardware hardware;
  expect_refused(board, hardware, 1, "root");
}

TEST(MmioGuards, NoCoresOrCoresThatDoNotExist) {
  CopiedSystem board;
  allow(board);
  Hardware hardware;
  expect_refused(board, hardware, 0, "cores");
  expect_refused(board, hardware, 8, "cores");
}

TEST(MmioGuards, TheKernelForbidsIt) {
  CopiedSystem board;
  allow(board);
  Hardware hardware;
  board.file("/boot/config-6.1", "CONFIG_DEVMEM=y\nCONFIG_IO_STRICT_DEVMEM=y\n");
  expect_refused(board, hardware, 1, "devmem");
  board.file("/boot/config-6.1", "CONFIG_STRICT_DEVMEM=y\n");
  expect_refused(board, hardware, 1, "devmem");
  board.file("/boot/config-6.1", "nothing\n");  // not known is not allowed
  expect_refused(board, hardware, 1, "devmem");
}

TEST(MmioGuards, NoSwitchForThePower) {
  CopiedSystem board;
  allow(board);
  std::filesystem::remove(board.root() + "/sys/kernel/debug/rknpu/power");
  Hardware hardware;
  expect_refused(board, hardware, 1, "power-switch");
}

TEST(MmioGuards, ThePowerCannotBeHeld) {
  CopiedSystem board;
  allow(board);
  Hardware hardware;
  hardware.power_works = false;
  expect_refused(board, hardware, 1, "power-held");
}

TEST(MmioGuards, ASuspendedCore) {
  CopiedSystem board;
  allow(board);
  board.file("/sys/bus/genpd/devices/genpd:0:fdab0000.npu" + runtime_status, "suspended\n");
  Hardware hardware;
  expect_refused(board, hardware, 1, "active");
  EXPECT_EQ(hardware.holds, 1);  // held, looked at, and released
  // Nobody knows anything of the third core.
  expect_refused(board, hardware, 4, "active");
}

TEST(MmioGuards, AParentThatIsOnSaysNothingOfItsCores) {
  CopiedSystem board;
  allow(board);
  Hardware hardware;
  const Snapshot taken = take_snapshot(board.host(), "x", hardware.request(5));
  EXPECT_FALSE(taken.registers.empty());  // of core 0
  EXPECT_EQ(hardware.read.lower_bound(0xfdac0000), hardware.read.end());
  EXPECT_TRUE(taken.no_registers.starts_with("active: core 2"));
}

TEST(MmioGuards, PowerIsReleasedWhenReadingFails) {
  CopiedSystem board;
  allow(board);
  Hardware hardware;
  hardware.memory_works = false;
  expect_refused(board, hardware, 1, "/dev/mem");
  EXPECT_EQ(hardware.holds, 1);
}

}  // namespace

}  // namespace npuscope::snapshot
