// Short records write only what differs from the task two back. Expanded to full records they must
// compute the same. The expansion is the decoder's (decoder/program/register_state.h), which knows
// nothing of the simulator's register groups.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "tests/corpus.h"
#include "tests/replay/run/corpus_model.h"
#include "tests/replay/run/expanded_records.h"
#include "tests/replay/sim/task_builder.h"
#include "tests/replay/tensor/packed_constants.h"

namespace npuscope::testing {
namespace {

TEST(Deltas, ModelsComputeTheSameWithFullRecords) {
  NPUSCOPE_NEEDS_CORPUS();
  std::size_t files = 0, words = 0;
  for (const auto& path : corpus_models()) {
    const CorpusModel model(path);
    if (model.model().list_lengths[0] == 0) continue;
    ModelRun plain = model.prepare({.cores = 1});
    std::size_t added = 0;
    ModelRun full =
        model.prepare({.cores = 1, .edit = [&added](LinkedModel& linked) -> Result<void> {
                         added = expand_records(linked.image);
                         return {};
                       }});
    const ModelResult result = plain.run();
    EXPECT_EQ(full.run().status, result.status);
    EXPECT_EQ(model.output_bytes(full), model.output_bytes(plain)) << model.name();
    files += added > 0 ? 1 : 0;
    words += added;
  }
  fmt::print("{} files have short records; {} words were added\n", files, words);
  EXPECT_GE(files, 5U);
}

// Random chains of copies: two full records, then records that change some registers.
TEST(Deltas, RandomChainsComputeTheSameWithFullRecords) {
  using namespace reg;
  constexpr std::uint32_t from = 0x1000000, to = 0x2000000, bytes = 0x4000;
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    const auto draw = [&random](std::uint32_t low, std::uint32_t high) {
      return low + static_cast<std::uint32_t>(random()) % (high - low + 1);
    };
    const auto value_of = [&](std::uint16_t offset) -> std::uint32_t {
      switch (offset) {
        case DPU_DST_BASE_ADDR:
          return to + 16 * draw(0, 100);
        case DPU_RDMA_RDMA_SRC_BASE_ADDR:
          return from + 16 * draw(0, 100);
        case DPU_BS_ALU_CFG:
          return std::bit_cast<std::uint32_t>(static_cast<float>(draw(0, 9)));
        case DPU_DST_SURF_STRIDE:
          return draw(16, 20) << 4U;
        case DPU_RDMA_RDMA_SRC_DMA_CFG:
          return draw(0, 3) << 19U;
        default:
          return draw(0, 3);  // width and height minus one
      }
    };
    const std::array<std::uint16_t, 9> changing{
        DPU_DST_BASE_ADDR,    DPU_RDMA_RDMA_SRC_BASE_ADDR,   DPU_BS_ALU_CFG,
        DPU_DST_SURF_STRIDE,  DPU_RDMA_RDMA_SRC_DMA_CFG,     DPU_DATA_CUBE_WIDTH,
        DPU_DATA_CUBE_HEIGHT, DPU_RDMA_RDMA_DATA_CUBE_WIDTH, DPU_RDMA_RDMA_DATA_CUBE_HEIGHT};
    TaskBuilder first;
    first.raw(DPU_FEATURE_MODE_CFG, 0x1e5)
        .raw(DPU_DATA_FORMAT, 2U << 29U | 2U << 26U | 2U)
        .raw(DPU_DATA_CUBE_NOTCH_ADDR, 0)
        .raw(DPU_DATA_CUBE_CHANNEL, 15)
        .raw(DPU_BS_CFG, 0x00020050)
        .raw(DPU_BS_OW_CFG, 0x126)
        .raw(DPU_BS_OW_OP, 0)
        .raw(DPU_BN_CFG, 0x53)
        .raw(DPU_EW_CFG, 0x383)
        .raw(DPU_OUT_CVT_OFFSET, 0)
        .raw(DPU_OUT_CVT_SCALE, 0x10001)
        .raw(DPU_OUT_CVT_SHIFT, 0)
        .raw(DPU_SURFACE_ADD, 40U << 4U)
        .raw(DPU_RDMA_RDMA_DATA_CUBE_CHANNEL, 15)
        .raw(DPU_RDMA_RDMA_BRDMA_CFG, 0)
        .raw(DPU_RDMA_RDMA_NRDMA_CFG, 0)
        .raw(DPU_RDMA_RDMA_ERDMA_CFG, 1)
        .raw(DPU_RDMA_RDMA_FEATURE_MODE_CFG, 1U | 2U << 5U | 2U << 15U)
        .raw(DPU_RDMA_RDMA_SURF_NOTCH, 0);
    for (const std::uint16_t offset : changing) first.raw(offset, value_of(offset));

    Expander expander;
    TaskRun deltas, full;
    std::vector<std::uint16_t> input(bytes / 2);
    for (auto& code : input) code = static_cast<std::uint16_t>(0x3c00 + random() % 512);
    for (TaskRun* run : {&deltas, &full}) {
      run->put(from, input);
      run->put(to, std::vector<std::uint16_t>(bytes / 2));
    }
    for (std::size_t t = 0; t < 12; ++t) {
      std::vector<Word> words = first.words(0x18);
      if (t >= 2) {
        words.clear();
        for (const std::uint16_t offset : changing)
          if (random() % 3 == 0)
            words.push_back(
                Word::make(target_of(*block_of_offset(offset)), offset, value_of(offset)));
      } else {
        words.erase(std::ranges::find_if(words, [](Word w) { return is_operation_enable(w); }),
                    words.end());
      }
      std::vector<Word> expanded = expander.expand(t, words, 0x18);
      for (auto* list : {&words, &expanded}) {
        list->push_back(Word::make(target_operation_enable, offset_operation_enable, 0x18));
        if (list->size() % 2 != 0) list->push_back(Word{0});
      }
      EXPECT_EQ(deltas.execute(words).status, sim::RunStatus::done);
      EXPECT_EQ(full.execute(expanded).status, sim::RunStatus::done);
    }
    ASSERT_EQ(deltas.take<std::uint16_t>(to, bytes / 2), full.take<std::uint16_t>(to, bytes / 2))
        << "seed " << seed;
  }
}

}  // namespace
}  // namespace npuscope::testing
