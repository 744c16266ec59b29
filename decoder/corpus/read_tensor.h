// Which tensor of a model a word of its commands points to, from the relocations of a corpus.
//
//   TensorLookup lookup(database);
//   lookup.enter(content, capture_number);
//   const ReadTensor* tensor = lookup.at(word);     // tensor->is_input, tensor->channels
//
// Captures of memory have no relocations: of them nothing is known here.
#pragma once

#include <cstdint>
#include <map>

#include "decoder/corpus/database.h"

namespace npuscope::corpus {

struct ReadTensor {
  bool is_input = false;  // of the graph: laid out as the program that runs the model has it
  std::int64_t channels =
      0;  // as the graph states them, without padding; 0: not of four dimensions
};

class TensorLookup {
 public:
  // `database` must outlive it.
  explicit TensorLookup(Database& database);
  void enter(std::int64_t content, std::int64_t capture);
  [[nodiscard]] bool is_model() const { return !tensors_.empty(); }
  // `word`: its index in the command buffer. nullptr: nothing is relocated there.
  [[nodiscard]] const ReadTensor* at(std::uint64_t word) const;

 private:
  Statement query_;
  std::map<std::uint64_t, ReadTensor> tensors_;
};

}  // namespace npuscope::corpus
