#include "regdb/describe.h"

#include <fmt/format.h>

namespace npuscope {

FieldReading describe(const Field& field, std::uint32_t register_value) {
  FieldReading reading;
  reading.field = &field;
  reading.raw = field.extract(register_value);
  reading.quantity = field.quantity(register_value);
  reading.violates_zero = field.must_be_zero && reading.raw != 0;
  if (field.values != nullptr) {
    if (const auto* named = field.values->find(reading.raw)) reading.value_name = named->name;
  }
  return reading;
}

RegisterReading describe(const Register& reg, std::uint32_t value) {
  RegisterReading reading;
  reading.reg = &reg;
  reading.value = value;
  reading.undefined_bits = value & reg.unowned_bits();
  reading.fields.reserve(reg.fields.size());
  for (const auto& field : reg.fields) reading.fields.push_back(describe(field, value));
  return reading;
}

std::string bit_range(const Field& field) {
  if (field.low == field.high) return fmt::format("[{}]", field.low);
  return fmt::format("[{}:{}]", field.high, field.low);
}

std::string text_of(const FieldReading& reading) {
  const auto& field = *reading.field;
  auto text = fmt::format("{} {} = ", field.name, bit_range(field));
  if (!reading.value_name.empty()) {
    return text + fmt::format("{} ({})", reading.value_name, reading.raw);
  }
  const bool whole_address = field.low == 0 && field.high == 31 && field.unit == "bytes";
  text += whole_address ? fmt::format("{:#x}", reading.raw) : fmt::format("{}", reading.quantity);
  if (!field.unit.empty() && !whole_address) text += " " + field.unit;
  if (reading.quantity != static_cast<std::int64_t>(reading.raw)) {
    text += fmt::format(" (raw {})", reading.raw);
  }
  if (reading.violates_zero) text += ", but must be 0";
  return text;
}

}  // namespace npuscope
