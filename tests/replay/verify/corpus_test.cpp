// The logs of real boards pass, each with the number of checks that its content allows; the model
// is the generated program of the shape that the runtime lists, or the model file that ran.
#include <gtest/gtest.h>

#include "tests/corpus.h"
#include "tests/replay/verify/run_logs.h"

namespace npuscope {
namespace {

using testing::corpus_path;
using testing::fails;
using testing::Log;
using testing::said;
using testing::verified;

struct RealLog {
  const char* name;
  const char* path;
  const char* shape;  // as the runtime's tensor tables say it; the names of files lie
  std::size_t passed;
};

std::string live_path(const std::string& rest) {
  return "live-logs/capture_rknpu_submit_dump_gems_" + rest;
}

const RealLog real_logs[] = {
    {"TornIoctlLog", "ioctl-logs/capture_rknpu_ioctl_c64_h56_readonly_20260524_133736.log",
     "b1_c64_h56_w56_oc128_wic64_k1x1_g1", 23},
    {"SevenRows",
     "live-logs/capture_rknpu_submit_dump_gems_6desc_h7_live_regcmd_20260524_123133.log",
     "b1_c160_h7_w7_oc320_wic160_k3x3_g1", 20},
    {"FiftySixRows",
     "live-logs/capture_rknpu_submit_dump_gems_c64_h56_live_regcmd_1168_20260524_133725.log",
     "b1_c64_h56_w56_oc128_wic64_k1x1_g1", 20},
    // The window reaches beyond its buffer: nothing of it was captured.
    {"NoWindow", "live-logs/capture_rknpu_submit_dump_gems_channeltile_20260524_113150.log",
     "b1_c160_h8_w8_oc320_wic160_k3x3_g1", 16},
    // The window shows weights.
    {"WindowElsewhere",
     "live-logs/capture_rknpu_submit_dump_gems_pw_c256_h14_live_regcmd_832_20260524_131749.log",
     "b1_c256_h14_w14_oc512_wic256_k1x1_g1", 16},
    {"FourteenRows",
     "live-logs/capture_rknpu_submit_dump_gems_pw_c256_h14_live_regcmd_832_20260524_131804.log",
     "b1_c256_h14_w14_oc512_wic256_k1x1_g1", 20},
    {"FortyRows", "live-logs/capture_rknpu_submit_dump_gems_rerun_20260524_122116.log",
     "b1_c160_h40_w40_oc320_wic160_k3x3_g1", 21},
};

std::vector<Opened> open_corpus(const std::string& path) {
  auto inputs = open_input(corpus_path(path), RegisterDb::builtin());
  EXPECT_TRUE(inputs.has_value()) << path;
  return inputs ? std::move(*inputs) : std::vector<Opened>{};
}

class RealRun : public ::testing::TestWithParam<RealLog> {};

TEST_P(RealRun, Passes) {
  NPUSCOPE_NEEDS_CORPUS();
  const auto inputs = open_corpus(GetParam().path);
  const Verification result = verify(inputs, {}, RegisterDb::builtin());
  EXPECT_EQ(fails(result), "");
  EXPECT_EQ(result.count(Outcome::pass), GetParam().passed);
  ASSERT_EQ(result.inputs.size(), 1U);
  EXPECT_EQ(result.inputs[0].model, GetParam().shape);
}

INSTANTIATE_TEST_SUITE_P(Corpus, RealRun, ::testing::ValuesIn(real_logs),
                         [](const ::testing::TestParamInfo<RealLog>& real) {
                           return std::string(real.param.name);
                         });

TEST(RealRuns, AChangeIsSeen) {
  NPUSCOPE_NEEDS_CORPUS();
  const auto changed = [](auto change) {
    Log log = Log::at(corpus_path(real_logs[0].path));
    change(log);
    return fails(verified({log}));
  };
  EXPECT_EQ(changed([](Log& l) { l.replace_all("28352", "28416"); }), "buffers.sizes");
  EXPECT_EQ(changed([](Log& l) {
              l.replace_all("0x0000040b", "0x00000403").replace_all("0x40b", "0x403");
            }),
            "buffers.flags");
  EXPECT_EQ(changed([](Log& l) {
              l.move("free memory, name: task", "free memory, name: task",
                     "free memory, name: internal");
            }),
            "free.order");
  EXPECT_EQ(changed([](Log& l) { l.replace("task_number=6\n", "task_number=14\n"); }),
            "submit.section");
  // The line that was printed inside another one.
  EXPECT_EQ(changed([](Log& l) {
              l.replace("36.655] MEM_SYNC flags=0x00000002", "36.655] MEM_SYNC flags=0x00000001");
            }),
            "log.numbers sync.download");
}

TEST(RealRuns, AModelFileIsAsGoodAsTheShape) {
  NPUSCOPE_NEEDS_CORPUS();
  const std::string folder = "rknn/rk3588/allbilly/";
  for (const auto& [model_file, log] :
       {std::pair{"b1_c160_h7_w7_oc320_wic160_k3x3_g1.rknn",
                  "6desc_h7_live_regcmd_20260524_123133.log"},
        std::pair{"mix_b1_c160_h40_w40_oc320_wic160_k3x3_g1.rknn", "rerun_20260524_122116.log"}}) {
    auto opened = open_corpus(folder + model_file);
    ASSERT_EQ(opened.size(), 1U);
    const auto model = model_of(std::move(opened.front()));
    ASSERT_TRUE(model.has_value());
    VerifyOptions options;
    options.model = &*model;
    const auto inputs = open_corpus(live_path(log));
    const Verification result = verify(inputs, options, RegisterDb::builtin());
    EXPECT_EQ(fails(result), "") << log;
    EXPECT_GE(result.count(Outcome::pass), 20U);
  }
}

TEST(RealRuns, AnotherModelFails) {
  NPUSCOPE_NEEDS_CORPUS();
  auto opened = open_corpus("rknn/rk3588/allbilly/b1_c32_h14_w14_oc128_wic32_k3x3_g1.rknn");
  ASSERT_EQ(opened.size(), 1U);
  const auto model = model_of(std::move(opened.front()));
  ASSERT_TRUE(model.has_value());
  VerifyOptions options;
  options.model = &*model;
  const auto inputs = open_corpus(live_path("6desc_h7_live_regcmd_20260524_123133.log"));
  EXPECT_EQ(fails(verify(inputs, options, RegisterDb::builtin())),
            "buffers.sizes window.offset window.model");
}

TEST(RealRuns, FilesOfOneShapeAgree) {
  NPUSCOPE_NEEDS_CORPUS();
  std::vector<Opened> inputs;
  for (const char* path : {real_logs[0].path, real_logs[2].path,
                           "snapshots/mmio_snapshot_baseline_after_recovery_20260524.log",
                           "snapshots/sysfs_snapshot_baseline_after_recovery_20260524.log"})
    for (Opened& opened : open_corpus(path)) inputs.push_back(std::move(opened));
  const Verification result = verify(inputs, {}, RegisterDb::builtin());
  EXPECT_EQ(fails(result), "");
  EXPECT_EQ(said(result, "files.agree"), "PASS 17 statements of 4 inputs agree");
  EXPECT_EQ(said(result, "snapshot.sysfs"), "PASS 10 values");
  EXPECT_EQ(said(result, "snapshot.mmio"),
            "SKIP MMIO was not available: Permission denied (/dev/mem)");
  EXPECT_EQ(said(result, "log.torn"),
            "PASS line 182: a record inside another line was put together; PASS no line is torn");
}

}  // namespace
}  // namespace npuscope
