// A name for what a program executes, wherever it lies: the same for a capture, a generated program
// and a line of the journal of guarded runs.
//
//   for (const Program& program : set.programs)
//     if (auto hash = executed_hash(set, program)) ... find_denied(*hash) ...
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "decoder/program.h"
#include "decoder/word.h"

namespace npuscope::preflight {

// XXH3-128 over the tasks of all lanes: core, interrupt mask, amount, and the words of the record
// with its tail, the values of addresses and links left out.
class ExecutedHash {
 public:
  void begin_task(std::uint32_t core, std::uint32_t interrupt_mask, std::uint32_t amount);
  void add_word(Word word);
  [[nodiscard]] std::string name() const;

 private:
  std::vector<std::byte> bytes_;
};

// None if a word was not captured.
[[nodiscard]] std::optional<std::string> executed_hash(const ProgramSet& set,
                                                       const Program& program);

}  // namespace npuscope::preflight
