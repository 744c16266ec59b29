// Builds a standard register program from the streams of container versions 1 and 2.
//
//   std::vector<OldTask> tasks = ...;                  // node order
//   OldProgram program = transcode(tasks);       // words, 40-byte tasks, relocations, lists
//
// Those files keep one stream per task in an older word encoding, 63..32 value, 31..16 register,
// 15..0 zero, without target and without tail; the runtime of their time built the records when it
// loaded the model (public dumps of that runtime show standard records and task entries). We do the
// same, so that every consumer sees one form: target from the page of the register, four tail words
// linking the tasks of a list in order, records at multiples of 64. A body word is never changed in
// value or register.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "decoder/model.h"

namespace npuscope {

struct OldRelocation {
  std::uint16_t register_offset = 0;
  std::uint32_t tensor = 0;
  std::uint32_t addend = 0;
};

struct OldTask {
  std::uint32_t node = 0;
  std::uint32_t enable_mask = 0;
  std::uint32_t core = 0;
  std::uint32_t core_count = 0;  // cores of the program that this task belongs to: 1, 2 or 3
  std::span<const std::byte> stream;
  std::vector<OldRelocation> relocations;
};

struct OldProgram {
  std::vector<std::uint64_t> words;       // regcmd buffer
  std::vector<std::uint64_t> task_table;  // 40-byte entries; a multiple of 8 bytes
  std::vector<Relocation> relocations;    // ascending by word
  std::vector<std::uint32_t> task_nodes;  // per entry of the table
  std::vector<std::uint8_t> task_lists;   // per entry of the table, 0..5
  std::array<std::uint32_t, 6> list_lengths{};
  bool has_lists = false;  // false: table in node order, some core number is impossible
  std::vector<std::string> warnings;
};

// Bytes that the task will take in the regcmd buffer.
[[nodiscard]] std::uint64_t transcoded_bytes(const OldTask& task);

[[nodiscard]] OldProgram transcode(std::span<const OldTask> tasks);

}  // namespace npuscope
