#include "replay/shape/conv_record.h"

#include <fmt/format.h>

#include <array>
#include <optional>

namespace npuscope {

namespace {

constexpr std::uint32_t bits(std::uint32_t value, unsigned low, unsigned count) {
  return value >> low & ((1U << count) - 1U);
}

// Registers by offset; names as in regdb/registers.xml.
enum Offset : std::uint16_t {
  conv_con1 = 0x100c,
  conv_con3 = 0x1014,
  weight_size2 = 0x1038,
  pad_con0 = 0x1068,
  data_format = 0x4010,
  bn_cfg = 0x4060,
  ew_cfg = 0x4070,
  brdma_cfg = 0x501c,
};
constexpr std::array needed{conv_con1,   conv_con3, weight_size2, pad_con0,
                            data_format, bn_cfg,    ew_cfg};

// The last write counts: the first words of a record repeat registers of its body.
std::optional<std::uint32_t> value_of(const Record& record, std::uint16_t offset) {
  const auto target = target_of(*block_of_offset(offset));
  std::optional<std::uint32_t> value;
  record.for_each_body_word([&](std::size_t, Word word) {
    if (word.offset() == offset && word.target() == target) value = word.value();
  });
  return value;
}

void read_bn_stage(std::uint32_t value, ConvRecordFacts& facts) {
  const bool runs = bits(value, 0, 1) == 0;
  facts.relu = runs && bits(value, 6, 1) == 0;
  const bool slope = bits(value, 5, 1) != 0 && bits(value, 4, 1) == 0;  // PReLU
  facts.other_activation = facts.relu && (bits(value, 7, 1) != 0 || slope);
}

void read_ew_stage(std::uint32_t value, ConvRecordFacts& facts) {
  const bool runs = bits(value, 0, 1) == 0;
  facts.adds = runs && bits(value, 1, 1) == 0;
  facts.has_table = runs && bits(value, 7, 1) == 0;
  facts.relu_after_add = runs && bits(value, 9, 1) == 0;
  if (facts.relu_after_add && bits(value, 10, 1) != 0) facts.other_activation = true;
}

}  // namespace

Result<ConvRecordFacts> read_conv_record(const Record& record) {
  constexpr std::uint32_t depthwise_mode = 3;
  constexpr std::uint32_t precision_f32 = 5;
  std::array<std::uint32_t, needed.size()> values{};
  for (std::size_t i = 0; i < needed.size(); ++i) {
    const auto value = value_of(record, needed[i]);
    if (!value)
      return unreadable(fmt::format("its first record does not write the register at {:#06x}",
                                    static_cast<unsigned>(needed[i])),
                        {});
    values[i] = *value;
  }
  const auto& [con1, con3, weight, pad, format, bn, ew] = values;
  ConvRecordFacts facts;
  facts.depthwise = bits(con1, 0, 4) == depthwise_mode;
  facts.deconvolution = bits(con1, 16, 1) != 0;
  facts.pixels = bits(con1, 29, 2) != 0;
  facts.stride = {.y = bits(con3, 3, 3), .x = bits(con3, 0, 3)};
  facts.dilation = {.y = bits(con3, 21, 5) + 1, .x = bits(con3, 16, 5) + 1};
  facts.kernel = {.y = bits(weight, 16, 5), .x = bits(weight, 24, 5)};
  facts.pad_top = bits(pad, 0, 4);
  facts.pad_left = bits(pad, 4, 4);
  facts.writes_f32 = bits(format, 29, 3) == precision_f32;
  read_bn_stage(bn, facts);
  read_ew_stage(ew, facts);
  facts.reads_bias = value_of(record, brdma_cfg).value_or(0) != 0;
  return facts;
}

}  // namespace npuscope
