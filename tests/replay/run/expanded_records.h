// Short records made full: every register that a task runs with is written.
//
//   Expander expander;                         // one for each core
//   std::vector<Word> full = expander.expand(task_number, words, enable_mask);
//   const std::size_t added = expand_records(image);
//
// The state is the decoder's (decoder/program/register_state.h), which knows nothing of the
// simulator's register groups.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "decoder/program/register_state.h"
#include "replay/prepare/image.h"

namespace npuscope::testing {

class Expander {
 public:
  // `deep`: registers persist two tasks deep, as they do; false: from the task before.
  explicit Expander(bool deep = true) : deep_(deep) {}
  std::vector<Word> expand(std::size_t task, std::span<const Word> words, std::uint32_t mask);

 private:
  bool deep_;
  RegisterState state_;
};

// Replaces the records of an image by full ones in a buffer of their own, after `edit` changed
// their words; returns how many words were added.
std::size_t expand_records(Image& image, const std::function<void(std::vector<Word>&)>& edit = {},
                           bool deep = true);

}  // namespace npuscope::testing
