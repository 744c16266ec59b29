#include "replay/shape/decoded_rows.h"

#include <algorithm>
#include <set>
#include <vector>

#include "replay/shape/infer_shape.h"

namespace npuscope {

namespace {

struct Key {
  std::string_view name;
  std::uint16_t offset;
};

constexpr Key keys[] = {
    {"cbuf0", 0x1040},        {"data_size0", 0x1020},         {"data_size1", 0x1024},
    {"data_size3", 0x102c},   {"fc_data_size0", 0x1084},      {"fc_data_size1", 0x1088},
    {"dma_con2", 0x1080},     {"weight_size0", 0x1030},       {"weight_size1", 0x1034},
    {"weight_size2", 0x1038}, {"conv_con1", 0x100c},          {"conv_con2", 0x1010},
    {"dst_base", 0x4020},     {"core_dataout_size0", 0x3014}, {"core_dataout_size1", 0x3018},
    {"dcomp_addr", 0x1110},   {"feature_data_addr", 0x1070},  {"dst_surf_stride", 0x4024},
    {"wdma_size0", 0x4058},   {"data_cube_height", 0x4034},   {"data_cube_channel", 0x403c},
    {"wdma_size1", 0x405c},   {"surface_add", 0x40c0}};

constexpr std::uint32_t unled_amount = 104;  // a full record without leading words

std::optional<std::uint32_t> effective(const DecodedJson& json, std::size_t row,
                                       std::uint16_t offset) {
  const auto key = std::find_if(std::begin(keys), std::end(keys),
                                [&](const Key& k) { return k.offset == offset; });
  if (key == std::end(keys)) return std::nullopt;
  while (true) {
    if (const auto value = json.rows[row].value(key->name)) return value;
    if (row < 2) return std::nullopt;
    row -= 2;
  }
}

}  // namespace

std::optional<std::uint16_t> register_of_key(std::string_view key) {
  for (const auto& [name, offset] : keys)
    if (name == key) return offset;
  return std::nullopt;
}

std::size_t one_core_rows(const DecodedJson& json) {
  std::set<std::uint64_t> seen;
  std::size_t count = 0;
  const std::size_t most = std::min({json.rows.size(), json.amounts.size(), json.addresses.size()});
  while (count < most && json.amounts[count] != unled_amount &&
         seen.insert(json.addresses[count]).second)
    ++count;
  return count;
}

std::optional<ConvShape> infer_shape(const DecodedJson& json) {
  std::vector<RegisterLookup> records;
  for (std::size_t row = 0; row < one_core_rows(json); ++row)
    records.push_back([&json, row](std::uint16_t offset) { return effective(json, row, offset); });
  return infer_shape(records);
}

}  // namespace npuscope
