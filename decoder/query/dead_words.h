// Words that are written and never consumed.
//
//   for (const DeadWord& word : dead_words(set, lane)) ... word.kind, word.task, word.word ...
//
// A word sets a register in the bank that its block has in preparation; the next launch of the
// block with that bank consumes it. What is written over before that, or never launched in this
// lane, did nothing. Words that act when they are read (S_POINTER, the program controller, the port
// of lookup tables) are never dead. Words that were not captured launch nothing and kill nothing:
// launches follow from the task table.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "decoder/program.h"

namespace npuscope::query {

enum class DeadKind : std::uint8_t {
  overwritten,  // another word set the register before a launch
  unconsumed,   // its block was not launched with this bank until the end of the lane
  unreachable,  // target and offset name no register
  repeated,     // the same record sets the register again, to the same value: vendor records do so
};

[[nodiscard]] std::string_view name_of(DeadKind kind);

struct DeadWord {
  DeadKind kind = DeadKind::unconsumed;
  std::size_t task = 0;
  std::uint32_t index = 0;  // of the word in its record
  Word word;
  // The word that took its place: of overwritten and repeated ones.
  std::size_t by_task = no_index;
  std::uint32_t by_index = 0;
  std::uint32_t by_value = 0;
};

// In order of tasks, then words.
[[nodiscard]] std::vector<DeadWord> dead_words(const ProgramSet& set, const Lane& lane);

}  // namespace npuscope::query
