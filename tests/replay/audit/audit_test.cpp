// Verdicts over the made-up boards of testdata/boards, one for each situation of the contract.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "replay/audit/machine.h"
#include "replay/audit/overlay.h"
#include "tests/replay/host/copied_system.h"

namespace npuscope::audit {

namespace {

using testing::CopiedSystem;

Audit audit_of(const std::string& kind, const AuditOptions& options = {}) {
  const CopiedSystem board;
  const std::string command =
      "sh " NPUSCOPE_TESTDATA_DIR "/boards/make_board.sh " + kind + " " + board.root();
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  return audit(look_at(board.host()), options);
}

Judgement judged(const Audit& audit, std::string_view id) {
  const Fact* fact = audit.find(id);
  EXPECT_NE(fact, nullptr) << id;
  return fact == nullptr ? Judgement::note : fact->judgement;
}

struct Case {
  std::string kind;
  int exit_code;
  std::string decisive;  // the fact that the verdict hangs on
};

class Boards : public ::testing::TestWithParam<Case> {};

TEST_P(Boards, HaveTheirVerdict) {
  const Audit result = audit_of(GetParam().kind);
  EXPECT_EQ(exit_code(result.verdict()), GetParam().exit_code);
  if (GetParam().decisive.empty()) return;
  const Fact* fact = result.find(GetParam().decisive);
  ASSERT_NE(fact, nullptr) << GetParam().decisive;
  EXPECT_FALSE(fact->judgement == Judgement::good || fact->judgement == Judgement::note);
}

INSTANTIATE_TEST_SUITE_P(
    Audit, Boards,
    ::testing::Values(Case{"vendor-5.10", 20, "driver.version"}, Case{"vendor-6.1", 0, ""},
                      Case{"mainline-disabled", 20, "tree.npu@fdac0000"},
                      Case{"mainline-unloaded", 20, "module.rocket"}, Case{"mainline", 0, ""},
                      Case{"mainline-32g", 0, "memory.above_4g"},
                      Case{"missing-group", 20, "node./dev/dri/renderD129"},
                      Case{"foreign-user", 20, "user.812.renderD129"},
                      Case{"poisoned", 30, "log.poison"}, Case{"dma-heap", 20, "node./dev/rknpu"},
                      Case{"unreadable-log", 20, "log.poison"},
                      Case{"other-chip", 10, "board.chip"}, Case{"hostile", 20, "log.poison"}),
    [](const auto& test) {
      std::string name = test.param.kind;
      for (char& c : name) c = c == '-' || c == '.' ? '_' : c;
      return name;
    });

TEST(Audit, EveryFactHasItsSource) {
  for (const std::string kind : {"vendor-6.1", "mainline", "hostile", "other-chip"}) {
    const Audit result = audit_of(kind);
    EXPECT_GT(result.facts.size(), 15u);
    for (const Fact& fact : result.facts) {
      EXPECT_FALSE(fact.source.empty()) << fact.id;
      EXPECT_EQ(result.find(fact.id), &fact) << fact.id << " occurs twice";
      EXPECT_LE(fact.value.size(), 203u) << fact.id;
      const bool decides =
          fact.judgement == Judgement::blocks || fact.judgement == Judgement::poison;
      EXPECT_FALSE(decides && fact.advice.empty()) << fact.id;
    }
  }
}

TEST(Audit, APersonMayVouchForAnUnreadableLog) {
  const Audit result = audit_of("unreadable-log", {.accept_unproven_log = true});
  EXPECT_EQ(judged(result, "log.poison"), Judgement::warning);
  EXPECT_EQ(result.verdict(), Verdict::ready);
  // But not for one that was read.
  EXPECT_EQ(audit_of("poisoned", {.accept_unproven_log = true}).verdict(), Verdict::poisoned);
}

TEST(Audit, AModuleThatIsThereCanBeLoaded) {
  EXPECT_EQ(audit_of("mainline-unloaded").find("module.rocket")->advice, "sudo modprobe rocket");
}

TEST(Audit, NoNpuMeansSimulatorOnly) {
  const CopiedSystem nothing;
  const Audit result = audit(look_at(nothing.host()), {});
  EXPECT_EQ(result.verdict(), Verdict::simulator_only);
  EXPECT_EQ(judged(result, "log.poison"), Judgement::note);  // nothing to block
}

TEST(Audit, OneNodeIsEnough) {
  CopiedSystem board;
  board.link("/sys/class/drm/card1/device/driver", "../RKNPU")
      .link("/sys/class/drm/renderD129/device/driver", "../RKNPU")
      .file("/dev.txt", "/dev/dri/card1 660 0 44\n/dev/dri/renderD129 666 0 105\n")
      .file("/proc/self/status", "Uid:\t7\t7\t7\t7\nGroups:\t7\n");
  const Audit result = audit(look_at(board.host()), {});
  EXPECT_EQ(judged(result, "node./dev/dri/card1"), Judgement::note);
  EXPECT_EQ(judged(result, "node./dev/dri/renderD129"), Judgement::good);
}

TEST(Audit, LibrariesAndRecordsOfCrashes) {
  CopiedSystem board;
  board
      .file("/usr/lib/librknnrt.so", std::string("\x7f"
                                                 "ELF\0\0librknnrt version: 2.3.0 (x@2025)",
                                                 40))
      .file("/usr/lib/aarch64-linux-gnu/libteflon.so", "")
      .file("/sys/fs/pstore/dmesg-ramoops-0", "Oops")
      .file("/proc/modules", "netconsole 1 0 - Live 0x0\n")
      .file("/proc/self/status", "Uid:\t0\t0\t0\t0\n");
  const Audit result = audit(look_at(board.host()), {});
  ASSERT_NE(result.find("program.librknnrt"), nullptr);
  EXPECT_EQ(result.find("program.librknnrt")->value, "2.3.0");
  EXPECT_NE(result.find("program.teflon"), nullptr);
  EXPECT_EQ(judged(result, "crash.records"), Judgement::warning);
  EXPECT_EQ(result.find("crash.sinks")->value, "netconsole");
}

TEST(KernelConfig, OptionsAndWhatIsNotSet) {
  const KernelConfig config = parse_kernel_config(
      "# CONFIG_A is not "
      "set\nCONFIG_B=y\nCONFIG_C=m\nCONFIG_D=\"text\"\nCONFIG_\nCONFIG_E\njunk\n");
  EXPECT_TRUE(config.known());
  EXPECT_EQ(config.value("A"), "n");
  EXPECT_EQ(config.value("B"), "y");
  EXPECT_EQ(config.value("C"), "m");
  EXPECT_EQ(config.value("D"), "\"text\"");
  EXPECT_FALSE(parse_kernel_config("\x1f\x8b junk").known());
}

TEST(Overlay, EnablesThreeCoresAndTheirIommus) {
  const std::string_view text = overlay_text();
  for (const std::string label : {"&rknn_core_0", "&rknn_core_1", "&rknn_core_2", "&rknn_mmu_0",
                                  "&rknn_mmu_1", "&rknn_mmu_2", "&pd_npu", "/plugin/;", "WARNING"})
    EXPECT_NE(text.find(label), std::string_view::npos) << label;
}

}  // namespace

}  // namespace npuscope::audit
