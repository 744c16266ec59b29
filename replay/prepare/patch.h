// A field of a task set to another value, as a person writes it.
//
//   Result<Patch> patch = parse_patch("task[3].cna.data_size0.datain_height=6", db);
//   Result<std::size_t> words = apply(*patch, image);
//
// "task[K]" is the K-th task of each lane, counted from 0; "task[*]" or nothing means all tasks.
// Only words that the record holds are changed: a register that a task inherits has no word there.
#pragma once

#include <optional>
#include <string_view>

#include "regdb/register_db.h"
#include "replay/prepare/image.h"

namespace npuscope {

struct Patch {
  std::optional<std::size_t> task;  // none: all
  std::uint16_t offset = 0;         // of the register
  std::uint32_t mask = 0xffffffff;  // the bits of the field
  std::uint32_t bits = 0;           // the new value, in place
};

// Errors (usage): no "=", a register or field that is unknown (names like it are told) or means
// several, a value that is no number or does not fit. The value is raw: as the field holds it.
[[nodiscard]] Result<Patch> parse_patch(std::string_view text, const RegisterDb& db);

// Changes the words; returns how many. Errors (usage): no task, or no word of the register there.
[[nodiscard]] Result<std::size_t> apply(const Patch& patch, Image& image);

}  // namespace npuscope
