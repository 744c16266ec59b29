#include "tests/support/rknn_examples.h"

#include "decoder/check/view.h"

namespace npuscope::testing {
namespace {

enum : std::uint32_t { weights, input, output, copied, barrier_out, barrier_in };
constexpr std::uint32_t width = 4, surface_bytes = 16 * width * 4;
constexpr std::uint32_t mask_convolution = 0x0d, mask_copy = 0x18, mask_barrier = 0x60;

// Rows [y, y + rows) of surfaces [s, s + surfaces) of the output.
SyntheticRecord convolution(std::uint32_t s, std::uint32_t surfaces, std::uint32_t y,
                            std::uint32_t rows) {
  SyntheticRecord record;
  record.node = 1;
  record.enable_mask = mask_convolution;
  for (const Block block : {Block::cna, Block::core, Block::dpu}) {
    const auto words = complete_block(block);
    record.body.insert(record.body.end(), words.begin(), words.end());
  }
  set_register(record.body, 0x4010, 0x48000002);  // f16 out
  set_register(record.body, 0x4024, surface_bytes);
  set_register(record.body, 0x4058, 8 * surfaces - 1);
  set_register(record.body, 0x405c, (rows - 1) << 16U | (width - 1));
  record.relocations = {{input, 16 * width * y, 0x1070},
                        {weights, s * 0x100, 0x1110},
                        {output, s * surface_bytes + 16 * width * y, 0x4020}};
  return record;
}

// The registers that a short convolution record of the vendor always writes; the rest is inherited.
SyntheticRecord short_convolution(std::uint32_t y) {
  SyntheticRecord record = convolution(0, 2, y, 1);
  std::erase_if(record.body, [](Word word) {
    switch (word.offset()) {
      case 0x100c:
      case 0x1040:
      case 0x1070:
      case 0x1084:
      case 0x1088:
      case 0x1100:
      case 0x1104:
      case 0x1110:
      case 0x4004:
      case 0x4020:
      case 0x4058:
      case 0x405c:
        return false;
      default:
        return true;
    }
  });
  return record;
}

SyntheticRecord copy() {
  SyntheticRecord record;
  record.node = 2;
  record.enable_mask = mask_copy;
  for (const Block block : {Block::dpu, Block::dpu_rdma}) {
    const auto words = complete_block(block);
    record.body.insert(record.body.end(), words.begin(), words.end());
  }
  set_register(record.body, 0x5034, 1);  // no element-wise operand
  record.relocations = {{copied, 0, 0x4020}, {output, 0, 0x5018}};
  return record;
}

SyntheticRecord shared_copy() {
  SyntheticRecord record;
  record.node = 2;
  record.enable_mask = mask_copy;
  record.shared = 4;
  return record;
}

SyntheticRecord barrier() {
  SyntheticRecord record;
  record.node = 1;
  record.enable_mask = mask_barrier;
  for (const Block block : {Block::ppu, Block::ppu_rdma}) {
    const auto words = complete_block(block);
    record.body.insert(record.body.end(), words.begin(), words.end());
  }
  record.relocations = {{barrier_out, 0, 0x6070}, {barrier_in, 0, 0x701c}};
  return record;
}

}  // namespace

std::vector<Word> complete_block(Block block) {
  std::vector<Word> words;
  const auto page = static_cast<std::uint16_t>(static_cast<unsigned>(block) << 12U);
  for (unsigned offset = page; offset < page + 0x1000U; offset += 4) {
    const auto at = static_cast<std::uint16_t>(offset);
    if (model_rules::place_in_set(block, at) < 0) continue;
    words.push_back(Word::make(target_of(block), at, at == facts_of(block).s_pointer ? 0xe : 0));
  }
  return words;
}

void set_register(std::vector<Word>& body, std::uint16_t offset, std::uint32_t value) {
  for (auto word = body.rbegin(); word != body.rend(); ++word) {
    if (word->offset() != offset) continue;
    *word = Word::make(word->target(), offset, value);
    return;
  }
}

SyntheticModel small_convolution() {
  SyntheticModel model;
  const std::vector<std::uint8_t> barrier_bytes(64);
  model.tensors = {
      {"conv.weight",
       10,
       65,
       TensorKind::constant,
       {1, 1, 1, 1, 16, 16},
       {16, 8, 1, 1},
       512,
       0,
       std::vector<std::uint8_t>(512, 0x3c)},
      {"input", 10, 64, TensorKind::input, {1, 1, 4, 4, 8}, {1, 8, 4, 4}, 256, 0, {}},
      {"output", 10, 64, TensorKind::output, {1, 2, 4, 4, 8}, {1, 16, 4, 4}, 512, 256, {}},
      {"copy", 10, 64, TensorKind::output, {1, 2, 4, 4, 8}, {1, 16, 4, 4}, 512, 768, {}},
      {"tempMC1_output",
       3,
       64,
       TensorKind::constant,
       {1, 2, 1, 1, 16},
       {1, 32, 1, 1},
       64,
       0,
       barrier_bytes},
      {"tempMC1_input",
       3,
       64,
       TensorKind::constant,
       {1, 2, 1, 1, 16},
       {1, 32, 1, 1},
       64,
       0,
       barrier_bytes},
  };
  model.nodes = {{"InputOperator", 0, {}, {input}},
                 {"Conv", 2, {input, weights}, {output}},
                 {"Identity", 2, {output}, {copied}},
                 {"OutputOperator", 0, {output, copied}, {}}};
  model.inputs = {input};
  model.outputs = {output, copied};
  model.lists[0] = {convolution(0, 2, 0, 1), convolution(0, 2, 1, 1), short_convolution(2),
                    short_convolution(3), copy()};
  model.lists[1] = {convolution(0, 1, 0, 4), barrier(), shared_copy()};
  model.lists[2] = {convolution(1, 1, 0, 4), barrier()};
  model.lists[3] = {convolution(0, 2, 0, 2), barrier(), shared_copy()};
  model.lists[4] = {convolution(0, 2, 2, 1), barrier()};
  model.lists[5] = {convolution(0, 2, 3, 1), barrier()};
  return model;
}

}  // namespace npuscope::testing
