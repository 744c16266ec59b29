// Promises 2 and 4: words into EMIT text and JSON lines, through the sink that every writer uses.
#include <benchmark/benchmark.h>

#include <memory>

#include "decoder/emit/emit_format.h"
#include "decoder/emit/json_format.h"
#include "decoder/emit/sink.h"
#include "tests/bench/jobs.h"
#include "tests/bench/plain.h"
#include "tests/bench/words.h"

namespace npuscope::bench {

namespace {

constexpr std::size_t compared_words = 20000;
constexpr std::uint64_t base = 0xfff90000U;
constexpr std::string_view prefix = R"({"type":"write","task":12,"index":)";

std::uint64_t address_of(std::size_t index) {
  return (base + 8 * index) & 0xffffffffU;
}

template <typename WriteLine>
void write_all(const std::vector<Word>& words, std::size_t count, std::size_t max_line, Sink& sink,
               WriteLine&& write_line) {
  for (std::size_t i = 0; i < count; ++i) sink.used(write_line(sink.room(max_line), i, words[i]));
}

// A job that writes every word with `write_line`, whose output is compared with `plain` first.
template <typename WriteLine, typename Plain>
Prepared prepare(std::vector<Word> words, std::size_t max_line, WriteLine write_line, Plain plain) {
  const auto input = std::make_shared<const std::vector<Word>>(std::move(words));
  std::uint64_t bytes = 0;
  {
    Sink sink([&](std::string_view block) {
      bytes += block.size();
      return true;
    });
    write_all(*input, input->size(), max_line, sink, write_line);
  }
  const std::size_t count = std::min(input->size(), compared_words);
  std::string fast, slow;
  {
    Sink sink([&](std::string_view block) {
      fast += block;
      return true;
    });
    write_all(*input, count, max_line, sink, write_line);
  }
  for (std::size_t i = 0; i < count; ++i) slow += plain(i, (*input)[i]);
  require(hash(fast) == hash(slow) && fast == slow, "fast text is the plain text");
  return {[=] {
            Sink sink([](std::string_view block) {
              benchmark::DoNotOptimize(block.data());
              benchmark::ClobberMemory();
              return true;
            });
            write_all(*input, input->size(), max_line, sink, write_line);
          },
          input->size(), bytes};
}

Prepared prepare_emit_of(std::vector<Word> words) {
  const auto format = std::make_shared<const EmitFormat>(RegisterDb::builtin());
  return prepare(
      std::move(words), format->max_line(),
      [format](char* out, std::size_t i, Word word) {
        return format->write_line(out, address_of(i), word);
      },
      [](std::size_t i, Word word) { return plain_emit_line(address_of(i), word); });
}

Prepared prepare_json_of(std::vector<Word> words) {
  const auto format = std::make_shared<const JsonFormat>(RegisterDb::builtin());
  return prepare(
      std::move(words), format->max_line(),
      [format](char* out, std::size_t i, Word word) {
        return format->write_line(out, prefix, i & 127U, address_of(i), word);
      },
      [](std::size_t i, Word word) {
        return plain_json_line(prefix, i & 127U, address_of(i), word);
      });
}

}  // namespace

Prepared prepare_emit(std::size_t words) {
  return prepare_emit_of(take(source_words(), words));
}
Prepared prepare_emit_scrambled(std::size_t words) {
  return prepare_emit_of(scrambled(take(source_words(), words)));
}
Prepared prepare_json(std::size_t words) {
  return prepare_json_of(take(source_words(), words));
}
Prepared prepare_json_scrambled(std::size_t words) {
  return prepare_json_of(scrambled(take(source_words(), words)));
}

}  // namespace npuscope::bench
