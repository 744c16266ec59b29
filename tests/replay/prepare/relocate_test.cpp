// Moved programs: the same bytes in the same buffers, wherever these lie.
#include "replay/prepare/relocate.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>
#include <span>

#include "decoder/program/relocation.h"
#include "replay/prepare/link_capture.h"
#include "replay/run/conv_image.h"
#include "replay/shape/shape_list.h"
#include "replay/shape/shape_names.h"
#include "replay/sim/simulator.h"
#include "tests/corpus.h"
#include "tests/replay/run/corpus_model.h"
#include "tests/replay/tensor/packed_constants.h"

namespace npuscope {
namespace {

const RegisterDb& db() {
  return RegisterDb::builtin();
}

// Buffers in a random order from `first` on, a random number of pages apart.
std::vector<std::uint32_t> random_layout(const Image& image, std::mt19937& random,
                                         std::uint32_t first) {
  std::vector<std::size_t> order(image.buffers.size());
  std::iota(order.begin(), order.end(), 0U);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  std::vector<std::uint32_t> addresses(order.size());
  std::uint64_t next = first;
  for (const std::size_t i : order) {
    addresses[i] = static_cast<std::uint32_t>(next);
    next += (image.buffers[i].bytes + 4095) / 4096 * 4096 + 4096 * (random() % 3);
  }
  EXPECT_LE(next, std::uint64_t{1} << 32U);
  return addresses;
}

std::vector<std::uint32_t> addresses_of(const Image& image) {
  std::vector<std::uint32_t> addresses;
  for (const ImageBuffer& buffer : image.buffers) addresses.push_back(buffer.address);
  return addresses;
}

bool equal_images(const Image& a, const Image& b) {
  for (std::size_t i = 0; i < a.buffers.size(); ++i)
    if (a.buffers[i].address != b.buffers[i].address ||
        a.buffers[i].content != b.buffers[i].content)
      return false;
  for (std::size_t i = 0; i < a.lanes.size(); ++i)
    if (a.lanes[i].tasks != b.lanes[i].tasks) return false;
  return a.buffers.size() == b.buffers.size() && a.lanes.size() == b.lanes.size();
}

// Every byte of every buffer after the run of the table (or, by_links, of one chain a core).
Image after_run(const Image& image, bool by_links, sim::RunStatus* status = nullptr) {
  sim::Simulator simulator;
  EXPECT_TRUE(load(image, simulator.memory()));
  sim::RunStatus reached = sim::RunStatus::done;
  if (by_links) {
    for (const sim::CoreTasks& lane : image.lanes) {
      const Task& first = lane.tasks.front();
      const auto result = simulator.run_chain(
          {lane.core, static_cast<std::uint32_t>(first.regcmd_addr),
           link_amount(first.regcfg_amount), static_cast<std::uint32_t>(lane.tasks.size())});
      EXPECT_EQ(result.status, sim::RunStatus::done) << result.reason;
      EXPECT_TRUE(result.events.empty());
    }
  } else {
    reached = simulator.run_table(image.lanes).status;
  }
  if (status != nullptr) *status = reached;
  Image after = image;
  for (ImageBuffer& buffer : after.buffers) {
    buffer.content.resize(buffer.bytes);
    EXPECT_TRUE(simulator.memory().read(buffer.address, buffer.content));
  }
  return after;
}

// Runs `image` here and at the addresses, and demands equal bytes in all buffers once the moved
// ones are moved back.
void expect_equal_elsewhere(const Image& image, const std::vector<std::uint32_t>& addresses,
                            bool by_links, const std::string& what) {
  const AddressMap map = find_addresses(image, db());
  EXPECT_TRUE(map.strays.empty()) << what;
  const auto moved = move_to(image, map, addresses);
  ASSERT_TRUE(moved) << what << ": " << moved.error().text();
  EXPECT_TRUE(find_addresses(*moved, db()).words == map.words) << what;
  const auto back = move_to(*moved, map, addresses_of(image));
  ASSERT_TRUE(back) << what;
  EXPECT_TRUE(equal_images(*back, image)) << what;
  const auto after = move_to(after_run(*moved, by_links), map, addresses_of(image));
  ASSERT_TRUE(after) << what;
  EXPECT_TRUE(equal_images(*after, after_run(image, by_links))) << what;
}

Image image_of(const ConvShape& shape, unsigned cores) {
  const auto program = generate_program(shape, {});
  EXPECT_TRUE(program) << key_of(shape);
  auto image = conv_image(*program, draw_tensors(shape, 1), cores);
  EXPECT_TRUE(image) << key_of(shape);
  return std::move(*image);
}

TEST(Relocate, ListedShapesRunAnywhere) {
  std::mt19937 random(7);
  for (const ListedShape& item : shape_list())
    for (unsigned cores = 1; item.listed && cores <= 3; ++cores) {
      const Image image = image_of(item.shape, cores);
      const std::uint32_t first = 0x1000 * (1 + static_cast<std::uint32_t>(random()) % 0x10000);
      expect_equal_elsewhere(image, random_layout(image, random, first), true, item.name);
    }
}

// Mainline's driver gives its first buffer the address 0, which means "none" everywhere else.
TEST(Relocate, RandomShapesRunAnywhereWithABufferAtAddressZero) {
  std::mt19937 random(11);
  const auto draw = [&random](std::uint32_t low, std::uint32_t high) {
    return low + static_cast<std::uint32_t>(random()) % (high - low + 1);
  };
  for (unsigned round = 0; round < 60; ++round) {
    const std::uint32_t kernel = 1 + 2 * draw(0, 1), channels = draw(1, 70);
    const bool depthwise = draw(0, 3) == 0;
    const auto shape = parse_shape(fmt::format(
        "b1_c{}_h{}_w{}_oc{}_wic{}_k{}x{}_g{}_p{}{}", channels, draw(3, 40), draw(3, 40),
        depthwise ? channels : draw(1, 90), depthwise ? 1 : channels, kernel, kernel,
        depthwise ? channels : 1, kernel / 2, !depthwise && draw(0, 1) == 1 ? "_bias" : ""));
    ASSERT_TRUE(shape) << shape.error().text();
    const Image image = image_of(*shape, draw(1, 3));
    const std::vector<std::uint32_t> addresses = random_layout(image, random, 0);
    const auto zero = std::ranges::find(addresses, 0U);
    ASSERT_NE(zero, addresses.end());
    const ImageBuffer& buffer = image.buffers[static_cast<std::size_t>(zero - addresses.begin())];
    expect_equal_elsewhere(image, addresses, true, key_of(*shape) + ", 0: " + buffer.name);
  }
}

void expect_models_run_anywhere(const testing::CorpusModel& model, std::uint32_t first) {
  std::mt19937 random(first);
  for (unsigned cores = 1; cores <= 3; cores += 2) {
    const auto linked = link_model(model.opened(), cores);
    if (!linked || linked->image.lanes.empty()) continue;
    ModelRun here = model.prepare({.cores = cores});
    AddressMap map;
    ModelRunOptions options;
    options.cores = cores;
    options.edit = [&](LinkedModel& its) -> Result<void> {
      map = find_addresses(its.image, db());
      auto moved = move_to(its, map, random_layout(its.image, random, first));
      if (!moved) return tl::unexpected(moved.error());
      EXPECT_TRUE(find_addresses(moved->image, db()).words == map.words) << model.name();
      its = std::move(*moved);
      return {};
    };
    ModelRun there = model.prepare(options);
    EXPECT_TRUE(map.strays.empty()) << model.name();
    EXPECT_EQ(here.run().status, there.run().status) << model.name();
    EXPECT_EQ(model.output_bytes(here), model.output_bytes(there)) << model.name();
  }
}

TEST(Relocate, ModelsRunAnywhere) {
  NPUSCOPE_NEEDS_CORPUS();
  for (const auto& path : testing::corpus_models())
    expect_models_run_anywhere(testing::CorpusModel(path), 0x2345000);
}

// A model file says itself which of its words are addresses: linking there gives what moving does,
// in the programs for every number of cores. One of the places is 0.
TEST(Relocate, MovingGivesTheWordsThatLinkingGives) {
  NPUSCOPE_NEEDS_CORPUS();
  std::size_t words = 0, files = 0;
  for (const auto& path : testing::corpus_models()) {
    const auto opened = open_input(path.string(), db());
    ASSERT_TRUE(opened);
    for (const std::uint32_t first : {0U, 0xc0000000U}) {
      auto here = link_model(opened->front(), 1);
      const auto there = link_model(opened->front(), 1, {.first = first});
      ASSERT_TRUE(here && there) << path;
      for (unsigned cores = 2; cores <= 3; ++cores)
        if (const auto more = link_model(opened->front(), cores))
          for (const auto& lane : more->image.lanes) here->image.lanes.push_back(lane);
      if (here->image.task_count() == 0) continue;
      const AddressMap map = find_addresses(here->image, db());
      const auto moved = move_to(*here, map, addresses_of(there->image));
      ASSERT_TRUE(moved) << path << ": " << moved.error().text();
      EXPECT_EQ(moved->addresses, there->addresses) << path;
      EXPECT_TRUE(find_addresses(moved->image, db()).words == map.words) << path;
      const std::uint64_t table = layout_weight_memory(opened->front().capture).task_offset;
      for (std::size_t i = 0; i < there->image.buffers.size(); ++i) {
        const auto& a = moved->image.buffers[i].content;
        const auto& b = there->image.buffers[i].content;
        const std::size_t compared = i == 0 ? table : a.size();  // the table is not the NPU's
        ASSERT_EQ(a.size(), b.size());
        EXPECT_TRUE(std::ranges::equal(std::span(a).first(compared), std::span(b).first(compared)))
            << path << ", " << i;
      }
      words += map.words.size();
      ++files;
    }
  }
  fmt::print("{} addresses in {} placed files\n", words, files);
  EXPECT_GE(files, 60U);
}

TEST(Relocate, CapturesRunAnywhere) {
  NPUSCOPE_NEEDS_CORPUS();
  std::size_t ran = 0;
  for (const auto& entry : std::filesystem::directory_iterator(testing::corpus_path("live-logs"))) {
    const auto opened = open_input(entry.path().string(), db());
    if (!opened || opened->empty()) continue;
    for (unsigned cores = 1; cores <= 3; ++cores) {
      const auto image = link_program(opened->front(), cores);
      if (!image) continue;  // captured in part
      std::mt19937 random(cores);
      expect_equal_elsewhere(*image, random_layout(*image, random, 0x1000), false,
                             entry.path().filename());
      ++ran;
    }
  }
  EXPECT_EQ(ran, 12U);
}

TEST(Relocate, KeepsWhatLiesInNoBufferAndSaysSo) {
  Image image = image_of(*parse_shape("b1_c32_h9_w9_oc32_wic32_k1x1_g1"), 1);
  const AddressMap before = find_addresses(image, db());
  const AddressWord& lost = before.words.front();
  std::byte* at = image.buffers[lost.word.buffer].content.data() + lost.word.offset;
  Word word;
  std::memcpy(&word.raw, at, 8);
  word = Word::make(word.target(), word.offset(), 0xdead0000);
  std::memcpy(at, &word.raw, 8);
  const AddressMap map = find_addresses(image, db());
  ASSERT_EQ(map.strays.size(), 1U);
  EXPECT_EQ(map.strays[0].word, lost.word);
  EXPECT_EQ(map.strays[0].register_offset, word.offset());
  EXPECT_EQ(map.strays[0].value, 0xdead0000U);
  EXPECT_EQ(map.words.size() + 1, before.words.size());
  const auto addresses = addresses_from(image, 0x100000);
  ASSERT_TRUE(addresses);
  const auto moved = move_to(image, map, *addresses);
  ASSERT_TRUE(moved);
  EXPECT_EQ(
      std::memcmp(moved->buffers[lost.word.buffer].content.data() + lost.word.offset, &word.raw, 8),
      0);
}

TEST(Relocate, RefusesPlacesThatCannotBe) {
  const Image image = image_of(*parse_shape("b1_c32_h9_w9_oc32_wic32_k1x1_g1"), 1);
  ASSERT_EQ(image.buffers.size(), 3U);
  const AddressMap map = find_addresses(image, db());
  const auto refusal = [&](std::vector<std::uint32_t> addresses) {
    const auto moved = move_to(image, map, addresses);
    return moved ? std::string() : moved.error().what;
  };
  EXPECT_EQ(refusal({0x1000}), "1 addresses for 3 buffers");
  EXPECT_NE(refusal({0x10000, 0x10000, 0x80000}).find("would overlap"), std::string::npos);
  EXPECT_NE(refusal({0x10000, 0x10040, 0x80000}).find("would overlap"), std::string::npos);
  EXPECT_NE(refusal({0x10040, 0x10000, 0x80000}).find("would overlap"), std::string::npos);
  EXPECT_NE(refusal({0x10008, 0x40000, 0x80000}).find("0x10008 for"), std::string::npos);
  EXPECT_NE(refusal({0xfffffff0 & ~63U, 0x40000, 0x80000}).find("4 GiB"), std::string::npos);
  EXPECT_EQ(refusal({0x10000, 0x40000, 0x80000}), "");
  EXPECT_FALSE(addresses_from(image, 0xffff0000));
}

// A chain cannot lead to address 0: the program controller ends there.
TEST(Relocate, RefusesARecordAtAddressZeroThatIsLinkedTo) {
  Image image;
  image.buffers = {
      {"commands", BufferRole::commands, 0x1000, 0x1000, std::vector<std::byte>(0x400)}};
  const auto put = [&](std::size_t index, Word word) {
    std::memcpy(image.buffers[0].content.data() + 8 * index, &word.raw, 8);
  };
  const Word enable = Word::make(target_operation_enable, offset_operation_enable, 0x18);
  put(0, enable);
  put(32, Word::make(target_of(Block::pc), offset_pc_base_address, 0x1000));
  put(33, enable);
  Task task;
  task.regcfg_amount = 1;
  task.regcmd_addr = 0x1100;
  image.lanes = {{0, {task}, 0}};
  const AddressMap map = find_addresses(image, db());
  ASSERT_EQ(map.words.size(), 1U);
  EXPECT_TRUE(move_to(image, map, std::vector<std::uint32_t>{0x2000}));
  const auto moved = move_to(image, map, std::vector<std::uint32_t>{0});
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().what, "a record in \"commands\" would be linked to at address 0");
}

}  // namespace
}  // namespace npuscope
