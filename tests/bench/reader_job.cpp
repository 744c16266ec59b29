// Promise 3: EMIT text into words, with names and fields checked or only the word.
#include <benchmark/benchmark.h>

#include <cstring>
#include <memory>

#include "decoder/emit/emit_reader.h"
#include "tests/bench/jobs.h"
#include "tests/bench/words.h"

namespace npuscope::bench {

namespace {

// Calls visit(line) for every line of a text.
template <typename Visit>
void for_each_line(std::string_view text, Visit&& visit) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const auto* stop =
        static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
    if (stop == nullptr) stop = end;
    visit(std::string_view(at, static_cast<std::size_t>(stop - at)));
    at = stop == end ? end : stop + 1;
  }
}

struct Tally {
  std::uint64_t lines = 0, sum = 0, disagreeing = 0;
};

Tally read_all(const EmitReader& reader, EmitCheck check, std::string_view text) {
  Tally tally;
  EmitLine line;
  for_each_line(text, [&](std::string_view one) {
    if (!reader.read(one, check, line)) return;
    ++tally.lines;
    tally.sum += line.word.raw;
    tally.disagreeing +=
        line.agreement == Agreement::disagrees || line.agreement == Agreement::unreadable;
  });
  return tally;
}

Prepared prepare(const std::vector<Word>& words, EmitCheck check, bool coloured) {
  const auto text = std::make_shared<const std::string>(emit_text(words, coloured));
  const auto format = std::make_shared<const EmitFormat>(RegisterDb::builtin());
  std::uint64_t sum = 0;
  for (const Word word : words) sum += word.raw;
  const Tally tally = read_all(EmitReader(*format), check, *text);
  require(tally.lines == words.size() && tally.sum == sum, "every word is read back");
  require(tally.disagreeing == 0, "all names agree with their words");
  return {[=] {
            const Tally again = read_all(EmitReader(*format), check, *text);
            benchmark::DoNotOptimize(again.sum);
          },
          words.size(), text->size()};
}

}  // namespace

Prepared prepare_read_verified(std::size_t words) {
  return prepare(take(source_words(), words), EmitCheck::verified, false);
}
Prepared prepare_read_verified_scrambled(std::size_t words) {
  return prepare(scrambled(take(source_words(), words)), EmitCheck::verified, false);
}
Prepared prepare_read_word_only(std::size_t words) {
  return prepare(take(source_words(), words), EmitCheck::word_only, false);
}
Prepared prepare_read_coloured(std::size_t words) {
  return prepare(take(source_words(), words), EmitCheck::verified, true);
}
Prepared prepare_read_coloured_word_only(std::size_t words) {
  return prepare(take(source_words(), words), EmitCheck::word_only, true);
}

}  // namespace npuscope::bench
