#include "replay/guard/health_probe.h"

#include <cstring>

#include "decoder/word.h"
#include "regdb/register_fields.h"
#include "replay/tensor/float16.h"

namespace npuscope::guard {

namespace {

// A cube of 4 x 4 pixels of 8 channels, f16: 16 bytes a pixel.
constexpr std::uint32_t width = 4, height = 4, channels = 8;
constexpr std::uint32_t values = width * height * channels, surface = width * height * 16;
constexpr std::uint32_t buffer_bytes = 4096;
constexpr std::uint32_t commands_at = 0x10000000, a_at = 0x10010000, b_at = 0x10020000,
                        output_at = 0x10030000;
constexpr std::uint32_t dpu_and_rdma = 0x18, dpu_interrupt = 0x300, clear_all = 0x1ffff;

class Words {
 public:
  void dpu(std::uint16_t offset, std::uint32_t value) { add(Block::dpu, offset, value); }
  void rdma(std::uint16_t offset, std::uint32_t value) { add(Block::dpu_rdma, offset, value); }
  void put(Word word) { words_.push_back(word); }
  [[nodiscard]] const std::vector<Word>& words() const { return words_; }

 private:
  void add(Block block, std::uint16_t offset, std::uint32_t value) {
    put(Word::make(target_of(block), offset, value));
  }
  std::vector<Word> words_;
};

// S_POINTER: bits 4 and 5 clear pointer and executer, then both toggle by themselves (KABI 5.3).
void arm(Words& words) {
  constexpr std::uint32_t clear = 0x3e, ping_pong = 0x0e;
  for (const std::uint32_t value : {clear, ping_pong}) {
    words.dpu(reg::DPU_S_POINTER, value);
    words.rdma(reg::DPU_RDMA_RDMA_S_POINTER, value);
  }
}

// Element-wise addition in f16, as hand-written public clients configure it.
void add_cubes(Words& words) {
  words.dpu(reg::DPU_FEATURE_MODE_CFG, 0x1e5);  // flying mode: the input comes from DPU_RDMA
  words.dpu(reg::DPU_DATA_FORMAT, 0x48000002);  // f16 in, out and between
  words.dpu(reg::DPU_DST_BASE_ADDR, output_at);
  words.dpu(reg::DPU_DST_SURF_STRIDE, surface);
  words.dpu(reg::DPU_DATA_CUBE_WIDTH, width - 1);
  words.dpu(reg::DPU_DATA_CUBE_HEIGHT, height - 1);
  words.dpu(reg::DPU_DATA_CUBE_NOTCH_ADDR, 0);
  words.dpu(reg::DPU_DATA_CUBE_CHANNEL, (channels - 1) << 16U | (channels - 1));
  words.dpu(reg::DPU_BS_CFG, 0x53);  // bypassed
  words.dpu(reg::DPU_BS_OW_CFG, 0x126);
  words.dpu(reg::DPU_BS_OW_OP, 0);
  words.dpu(reg::DPU_WDMA_SIZE_0, channels - 1);
  words.dpu(reg::DPU_WDMA_SIZE_1, (height - 1) << 16U | (width - 1));
  words.dpu(reg::DPU_BN_CFG, 0x53);        // bypassed
  words.dpu(reg::DPU_EW_CFG, 0x108203c0);  // add the operand of the ERDMA
  words.dpu(reg::DPU_EW_CVT_SCALE_VALUE, 1);
  words.dpu(reg::DPU_OUT_CVT_OFFSET, 0);
  words.dpu(reg::DPU_OUT_CVT_SCALE, 0x10001);
  words.dpu(reg::DPU_OUT_CVT_SHIFT, 0);
  words.dpu(reg::DPU_SURFACE_ADD, 2 * surface);
  words.rdma(reg::DPU_RDMA_RDMA_DATA_CUBE_WIDTH, width - 1);
  words.rdma(reg::DPU_RDMA_RDMA_DATA_CUBE_HEIGHT, height - 1);
  words.rdma(reg::DPU_RDMA_RDMA_DATA_CUBE_CHANNEL, channels - 1);
  words.rdma(reg::DPU_RDMA_RDMA_SRC_BASE_ADDR, a_at);
  words.rdma(reg::DPU_RDMA_RDMA_BRDMA_CFG, 0);
  words.rdma(reg::DPU_RDMA_RDMA_NRDMA_CFG, 0);
  words.rdma(reg::DPU_RDMA_RDMA_ERDMA_CFG, 0x40000008);
  words.rdma(reg::DPU_RDMA_RDMA_EW_BASE_ADDR, b_at);
  words.rdma(reg::DPU_RDMA_RDMA_EW_SURF_STRIDE, surface);
  words.rdma(reg::DPU_RDMA_RDMA_FEATURE_MODE_CFG, 0x17841);
  words.rdma(reg::DPU_RDMA_RDMA_SRC_DMA_CFG, 0);
  words.rdma(reg::DPU_RDMA_RDMA_SURF_NOTCH, 0);
  words.rdma(reg::DPU_RDMA_RDMA_EW_SURF_NOTCH, 0);
}

// Exact in f16.
float operand(std::uint32_t index, std::uint32_t factor) {
  return static_cast<float>(index * factor);
}

std::vector<std::byte> cube(std::uint32_t factor) {
  std::vector<std::byte> bytes(2 * values);
  for (std::uint32_t i = 0; i < values; ++i) {
    const std::uint16_t bits = f16_from_f32(operand(i, factor));
    std::memcpy(&bytes[2 * std::size_t{i}], &bits, sizeof bits);
  }
  return bytes;
}

}  // namespace

std::string_view name_of(ProbeForm form) {
  return form == ProbeForm::inherit ? "inherit" : "armed";
}

std::string_view name_of(Health health) {
  constexpr std::string_view names[] = {"well", "polluted pointers", "stuck"};
  return names[static_cast<std::size_t>(health)];
}

Health health_of(bool inherit_passed, bool armed_passed) {
  if (inherit_passed && armed_passed) return Health::well;
  return armed_passed ? Health::polluted : Health::stuck;
}

ReplayProgram probe_program(ProbeForm form) {
  Words words;
  if (form == ProbeForm::armed) arm(words);
  add_cubes(words);
  const Word enable = Word::make(target_operation_enable, offset_operation_enable, dpu_and_rdma);
  // Without a tail the word that starts the blocks belongs to the body; zeros follow (KABI-L32).
  std::uint32_t amount = 0;
  if (form == ProbeForm::inherit) {
    words.put(enable);
    amount = static_cast<std::uint32_t>(words.words().size());
  } else {
    amount = static_cast<std::uint32_t>(words.words().size());
    words.put(Word{});
    words.put(Word::make(target_of(Block::pc), offset_pc_register_amounts, 0));
    words.put(Word::make(target_marker, 0, 0));
    words.put(enable);
  }
  std::vector<std::byte> commands(buffer_bytes);
  std::memcpy(commands.data(), words.words().data(), words.words().size() * sizeof(Word));
  Image image;
  image.buffers = {{"commands", BufferRole::commands, commands_at, buffer_bytes, commands},
                   {"a", BufferRole::input, a_at, buffer_bytes, cube(1)},
                   {"b", BufferRole::input, b_at, buffer_bytes, cube(2)},
                   {"output", BufferRole::output, output_at, buffer_bytes, {}}};
  const Task task{0, 1, dpu_and_rdma, dpu_interrupt, clear_all, 0, amount, 0, commands_at};
  image.lanes = {{0, {task}, 0}};
  return *replay_program(std::move(image), RegisterDb::builtin());  // has a task
}

bool probe_is_right(std::span<const std::byte> output) {
  const std::vector<std::byte> sums = cube(3);
  return output.size() >= sums.size() && std::memcmp(output.data(), sums.data(), sums.size()) == 0;
}

}  // namespace npuscope::guard
