// What the registers of the NPU are called and what their fields mean.
//
//   const RegisterDb& db = RegisterDb::builtin();
//   const Register* reg = db.at(0x1040);                 // CNA_CBUF_CON0
//   for (const Field& f : reg->fields) ... f.extract(0xb1) ...
//
// A RegisterDb is immutable after loading and owns everything that its pointers name; it may be
// read from any number of threads. Names and fields come from registers.xml (rules-ng-ng schema),
// meanings from semantics.xml over it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regdb/block.h"
#include "regdb/error.h"

namespace npuscope {

enum class FieldType : std::uint8_t { uint, sint, boolean, hex, enumeration, bitset, other };

// Which buffer a register's address points into, from the relocations of vendor models.
enum class AddressRole : std::uint8_t {
  none,
  feature,
  weight,
  destination,
  main_source,
  bias,
  bn_operand,
  element_wise,
  pooling_destination,
  pooling_source,
  command,
};

[[nodiscard]] std::string_view name_of(AddressRole role);  // "main-source"; "none"
[[nodiscard]] std::optional<AddressRole> role_named(std::string_view name);

struct EnumValue {
  std::string name;
  std::uint32_t value = 0;
};

struct Enum {
  std::string name;
  std::vector<EnumValue> values;
  [[nodiscard]] const EnumValue* find(std::uint32_t value) const;  // nullptr: the value has no name
};

struct Field {
  std::string name;       // "WEIGHT_BANK"
  std::string full_name;  // "CNA_CBUF_CON0_WEIGHT_BANK"
  std::uint8_t low = 0;
  std::uint8_t high = 31;
  FieldType type = FieldType::uint;
  const Enum* values = nullptr;  // names of the values, when they have names
  // From semantics.xml. A field that it does not mention keeps these defaults.
  std::string unit;               // "pixels", "bytes", "banks", ...; empty: none
  std::int8_t bias = 0;           // 1: the register holds value - 1
  std::uint8_t shift = 0;         // the quantity is (raw + bias) * 2^shift
  bool is_signed = false;         // two's complement within the field
  bool must_be_zero = false;      // reserved: a set bit is a finding
  bool performance_only = false;  // does not change results
  std::string note;               // one sentence for a person, with its source

  [[nodiscard]] std::uint32_t mask() const {
    return static_cast<std::uint32_t>(((std::uint64_t{1} << (high - low + 1U)) - 1U) << low);
  }
  [[nodiscard]] std::uint32_t extract(std::uint32_t value) const { return (value & mask()) >> low; }
  // The quantity in `unit`: sign, bias and shift applied.
  [[nodiscard]] std::int64_t quantity(std::uint32_t value) const;
};

struct Register {
  std::string name;       // "CBUF_CON0"
  std::string full_name;  // "CNA_CBUF_CON0": the domain, "_", the name; EMIT text prefixes "REG_"
  std::string domain;     // "CNA"
  std::uint16_t offset = 0;
  std::optional<Block>
      block;  // none for domains that command words cannot reach (DDMA, SDMA, GLOBAL)
  std::vector<Field> fields;  // highest bit first, as EMIT text prints them
  std::vector<Field>
      aliases;  // fields under the names of other databases, so that older EMIT text can be read
  AddressRole role = AddressRole::none;
  bool performance_only = false;
  std::string brief;  // what the register is, from registers.xml; may be empty
  std::string note;   // what experience says about it, from semantics.xml; may be empty

  // Bits that no field owns.
  [[nodiscard]] std::uint32_t unowned_bits() const;
  // By short name ("DATA_BANK"), fields before aliases; nullptr if there is none.
  [[nodiscard]] const Field* field(std::string_view field_name) const;
};

// Fields that follow from one cause: a tile's height shows in seven of them.
struct GroupMember {
  const Register* reg = nullptr;
  const Field* field = nullptr;  // nullptr: the whole register
  bool follows = false;          // does not show the cause by itself: others have it too
  std::string together;          // members with the same word change together; empty: may stay
};

struct Group {
  std::string name;                // "tile-height"
  std::string note;                // the cause, for a person
  std::vector<std::string> after;  // groups that this one may follow from in the same record
  bool elsewhere = false;          // or in any other record
  bool layer = false;  // a cause itself where it shows in the programs for all numbers of cores
  std::vector<GroupMember> members;
};

class RegisterDb {
 public:
  RegisterDb() = default;
  // Moving keeps every pointer into the database valid; a copy could not.
  RegisterDb(RegisterDb&&) = default;
  RegisterDb& operator=(RegisterDb&&) = default;
  RegisterDb(const RegisterDb&) = delete;
  RegisterDb& operator=(const RegisterDb&) = delete;
  ~RegisterDb() = default;

  // The database embedded in the program. Parsed at the first call.
  [[nodiscard]] static const RegisterDb& builtin();

  // `registers_path` in place of the embedded registers.xml and `overlay_path` in place of the
  // embedded semantics.xml; an empty path means the embedded one. Errors name file and line.
  [[nodiscard]] static Result<RegisterDb> load(const std::string& registers_path,
                                               const std::string& overlay_path);

  // The register at an absolute offset (0x1040), nullptr if there is none.
  [[nodiscard]] const Register* at(std::uint16_t offset) const;
  // By full name, with or without "REG_": "CNA_CBUF_CON0". Exact; see lookup.h for people's
  // spellings.
  [[nodiscard]] const Register* named(std::string_view full_name) const;

  [[nodiscard]] const std::vector<Register>& registers() const { return registers_; }  // by offset
  // Causes before consequences.
  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }
  // The groups that name this field, or its register as a whole.
  [[nodiscard]] std::vector<const Group*> groups_of(const Register& reg, const Field& field) const;
  [[nodiscard]] const Enum* enumeration(std::string_view name) const;  // "precision", "target"
  // What was read past, each with file and line. Empty for the embedded database.
  [[nodiscard]] const std::vector<std::string>& notices() const { return notices_; }

 private:
  friend class DatabaseBuilder;
  std::vector<Register> registers_;
  std::deque<Enum> enums_;  // a deque: Field::values points into it while it grows
  std::vector<Group> groups_;
  std::vector<std::string> notices_;
  std::vector<std::int16_t> by_offset_;  // 65,536 entries: index into registers_, -1 for none
  std::vector<std::uint16_t> by_name_;   // indices into registers_, sorted by full name
};

}  // namespace npuscope
