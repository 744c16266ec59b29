#include "replay/audit/memory.h"

#include <gtest/gtest.h>

namespace npuscope::audit {

namespace {

constexpr std::uint64_t gib = std::uint64_t{1} << 30U;

TEST(Memory, IomemOfRootSaysItExactly) {
  // The map of a board with 8 GiB: 3.75 GiB below the devices, the rest behind them.
  const std::string_view map =
      "00200000-efffffff : System RAM\n  00210000-01feffff : Kernel code\n"
      "fdab0000-fdabffff : fdab0000.npu npu@fdab0000\n100000000-1ffffffff : System RAM\n";
  EXPECT_EQ(bytes_above_4g(map, ""), 4 * gib);
  EXPECT_EQ(bytes_above_4g("00200000-efffffff : System RAM\n", ""), 0u);
  EXPECT_EQ(bytes_above_4g("80000000-17fffffff : System RAM\n", ""), 2 * gib);  // across the border
}

TEST(Memory, ZonesForEverybodyElse) {
  const std::string_view hidden = "00000000-00000000 : System RAM\n";
  const std::string_view zones =
      "Node 0, zone      DMA\n  pages free     100\n        spanned  1048576\n        present  "
      "1000000\n"
      "  start_pfn:           512\nNode 0, zone   Normal\n        spanned  1048576\n        "
      "present  "
      "1048576\n  start_pfn:           1048576\n";
  EXPECT_EQ(bytes_above_4g(hidden, zones), 4 * gib + 512 * 4096);
  EXPECT_EQ(
      bytes_above_4g("", "Node 0, zone DMA\n spanned 4096\n present 0\n start_pfn: 9999999\n"), 0u);
}

TEST(Memory, NothingIsNoZero) {
  EXPECT_FALSE(bytes_above_4g("", ""));
  EXPECT_FALSE(bytes_above_4g("00000000-00000000 : System RAM\n", "\xff\nNode\n present x\n"));
  EXPECT_FALSE(meminfo_bytes("MemTotal: lots kB\n", "MemTotal"));
  EXPECT_FALSE(meminfo_bytes("MemTotalX: 1 kB\n", "MemTotal"));
  EXPECT_FALSE(meminfo_bytes("MemTotal: 18446744073709551615 kB\n", "MemTotal"));
  EXPECT_EQ(meminfo_bytes("MemFree: 1 kB\nCmaFree:  200000 kB\n", "CmaFree"), 204'800'000u);
}

TEST(Memory, HugeNumbersDoNotWrap) {
  EXPECT_GT(*bytes_above_4g("0-ffffffffffffffff : System RAM\n", ""), 0u);
  EXPECT_GT(*bytes_above_4g("",
                            "Node 0\n start_pfn: 18446744073709551615\n spanned "
                            "18446744073709551615\n present 18446744073709551615\n"),
            0u);
}

}  // namespace

}  // namespace npuscope::audit
