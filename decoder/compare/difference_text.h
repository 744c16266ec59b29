// A difference in words: which field, from what to what, in its units.
//
//   DifferenceText text(a, b, db, result);
//   for (const FieldDifference& f : text.fields(result.registers[0])) ... f.name, f.a, f.b
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "decoder/compare/compare.h"

namespace npuscope {

// One field of a register that differs, or an address.
struct FieldDifference {
  DifferenceClass kind = DifferenceClass::value;
  std::string name;  // "CNA_DATA_SIZE0.DATAIN_HEIGHT", "CNA_FEATURE_DATA_ADDR", "0x1ffc"
  std::string a, b;  // "50 pixels", "fp16 (2)", "input + 0x380"; "unknown" where nothing wrote it
  std::string note;  // "only A writes it", empty if both do
  const Register* reg = nullptr;  // nullptr: the database has none here
  const Field* field = nullptr;   // nullptr: the register as a whole, or bits without a name
};

// The field of a register that holds `value`: "50 pixels", "fp16 (2)", "0x1b".
[[nodiscard]] std::string quantity_text(const Field& field, std::uint32_t value);

class DifferenceText {
 public:
  // All must outlive this.
  DifferenceText(const Opened& a, const Opened& b, const RegisterDb& db, const Comparison& result);

  [[nodiscard]] std::vector<FieldDifference> fields(const RegisterDifference& difference) const;

 private:
  struct Books {
    AddressBook a, b;
  };
  [[nodiscard]] FieldDifference address(const RegisterDifference& difference,
                                        std::string name) const;

  const Opened& a_;
  const Opened& b_;
  const RegisterDb& db_;
  const Comparison& result_;
  std::unique_ptr<RegisterClasses> classes_;
  std::vector<Books> books_;  // of each pair of sets
};

}  // namespace npuscope
