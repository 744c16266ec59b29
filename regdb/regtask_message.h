// Explains the message with which the vendor's compiler or runtime gives up on a layer:
//
//   E RKNN: [08:36:46.254] REGTASK: The bit width of field value exceeds the limit,
//           target: v2, offset: 0x4038, shift = 16, limit: 0x1fff, value: 0x2087
//
//   auto message = parse_regtask_message(line);
//   RegtaskExplanation why = explain(RegisterDb::builtin(), *message);
//   why.field->full_name == "DPU_DATA_CUBE_NOTCH_ADDR_NOTCH_ADDR_1"
//
// ":" and "=" are taken alike, numbers are decimal or 0x; limit and value may be missing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regdb/register_db.h"

namespace npuscope {

struct RegtaskMessage {
  std::string target;  // "v2": the vendor's name for the register layout
  std::uint32_t offset = 0;
  std::uint32_t shift = 0;
  std::optional<std::uint64_t> limit;
  std::optional<std::uint64_t> value;
};

struct RegtaskExplanation {
  const Register* reg = nullptr;       // nullptr: no register at this offset
  const Field* field = nullptr;        // the field that holds bit `shift`; nullptr: none
  std::uint32_t width = 0;             // of the field, in bits
  std::uint32_t largest = 0;           // raw value that still fits
  std::optional<std::int64_t> wanted;  // what was asked for, in the field's unit
  std::optional<std::int64_t> most;    // what fits, in the field's unit
  std::vector<std::string> sentences;  // the same for a person, one fact each
};

// Usage error if the line is not this message or lacks offset or shift.
[[nodiscard]] Result<RegtaskMessage> parse_regtask_message(std::string_view line);
[[nodiscard]] RegtaskExplanation explain(const RegisterDb& db, const RegtaskMessage& message);

}  // namespace npuscope
