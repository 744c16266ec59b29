#include "replay/generate/record_registers.h"

#include <fmt/format.h>

namespace npuscope {

namespace {

constexpr std::array<std::uint16_t, 122> order{
    0x4004, 0x5004,
    // CNA
    0x100c, 0x1010, 0x1014, 0x1020, 0x1024, 0x1028, 0x102c, 0x1030, 0x1034, 0x1038, 0x1040, 0x1044,
    0x104c, 0x1050, 0x1054, 0x1058, 0x105c, 0x1060, 0x1064, 0x1068, 0x1070, 0x1074, 0x1078, 0x107c,
    0x1080, 0x1084, 0x1088, 0x1100, 0x1104, 0x1110, 0x1140, 0x1144, 0x1148, 0x114c, 0x1150, 0x1154,
    0x1158, 0x115c, 0x1160, 0x1164, 0x1168, 0x116c, 0x1170, 0x1174, 0x1178, 0x117c, 0x1180, 0x1184,
    // CORE
    0x3010, 0x3014, 0x3018, 0x301c, 0x3030,
    // DPU
    0x400c, 0x4010, 0x4014, 0x4020, 0x4024, 0x4030, 0x4034, 0x4038, 0x403c, 0x4040, 0x4044, 0x4048,
    0x404c, 0x4050, 0x4054, 0x4058, 0x405c, 0x4060, 0x4064, 0x4068, 0x406c, 0x4070, 0x4074, 0x4078,
    0x407c, 0x4080, 0x4084, 0x4088, 0x4090, 0x4094, 0x4098, 0x409c, 0x40a0, 0x40a4, 0x40a8, 0x40ac,
    0x40c0, 0x40c4, 0x4100, 0x4104, 0x4108, 0x410c, 0x4110, 0x4114, 0x4118, 0x411c, 0x4120, 0x4124,
    0x4128, 0x412c,
    // DPU_RDMA
    0x500c, 0x5010, 0x5014, 0x5018, 0x501c, 0x5020, 0x5028, 0x502c, 0x5034, 0x5038, 0x5040, 0x5044,
    0x5048, 0x504c, 0x5064, 0x5068, 0x506c};

// Position in `order` of each register; registers that it lacks have none.
constexpr std::uint8_t no_position = 0xff;
constexpr auto positions = [] {
  std::array<std::uint8_t, 0x6000 / 4> table{};
  table.fill(no_position);
  for (std::size_t i = 0; i < order.size(); ++i) table[order[i] / 4] = static_cast<std::uint8_t>(i);
  return table;
}();

constexpr std::size_t position_of(std::uint16_t offset) {
  return positions[offset / 4];
}

}  // namespace

std::string_view name_of(Base base) {
  constexpr std::array<std::string_view, 8> names{"",         "input",  "weights", "bias",
                                                  "residual", "output", "barrier", "commands"};
  return names[static_cast<std::size_t>(base)];
}

std::span<const std::uint16_t> body_order() {
  return order;
}

RecordRegisters::RecordRegisters() = default;

void RecordRegisters::set(std::uint16_t offset, std::uint32_t value, Base base) {
  values_[position_of(offset)] = value;
  bases_[position_of(offset)] = base;
}

void RecordRegisters::put(const reg::RegisterField& field, std::uint64_t value) {
  if (!field.fits(value) && misfit_.empty())
    misfit_ = fmt::format("{} holds at most {}, not {}", field.name, field.largest(), value);
  std::uint32_t& word = values_[position_of(field.offset)];
  word = (word & ~field.at(field.largest())) | field.at(static_cast<std::uint32_t>(value));
}

std::uint32_t RecordRegisters::value(std::uint16_t offset) const {
  return values_[position_of(offset)];
}

RegisterWrite RecordRegisters::write(std::uint16_t offset) const {
  return {offset, values_[position_of(offset)], bases_[position_of(offset)]};
}

}  // namespace npuscope
