// Images: which tasks and buffers remain.
#include "replay/prepare/image.h"

#include <gtest/gtest.h>

#include "replay/generate/generated.h"
#include "replay/prepare/link_capture.h"
#include "replay/shape/shape_names.h"
#include "tests/corpus.h"
#include "tests/replay/sim/conv_run.h"

namespace npuscope {
namespace {

Image example() {
  Image image;
  image.cores = 2;
  image.buffers = {{"a", BufferRole::constants, 0x1000, 0x100, {std::byte{1}, std::byte{2}}},
                   {"b", BufferRole::output, 0x2000, 0x100, {}}};
  image.lanes = {{0, std::vector<Task>(3), 0}, {1, std::vector<Task>(5), 0}};
  return image;
}

TEST(Image, IsCutToOneCoreAndToAPrefix) {
  Image image = keep_core(example(), 1);
  ASSERT_EQ(image.lanes.size(), 1U);
  EXPECT_EQ(image.lanes[0].core, 1U);
  EXPECT_EQ(image.task_count(), 5U);
  image = example();
  cut_to_prefix(image, 4);
  EXPECT_EQ(image.task_count(), 7U);
}

TEST(Image, IsLoadedWithItsContents) {
  sim::AddressSpace memory(sim::Fill::poison);
  ASSERT_TRUE(load(example(), memory));
  std::byte bytes[3];
  ASSERT_TRUE(memory.read(0x1000, bytes));
  EXPECT_EQ(bytes[1], std::byte{2});
  EXPECT_EQ(bytes[2], sim::poison_byte);
  EXPECT_EQ(memory.count_unwritten(0x1000, 3), 1U);
  EXPECT_FALSE(load(example(), memory)) << "mapped twice";
}

// The bases of a public capture give the words of that capture (the capture's own test compares
// all of them); here the words that the specification of the file format prints.
TEST(LinkModel, GivesTheWordsOfACapture) {
  NPUSCOPE_NEEDS_CORPUS();
  const auto opened = open_input(
      testing::corpus_path("rknn/rk3588/allbilly/b1_c32_h14_w14_oc128_wic32_k3x3_g1.rknn"),
      RegisterDb::builtin());
  ASSERT_TRUE(opened);
  const auto linked = link_model(
      opened->front(), 3,
      {.weights = 0xfff90000, .tensors = {{"input", 0xfff7f000}, {"output", 0xfff76000}}});
  ASSERT_TRUE(linked) << linked.error().text();
  sim::AddressSpace memory;
  ASSERT_TRUE(load(linked->image, memory));
  const auto word = [&](std::uint32_t index) {
    std::uint64_t value = 0;
    EXPECT_TRUE(memory.read(0xfffa2800 + 8 * index, std::as_writable_bytes(std::span(&value, 1))));
    return value;
  };
  EXPECT_EQ(word(286), 0x0201fff990001110U);
  EXPECT_EQ(word(565), 0x0201fff7f3801070U);
  EXPECT_EQ(word(313), 0x1001fff7a8004020U);
  EXPECT_EQ(word(246), 0x8001fffa2400701cU);
  EXPECT_EQ(word(216), 0x0101fffa2f000010U);
  ASSERT_EQ(linked->image.lanes.size(), 3U);
  EXPECT_EQ(linked->image.lanes[2].tasks.back().regcmd_addr, 0xfffa4100U);
}

TEST(LinkModel, RefusesWhatIsNoModel) {
  const Opened nothing;
  EXPECT_FALSE(link_model(nothing, 1));
}

// A generated program by way of a capture: the image runs as it stands.
TEST(LinkCapture, RunsAGeneratedProgramOnEveryNumberOfCores) {
  testing::ConvRun run(*parse_shape("b1_c32_h9_w11_oc40_wic32_k3x3_g1_p1"), 42);
  const std::vector<std::uint16_t> expected = run.simulate(1);
  const Opened opened = open_capture(capture_of(run.program()), RegisterDb::builtin());
  for (unsigned cores = 1; cores <= 3; ++cores) {
    const auto image = link_program(opened, cores);
    ASSERT_TRUE(image) << image.error().text();
    sim::Simulator simulator;
    ASSERT_TRUE(load(*image, simulator.memory()));
    run.fill(simulator.memory(), false);
    EXPECT_EQ(simulator.run_table(image->lanes).status, sim::RunStatus::done);
    EXPECT_EQ(run.output_in(simulator.memory()), expected) << cores << " cores";
  }
}

TEST(LinkCapture, SaysWhatIsMissing) {
  testing::ConvRun run(*parse_shape("b1_c16_h8_w8_oc16_wic16_k1x1_g1"), 42);
  Opened opened = open_capture(capture_of(run.program()), RegisterDb::builtin());
  EXPECT_FALSE(link_capture(opened, 1, 7));
  EXPECT_FALSE(link_capture(opened, 4));
  for (Record& record : opened.sets[0].records) record.runs.clear();
  const auto image = link_capture(opened, 1);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().what, "task 0: its record was not captured completely");
}

}  // namespace
}  // namespace npuscope
