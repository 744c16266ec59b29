#include "replay/host/kernel_report.h"

#include <gtest/gtest.h>

#include "replay/host/line_values.h"

namespace npuscope::host {

namespace {

Capture two_buffers() {
  Capture capture;
  Buffer commands;
  commands.name = "GEM 2";
  commands.role = BufferRole::commands;
  commands.device_address = 0xfff98000;
  commands.size = 0x1000;
  Buffer last = commands;
  last.name = "GEM 9";
  last.role = BufferRole::unknown;
  last.device_address = 0xfffff000;  // its last byte is 0xffffffff
  Buffer nowhere;
  nowhere.name = "GEM 1";
  nowhere.size = 64;
  capture.buffers = {nowhere, commands, last};
  return capture;
}

TEST(LineValues, AddressesArePlaces) {
  const Capture capture = two_buffers();
  EXPECT_EQ(place_in(capture, 0xfff98010), "GEM 2 (commands) + 0x10");
  EXPECT_EQ(place_in(capture, 0xffffffff), "GEM 9 + 0xfff");
  EXPECT_EQ(place_in(capture, 0xfff99000),
            "in no buffer: 0x0 bytes behind the end of GEM 2 (commands)");
  EXPECT_EQ(place_in(capture, 0x1000), "in no buffer: 0xfff97000 bytes before GEM 2 (commands)");
  EXPECT_EQ(place_in(Capture{}, 0x1000), "");
}

TEST(LineValues, NumbersInWords) {
  const auto words = values_in_words({{"flags", "0x25"},
                                      {"raw_status", "0x1300"},
                                      {"first_enable", "0x18"},
                                      {"task_counter", "3"},
                                      {"address", "0xfff98000"},
                                      {"irq_status", "0x1ffffffff"},
                                      {"int_mask", "junk"}},
                                     RegisterDb::builtin(), nullptr);
  EXPECT_EQ(words, (std::vector<std::string>{
                       "flags 0x25: PC + PINGPONG + unknown bits 0x20",
                       "raw_status 0x1300: PC_INTERRUPT_RAW_STATUS: DMA_READ_ERROR, DPU_1, DPU_0",
                       "first_enable 0x18: DPU+DPU_RDMA"}));
}

TEST(KernelReport, OnlyTheLastBootDecides) {
  const std::string_view log =
      "[ 9.0] RKNPU: failed to soft reset for rknpu: -110\n"
      "[ 0.0] Booting Linux on physical CPU 0x0\n[ 0.0] Linux version 6.1\n[ 9.0] RKNPU: job "
      "commit "
      "failed\n[ 0.0] Booting Linux on physical CPU 0x0\n[ 0.0] Linux version 6.1\n[ 1.0] usb 1\n";
  const KernelReport report = report_kernel_log(log, RegisterDb::builtin(), nullptr);
  ASSERT_EQ(report.lines.size(), 2u);
  EXPECT_EQ(report.boots, 2u);
  EXPECT_EQ(report.total, 7u);
  EXPECT_EQ(report.lines[0].boot, 0u);
  EXPECT_EQ(report.lines[1].boot, 1u);
  EXPECT_EQ(report.lines[1].number, 4u);
  EXPECT_FALSE(report.poisoned());
  EXPECT_TRUE(report_kernel_log("[ 9.0] RKNPU: job commit failed", RegisterDb::builtin(), nullptr)
                  .poisoned());
}

}  // namespace

}  // namespace npuscope::host
