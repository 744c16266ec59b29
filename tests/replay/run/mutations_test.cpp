// Rules that were decided on whole models, undone one by one: each must change the outputs of as
// many files as it changed in the independent model that decided it (HWM-T2). A rule that changes
// nothing would not be tested by these files.
//
// Most rules are undone in the program: registers are rewritten so that the right simulator
// computes what a wrong one would compute from the original. The others are knobs.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "regdb/register_fields.h"
#include "tests/corpus.h"
#include "tests/replay/run/corpus_model.h"
#include "tests/replay/run/expanded_records.h"
#include "tests/replay/tensor/packed_constants.h"

namespace npuscope::testing {
namespace {

using namespace reg;

// A full record as registers.
class Registers {
 public:
  explicit Registers(std::vector<Word>& words) : words_(words) {}

  [[nodiscard]] std::uint32_t raw(std::uint16_t offset) const {
    const auto found = find(offset);
    return found == words_.end() ? 0 : found->value();
  }
  [[nodiscard]] std::uint32_t operator[](const RegisterField& field) const {
    return field.in(raw(field.offset));
  }
  void set(const RegisterField& field, std::uint32_t value) {
    const auto found = find(field.offset);
    if (found == words_.end()) return;
    const std::uint32_t mask = field.in(0xffffffffU) << field.low;
    *found = Word::make(found->target(), found->offset(),
                        (found->value() & ~mask) | (value << field.low & mask));
  }

 private:
  [[nodiscard]] std::vector<Word>::iterator find(std::uint16_t offset) const {
    return std::ranges::find_if(words_, [offset](Word w) { return w.offset() == offset; });
  }
  std::vector<Word>& words_;
};

using Edit = void (*)(Registers&);

struct Mutation {
  std::string_view rule;
  std::size_t files;      // of container v6 whose outputs change, at least
  std::size_t old_files;  // of container v1
  Edit edit = nullptr;
  bool one_group = false;  // registers persist from the task before
  sim::Knobs knobs{};
};

std::uint32_t reader_line(const Registers& r) {
  return r[DPU_RDMA_RDMA_DATA_CUBE_WIDTH_WIDTH] + 1 +
         r[DPU_RDMA_RDMA_DATA_CUBE_HEIGHT_EW_LINE_NOTCH_ADDR];
}

const Mutation mutations[] = {
    {"stride 0", 5, 0,
     [](Registers& r) {
       for (const RegisterField& field : {CNA_CONV_CON3_CONV_X_STRIDE, CNA_CONV_CON3_CONV_Y_STRIDE})
         if (r[field] == 0) r.set(field, 1);
     }},
    {"dilation", 1, 0,
     [](Registers& r) {
       r.set(CNA_CONV_CON3_ATROUS_X_DILATION, 0);
       r.set(CNA_CONV_CON3_ATROUS_Y_DILATION, 0);
     }},
    {"pitch of the main reader", 9, 0,
     [](Registers& r) {  // all lines with their notch
       r.set(DPU_RDMA_RDMA_SURF_NOTCH_SURF_NOTCH_ADDR,
             r[DPU_RDMA_RDMA_SURF_NOTCH_SURF_NOTCH_ADDR] +
                 r[DPU_RDMA_RDMA_SRC_DMA_CFG_LINE_NOTCH_ADDR]);
     }},
    {"pitch of the operand's reader", 3, 0,
     [](Registers& r) {  // from EW_SURF_STRIDE
       const std::uint32_t dense = r[DPU_RDMA_RDMA_DATA_CUBE_HEIGHT_HEIGHT] * reader_line(r) +
                                   r[DPU_RDMA_RDMA_DATA_CUBE_WIDTH_WIDTH] + 1;
       if (r[DPU_RDMA_RDMA_EW_SURF_STRIDE_EW_SURF_STRIDE] != 0)
         r.set(DPU_RDMA_RDMA_EW_SURF_NOTCH_EW_SURF_NOTCH,
               r[DPU_RDMA_RDMA_EW_SURF_STRIDE_EW_SURF_STRIDE] - dense);
     }},
    {"two readers for the main input", 2, 0,
     [](Registers& r) {
       if (r[DPU_RDMA_RDMA_FEATURE_MODE_CFG_COMB_USE] != 3) return;
       r.set(DPU_RDMA_RDMA_FEATURE_MODE_CFG_COMB_USE, 0);
       r.set(DPU_RDMA_RDMA_ERDMA_CFG_ERDMA_DISABLE, 1);
     }},
    {"two readers for the operand", 3, 0,
     [](Registers& r) {
       if (r[DPU_RDMA_RDMA_FEATURE_MODE_CFG_COMB_USE] == 5)
         r.set(DPU_RDMA_RDMA_FEATURE_MODE_CFG_COMB_USE, 0);
     }},
    {"transposed store", 9, 0, [](Registers& r) { r.set(DPU_BS_OW_CFG_TP_ORG_EN, 0); }},
    {"columns to surfaces", 2, 0, [](Registers& r) { r.set(DPU_FEATURE_MODE_CFG_TP_EN, 0); }},
    {"unpooling", 3, 0, [](Registers& r) { r.set(DPU_RDMA_RDMA_SRC_DMA_CFG_UNPOOLING_EN, 0); }},
    {"notch of the PPU", 1, 0, [](Registers& r) { r.set(PPU_OPERATION_MODE_CFG_NOTCH_ADDR, 0); }},
    {"window sums", 3, 0, [](Registers& r) { r.set(CORE_MISC_CFG_QD_EN, 0); }},
    {"order of the operand's converter", 3, 0,
     [](Registers& r) {
       if (r[DPU_EW_CFG_EW_OP_CVT_BYPASS] == 0)
         r.set(DPU_EW_CFG_EW_CVT_TYPE, 1 - r[DPU_EW_CFG_EW_CVT_TYPE]);
     }},
    {"ReLU behind the operation", 4, 0, [](Registers& r) { r.set(DPU_EW_CFG_EW_RELU_BYPASS, 1); }},
    {"two groups of registers", 5, 0, nullptr, true},
    {"three cells stored as four", 1, 0, nullptr, false, {.short_remainders = true}},
    {"BS adds first", 3, 0, nullptr, false, {.bias_scale_multiplies_first = true}},
    {"BN multiplies first", 0, 1, nullptr, false, {.batch_norm_adds_first = true}},
    {"the table before the operation", 1, 0, nullptr, false, {.looks_up_last = true}},
    {"padding never wins", 2, 0, nullptr, false, {.padding_wins = true}},
    {"padding in real lanes only", 0, 1, nullptr, false, {.pads_every_lane = true}},
    {"subnormals of f16 are kept", 12, 0, nullptr, false, {.flushes_subnormals = true}},
};

TEST(Mutations, EachRuleIsNeededByAsManyFilesAsMeasured) {
  NPUSCOPE_NEEDS_CORPUS();
  std::vector<std::size_t> changed(std::size(mutations)), old_changed(std::size(mutations));
  for (const auto& path : corpus_models()) {
    const CorpusModel model(path);
    if (model.model().list_lengths[0] == 0) continue;
    ModelRun right = model.prepare({.cores = 1});
    if (right.run().status != sim::RunStatus::done) continue;
    const auto expected = model.output_bytes(right);
    for (std::size_t i = 0; i < std::size(mutations); ++i) {
      const Mutation& mutation = mutations[i];
      // A program without a word to change computes the same.
      bool touched = mutation.edit == nullptr;
      const auto edit = [&mutation, &touched](std::vector<Word>& words) {
        if (mutation.edit == nullptr) return;
        const std::vector<Word> before = words;
        Registers registers(words);
        mutation.edit(registers);
        touched = touched || before != words;
      };
      ModelRun wrong =
          model.prepare({.cores = 1,
                         .simulator = {.knobs = mutation.knobs},
                         .edit = [&mutation, &edit](LinkedModel& linked) -> Result<void> {
                           expand_records(linked.image, edit, !mutation.one_group);
                           return {};
                         }});
      if (!touched) continue;
      (void)wrong.run();
      const bool differs = model.output_bytes(wrong) != expected;
      (model.model().container_version >= 6 ? changed : old_changed)[i] += differs ? 1 : 0;
    }
  }
  for (std::size_t i = 0; i < std::size(mutations); ++i) {
    const Mutation& mutation = mutations[i];
    fmt::print("{:<36} {:>2} files change (at least {}), {} of v1 (at least {})\n", mutation.rule,
               changed[i], mutation.files, old_changed[i], mutation.old_files);
    EXPECT_GE(changed[i], mutation.files) << mutation.rule;
    EXPECT_GE(old_changed[i], mutation.old_files) << mutation.rule;
  }
}

}  // namespace
}  // namespace npuscope::testing
