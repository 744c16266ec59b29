// Command words to measure with.
//
//   const std::vector<Word> words = take(source_words(), 1 << 20);     // repeated to this length
//   const std::vector<Word> hard = scrambled(words);                   // worst case
//
// Real programs when the corpus is there, else generated ones; which of them is printed with the
// figures. Everything is the same at every run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/word.h"

namespace npuscope::bench {

// The words of all records of the model files of the corpus, else generated_words().
[[nodiscard]] const std::vector<Word>& source_words();
[[nodiscard]] std::string_view source_name();

// Records as programs have them: registers of a few blocks in ascending order, mostly small values,
// a tail. Every register of the built-in database occurs.
[[nodiscard]] std::vector<Word> generated_words(std::size_t count, std::uint64_t seed = 1);

// The first `count` words of `words`, which begin anew where they end.
[[nodiscard]] std::vector<Word> take(const std::vector<Word>& words, std::size_t count);

// The same registers in random order, each with a random value.
[[nodiscard]] std::vector<Word> scrambled(std::vector<Word> words, std::uint64_t seed = 2);

// The EMIT text of words at ascending addresses; with colour codes as dump scripts print them.
[[nodiscard]] std::string emit_text(const std::vector<Word>& words, bool coloured = false);

[[nodiscard]] inline WordView view(const std::vector<Word>& words) {
  return WordView(std::as_bytes(std::span(words)));
}

// FNV-1a over eight bytes at a time.
[[nodiscard]] std::uint64_t hash(std::string_view bytes, std::uint64_t seed = 0xcbf29ce484222325U);

// Ends the program when a fast path does not do what the plain one does.
void require(bool holds, const char* what);

}  // namespace npuscope::bench
