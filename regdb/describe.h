// The meaning of a register value, field by field.
//
//   RegisterReading reading = describe(*db.at(0x1040), 0xb1);
//   for (const FieldReading& field : reading.fields) fmt::print("{}\n", text_of(field));
//     CBUF_CON0 ... "WEIGHT_BANK [7:4] = 11 banks", "DATA_BANK [3:0] = 1 banks"
//
// The results point into the RegisterDb that the register came from and may not outlive it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "regdb/register_db.h"

namespace npuscope {

struct FieldReading {
  const Field* field = nullptr;
  std::uint32_t raw = 0;        // the bits as they stand
  std::int64_t quantity = 0;    // sign, bias and shift applied, in field->unit
  std::string_view value_name;  // "fp16"; empty if the value has no name
  bool violates_zero = false;   // a reserved field that is not 0
};

struct RegisterReading {
  const Register* reg = nullptr;
  std::uint32_t value = 0;
  std::vector<FieldReading> fields;  // every field, highest bit first, zero or not
  std::uint32_t undefined_bits = 0;  // set bits that no field owns
};

[[nodiscard]] RegisterReading describe(const Register& reg, std::uint32_t value);
[[nodiscard]] FieldReading describe(const Field& field, std::uint32_t register_value);

// "DATAIN_WIDTH [26:16] = 224 pixels", "IN_PRECISION [6:4] = fp16 (2)", "WIDTH [12:0] = 56 pixels
// (raw 55)".
[[nodiscard]] std::string text_of(const FieldReading& reading);
// "[26:16]", "[4]".
[[nodiscard]] std::string bit_range(const Field& field);

}  // namespace npuscope
