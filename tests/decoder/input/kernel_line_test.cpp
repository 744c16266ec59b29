#include "decoder/input/kernel_line.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace npuscope {

namespace {

std::string kind_of(std::string_view line) {
  const auto parsed = parse_kernel_line(line);
  return parsed ? std::string(parsed->kind->id) : "";
}

TEST(KernelHeader, EveryFormThatLogsComeIn) {
  for (const std::string_view line :
       {"[   12.345678] text of it", "<6>[   12.345678] text of it",
        "[   12.345678][  T88] text of it", "6,339,12345678,-;text of it",
        "30,339,12345678,c,caller=T1;text of it",
        "Nov 20 10:00:00 board kernel: [   12.345678] text of it"}) {
    const KernelHeader header = kernel_header(line);
    EXPECT_TRUE(header.present) << line;
    EXPECT_EQ(header.text, "text of it") << line;
    EXPECT_EQ(header.microseconds, 12'345'678u) << line;
  }
  const KernelHeader dated = kernel_header("2026-11-20T10:00:00.1+00:00 board kernel: text of it");
  EXPECT_EQ(dated.text, "text of it");
  EXPECT_FALSE(dated.microseconds);
  for (const std::string_view line : {"[0] -114672", "text; of it", "[ 99999999999999999999.1] x",
                                      "", "[12.] x", "the board kernel: x"}) {
    const KernelHeader header = kernel_header(line);
    EXPECT_EQ(header.text, line);
    EXPECT_FALSE(header.present) << line;
  }
}

TEST(KernelLine, PoisonIsWhatTheDriverCannotRecoverFrom) {
  for (const std::string_view line :
       {"[ 1.0] RKNPU: invalid irq status: 0x100, raw status: 0x100, require mask: 0x3",
        "[ 1.0] RKNPU: job commit failed",
        "[ 1.0] RKNPU fdab0000.npu: RKNPU: failed to soft reset for rknpu: -110",
        "[ 1.0] rk_iommu fdab9000.iommu: Page fault at 0x00000000fff9f000 of type read",
        "[ 1.0] rk_iommu: Page fault",
        "[ 1.0] pc : rknpu_job_subcore_commit_pc+0x88/0x2a0 [rknpu]"}) {
    const auto parsed = parse_kernel_line(line);
    ASSERT_TRUE(parsed) << line;
    EXPECT_EQ(parsed->kind->effect, KernelEffect::poison) << line;
    EXPECT_FALSE(parsed->kind->remedy.empty()) << line;
  }
  for (const std::string_view line :
       {"[ 1.0] RKNPU: failed to wait job, task counter: 0, flags: 0x5",
        "[ 1.0] RKNPU: soft reset, num: 1", "[ 1.0] rocket fdab0000.npu: NPU job timed out",
        "[ 1.0] WARNING: CPU: 4 PID: 0 at drivers/accel/rocket/rocket_job.c:345 "
        "rocket_job_irq+0x10"}) {
    const auto parsed = parse_kernel_line(line);
    ASSERT_TRUE(parsed) << line;
    EXPECT_EQ(parsed->kind->effect, KernelEffect::failure) << line;
  }
}

TEST(KernelLine, ValuesAsPrinted) {
  const auto fault = parse_kernel_line(
      "[  100.5] rk_iommu fdac9000.iommu: Page fault at 0x00000000fff9f000 of type write");
  ASSERT_TRUE(fault);
  EXPECT_EQ(argument(fault->arguments, "device"), "fdac9000.iommu");
  EXPECT_EQ(argument(fault->arguments, "address"), "0x00000000fff9f000");
  EXPECT_EQ(argument(fault->arguments, "type"), "write");
  EXPECT_EQ(fault->microseconds, 100'500'000u);

  const auto ready =
      parse_kernel_line("[drm] Initialized rknpu 0.9.8 20240828 for fdab0000.npu on minor 1");
  ASSERT_TRUE(ready);
  EXPECT_EQ(ready->kind->id, "klog.initialized");
  EXPECT_EQ(argument(ready->arguments, "version"), "0.9.8");
  EXPECT_EQ(argument(ready->arguments, "minor"), "1");

  const auto core =
      parse_kernel_line("rocket fdac0000.npu: Rockchip NPU core 1 version: 1179210309");
  ASSERT_TRUE(core);
  EXPECT_EQ(core->kind->id, "klog.rocket_core");
  EXPECT_EQ(argument(core->arguments, "core"), "1");
}

TEST(KernelLine, OnlyTheNpuCounts) {
  EXPECT_EQ(kind_of("[ 1.0] rk_iommu fdd97e00.iommu: Page fault at 0x0 of type read"), "");
  EXPECT_EQ(kind_of("[ 1.0] usb 1-1: sprocket failed to soft reset"), "");
  EXPECT_EQ(kind_of("[ 1.0] mmc0: Page fault"), "");
  EXPECT_EQ(kind_of("[ 1.0] RKNPU: something new"), "klog.other");
  EXPECT_EQ(kind_of("[ 1.0] fdab0000.npu: something new"), "klog.other");
  EXPECT_EQ(kind_of(std::string("[ 1.0] RKNPU: \xff\x80\0 junk", 23)), "klog.other");
}

TEST(KernelLine, BootsBeginWithTheirFirstLine) {
  EXPECT_TRUE(
      begins_boot("[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x412fd050]"));
  EXPECT_TRUE(begins_boot("5,0,0,-;Linux version 6.1.75 (builder@host)"));
  EXPECT_FALSE(begins_boot("[    1.0] RKNPU: Linux version"));
}

TEST(KernelLine, TheTableIsSound) {
  std::set<std::string_view> ids;
  for (const KernelLineKind& kind : kernel_line_kinds()) {
    ids.insert(kind.id);
    EXPECT_TRUE(kind.id.starts_with("klog.")) << kind.id;
    EXPECT_FALSE(kind.what.empty()) << kind.id;
    EXPECT_EQ(kind.effect == KernelEffect::information, kind.remedy.empty()) << kind.id;
  }
  EXPECT_EQ(kernel_line_kinds().back().id, "klog.other");
  for (const std::string_view id : ids) EXPECT_EQ(kernel_line_kind(id)->id, id);
  EXPECT_EQ(kernel_line_kind("klog.none"), nullptr);
}

}  // namespace

}  // namespace npuscope
