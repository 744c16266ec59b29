#include "tests/replay/sim/client_program.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "decoder/task.h"
#include "regdb/register_fields.h"

namespace npuscope::testing {

namespace {

using namespace reg;

constexpr std::uint32_t commands_at = 0x100000, weights_at = 0x1000000, input_at = 0x10000000,
                        output_at = 0x20000000;
// Reads of wrong strides go on behind a tensor, where fresh memory is zero.
constexpr std::size_t command_bytes = 0x1000, slack = 0x100000;
constexpr std::uint32_t cell = 16, lanes = 8;

std::uint32_t up(std::uint32_t value, std::uint32_t unit) {
  return (value + unit - 1) / unit * unit;
}
std::uint32_t cdiv(std::uint32_t a, std::uint32_t b) {
  return (a + b - 1) / b;
}

class Words {
 public:
  void add(Block block, std::uint16_t offset, std::uint32_t value) {
    words_.push_back(Word::make(target_of(block), offset, value));
  }
  void end(std::uint32_t enable_mask) {
    words_.push_back(Word{0});
    words_.push_back(Word::make(target_of(Block::pc), offset_pc_register_amounts, 0));
    words_.push_back(Word::make(target_marker, 0, 0));
    words_.push_back(Word::make(target_operation_enable, offset_operation_enable, enable_mask));
    if (words_.size() % 2 != 0) words_.push_back(Word{0});
  }
  [[nodiscard]] std::vector<Word> take() { return std::move(words_); }

 private:
  std::vector<Word> words_;
};

}  // namespace

ClientRun::ClientRun(const ConvRun& run, ClientPlan plan, ClientFaults faults)
    : run_(run), plan_(std::move(plan)), faults_(faults) {
  const ConvShape& s = run.shape();
  pixels_ = s.in_channels <= 4;
  spatial_ = s.kernel_height > 1 || s.kernel_width > 1;
  channels_ = pixels_ ? 8 : up(s.in_channels, 16);
  width_ = up(s.in_width, cdiv(16, channels_));
}

std::vector<ClientRun::Tile> ClientRun::tiles() const {
  const ConvShape& s = run_.shape();
  const bool by_rows = plan_.split.find('Y', 3) != std::string::npos;
  const std::uint32_t y_step = by_rows ? plan_.y_step : s.out_height();
  std::vector<Tile> tiles;
  for (std::uint32_t y = 0; y < s.out_height(); y += y_step)
    for (std::uint32_t k = 0; k < s.out_channels; k += plan_.k_step)
      tiles.push_back(
          {y, std::min(y_step, s.out_height() - y), k, std::min(plan_.k_step, s.out_channels - k)});
  return tiles;
}

std::uint32_t ClientRun::data_banks(std::uint32_t lines) const {
  const bool by_rows = plan_.split.find('Y', 3) != std::string::npos;
  if (by_rows || (pixels_ && spatial_)) return 11;
  std::uint32_t grains = lines + run_.shape().kernel_height;
  if (!(pixels_ && spatial_)) grains = std::min(grains, up(cdiv(65536, width_ * channels_ * 2), 2));
  return std::clamp(cdiv(width_ * grains * channels_ * 2, 32768), 1U, 11U);
}

std::vector<Word> ClientRun::task(const Tile& tile) const {
  const ConvShape& s = run_.shape();
  const bool by_rows = plan_.split.find('Y', 3) != std::string::npos;
  const std::uint32_t lines = by_rows ? tile.rows + s.kernel_height - 1 : s.in_height;
  const std::uint32_t banks = data_banks(lines);
  const std::uint32_t line = pixels_ ? width_ : 4 * width_;
  const std::int32_t surface = faults_.surface_stride.value_or(
      s.in_height > 4 ? static_cast<std::int32_t>(width_ * (s.in_height - 4)) : 0);
  const std::uint32_t row_bytes = pixels_ ? width_ * s.in_channels * 2 : width_ * cell;
  const std::uint32_t pixels = s.out_width() * tile.rows;
  const std::uint32_t plane = s.out_width() * s.out_height();
  const std::uint32_t stored = up(tile.kernels, 16);

  Words words;
  words.add(Block::dpu, DPU_S_POINTER, 0xe);
  const std::uint32_t pixel_mode = pixels_ ? (7 + s.in_channels) << 12U | 3U << 29U : 0;
  words.add(Block::cna, CNA_CONV_CON1, 2U << 4U | 2U << 7U | pixel_mode);
  words.add(Block::cna, CNA_CONV_CON2, 0);
  words.add(Block::cna, CNA_CONV_CON3, s.stride_x | s.stride_y << 3U);
  words.add(Block::cna, CNA_DATA_SIZE0, width_ << 16U | lines);
  words.add(Block::cna, CNA_DATA_SIZE1, (s.in_channels - 1) << 16U | channels_);
  words.add(Block::cna, CNA_DATA_SIZE2, s.out_width());
  words.add(Block::cna, CNA_DATA_SIZE3, pixels);
  words.add(Block::cna, CNA_WEIGHT_SIZE2,
            s.kernel_width << 24U | s.kernel_height << 16U | tile.kernels);
  words.add(Block::cna, CNA_CBUF_CON0, (12 - banks) << 4U | banks);
  words.add(Block::cna, CNA_CBUF_CON1, cdiv(width_ * channels_ * 2, 64));
  words.add(Block::cna, CNA_FC_CON0, 0);
  words.add(Block::cna, CNA_PAD_CON0, 0);
  words.add(Block::cna, CNA_FEATURE_DATA_ADDR, input_at + tile.y * s.stride_y * row_bytes);
  words.add(Block::cna, CNA_DMA_CON1, line);
  words.add(Block::cna, CNA_DMA_CON2, static_cast<std::uint32_t>(surface) & 0xfffffffU);
  words.add(Block::cna, CNA_DCOMP_CTRL, 0);
  words.add(Block::cna, CNA_DCOMP_REGNUM, 0);
  words.add(Block::cna, CNA_DCOMP_ADDR0, weights_at);
  words.add(Block::cna, CNA_PAD_CON1, 0);
  words.add(Block::core, CORE_MISC_CFG, 2U << 8U);
  words.add(Block::core, CORE_DATAOUT_SIZE_0, (tile.rows - 1) << 16U | (s.out_width() - 1));
  words.add(Block::core, CORE_DATAOUT_SIZE_1, stored - 1);
  words.add(Block::core, CORE_CLIP_TRUNCATE, 0);
  words.add(Block::dpu, DPU_FEATURE_MODE_CFG, 0x1e4);
  words.add(Block::dpu, DPU_DATA_FORMAT, 2U << 29U | 2U << 26U | 2U);
  words.add(Block::dpu, DPU_DST_BASE_ADDR,
            output_at + (tile.kernel / lanes * plane + tile.y * s.out_width()) * cell);
  words.add(Block::dpu, DPU_DST_SURF_STRIDE, plane << 4U);
  words.add(Block::dpu, DPU_DATA_CUBE_WIDTH, s.out_width() - 1);
  words.add(Block::dpu, DPU_DATA_CUBE_HEIGHT, tile.rows - 1);
  words.add(Block::dpu, DPU_DATA_CUBE_NOTCH_ADDR, 0);
  words.add(Block::dpu, DPU_DATA_CUBE_CHANNEL, (stored - 1) << 16U | (stored - 1));
  words.add(Block::dpu, DPU_BS_CFG, 0x53);
  words.add(Block::dpu, DPU_BS_OW_CFG, 0x126);
  words.add(Block::dpu, DPU_BS_OW_OP, 0);
  words.add(Block::dpu, DPU_BN_CFG, 0x53);
  words.add(Block::dpu, DPU_EW_CFG, 0x383);
  words.add(Block::dpu, DPU_OUT_CVT_OFFSET, 0);
  words.add(Block::dpu, DPU_OUT_CVT_SCALE, 1U << 16U | 1U);
  words.add(Block::dpu, DPU_OUT_CVT_SHIFT, 0);
  words.add(Block::dpu, DPU_SURFACE_ADD, plane * 2 << 4U);
  words.end(0x0d);
  return words.take();
}

// A dense cube, or interleaved pixels with rows of an even width.
std::vector<std::uint16_t> ClientRun::packed_input() const {
  const ConvShape& s = run_.shape();
  std::vector<std::uint16_t> packed(std::size_t{channels_} * s.in_height * width_);
  for (std::uint32_t c = 0; c < s.in_channels; ++c)
    for (std::uint32_t y = 0; y < s.in_height; ++y)
      for (std::uint32_t x = 0; x < s.in_width; ++x) {
        const std::size_t place =
            pixels_ ? (std::size_t{y} * width_ + x) * s.in_channels + c
                    : ((std::size_t{c / lanes} * s.in_height + y) * width_ + x) * lanes + c % lanes;
        packed[place] = run_.input()[(std::size_t{c} * s.in_height + y) * s.in_width + x];
      }
  return packed;
}

// 1x1 kernels of many channels in blocks of 32 of the real channels; other 1x1 kernels without
// blocks; larger ones in blocks of the streamed channels.
std::vector<std::uint16_t> ClientRun::packed_weights(const Tile& tile) const {
  const ConvShape& s = run_.shape();
  const std::uint32_t window = s.kernel_height * s.kernel_width;
  const bool blocks = spatial_ || s.in_channels >= 64;
  const std::uint32_t stored = !spatial_ && s.in_channels >= 64 ? s.in_channels : channels_;
  const std::uint32_t block = blocks ? 32 : stored;
  std::vector<std::uint16_t> packed;
  const auto weight = [&](std::uint32_t k, std::uint32_t c, std::uint32_t place) {
    if (k >= tile.kernels || c >= s.in_channels) return std::uint16_t{0};
    return run_.weights()[(std::size_t{tile.kernel + k} * s.in_channels + c) * window + place];
  };
  for (std::uint32_t k0 = 0; k0 < tile.kernels; k0 += 16) {
    const std::uint32_t end = faults_.fills_last_group ? k0 + 16 : std::min(k0 + 16, tile.kernels);
    for (std::uint32_t c0 = 0; c0 < stored; c0 += block)
      for (std::uint32_t place = 0; place < window; ++place)
        for (std::uint32_t k = k0; k < end; ++k)
          for (std::uint32_t c = c0; c < std::min(c0 + block, stored); ++c)
            packed.push_back(weight(k, c, place));
  }
  return packed;
}

std::vector<std::uint16_t> ClientRun::unpacked_output(std::span<const std::byte> memory) const {
  const ConvShape& s = run_.shape();
  const std::size_t plane = std::size_t{s.out_width()} * s.out_height();
  std::vector<std::uint16_t> plain(s.out_channels * plane);
  for (std::size_t k = 0; k < s.out_channels; ++k)
    for (std::size_t p = 0; p < plane; ++p)
      std::memcpy(&plain[k * plane + p],
                  memory.data() + ((k / lanes * plane + p) * lanes + k % lanes) * 2, 2);
  return plain;
}

ClientResult ClientRun::simulate() const {
  sim::Simulator simulator;
  sim::AddressSpace& memory = simulator.memory();
  const ConvShape& s = run_.shape();
  const std::vector<std::uint16_t> input = packed_input();
  std::vector<std::byte> output(std::size_t{up(s.out_channels, 32)} * s.out_width() *
                                s.out_height() * 2);
  EXPECT_TRUE(memory.map(commands_at, command_bytes, "commands"));
  EXPECT_TRUE(memory.map(weights_at, run_.weights().size() * 4 + slack, "weights"));
  EXPECT_TRUE(memory.map(input_at, input.size() * 2 + slack, "input"));
  EXPECT_TRUE(memory.map(output_at, output.size(), "output"));
  EXPECT_TRUE(memory.write(input_at, std::as_bytes(std::span(input))));
  ClientResult result;
  for (const Tile& tile : tiles()) {
    const std::vector<Word> words = task(tile);
    EXPECT_TRUE(memory.write(commands_at, std::as_bytes(std::span(words))));
    const std::vector<std::uint16_t> weights = packed_weights(tile);
    EXPECT_TRUE(memory.write(weights_at, std::as_bytes(std::span(weights))));
    const auto amount = static_cast<std::uint32_t>(words.size() / 2 - 1);
    const sim::RunResult part = simulator.run_chain({0, commands_at, amount, 1});
    EXPECT_EQ(part.status, sim::RunStatus::done) << part.reason;
    for (const sim::Event& event : part.events)
      if (event.rule == "E1")
        result.overflows = true;
      else if (event.kind == sim::EventKind::violation)
        result.others.push_back(event.rule + " " + event.text);
  }
  EXPECT_TRUE(memory.read(output_at, output));
  result.output = unpacked_output(output);
  return result;
}

}  // namespace npuscope::testing
