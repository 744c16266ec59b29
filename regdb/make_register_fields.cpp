// Writes regdb/register_fields.h: a constant for every register and field of registers.xml.
#include <fmt/format.h>

#include <cstdio>

#include "regdb/register_db.h"

int main() {
  fmt::print(
      "// Made from regdb/registers.xml by regdb/make_register_fields.cpp.\n"
      "#pragma once\n\n"
      "#include \"regdb/register_field.h\"\n\n"
      "namespace npuscope::reg {{\n\n");
  for (const npuscope::Register& reg : npuscope::RegisterDb::builtin().registers()) {
    if (!reg.block) continue;  // no command word reaches it
    fmt::print("inline constexpr std::uint16_t {} = {:#06x};\n", reg.full_name, reg.offset);
    for (const npuscope::Field& field : reg.fields)
      if (!field.must_be_zero)
        fmt::print("inline constexpr RegisterField {}{{{:#06x}, {}, {}, \"{}\"}};\n",
                   field.full_name, reg.offset, field.low, field.high, field.full_name);
  }
  fmt::print("\n}}  // namespace npuscope::reg\n");
  return std::fflush(stdout) == 0 ? 0 : 1;
}
