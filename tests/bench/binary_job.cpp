// Promise 1: command words into 16-byte records, in memory. Blocks as a consumer takes them.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>

#include "tests/bench/jobs.h"
#include "tests/bench/plain.h"
#include "tests/bench/words.h"

namespace npuscope::bench {

namespace {

constexpr std::size_t block_words = std::size_t{1} << 13U;

Prepared prepare(std::vector<Word> words) {
  const auto decoder = std::make_shared<BinaryDecoder>(RegisterDb::builtin());
  const auto input = std::make_shared<const std::vector<Word>>(std::move(words));
  const auto block = std::make_shared<std::vector<BinaryRecord>>(block_words);
  for (std::size_t at = 0; at < std::min<std::size_t>(input->size(), 50000); ++at) {
    decoder->decode(view(*input).subview(at, 1), static_cast<std::uint32_t>(at), block->data());
    require(block->front() == plain_record(static_cast<std::uint32_t>(at), (*input)[at]),
            "a fast record is the plain record");
  }
  return {[=] {
            for (std::size_t at = 0; at < input->size(); at += block_words) {
              const std::size_t count = std::min(block_words, input->size() - at);
              decoder->decode(view(*input).subview(at, count), static_cast<std::uint32_t>(at),
                              block->data());
              benchmark::DoNotOptimize(block->data());
              benchmark::ClobberMemory();
            }
          },
          input->size(), 8 * input->size()};
}

}  // namespace

Prepared prepare_binary(std::size_t words) {
  return prepare(take(source_words(), words));
}
Prepared prepare_binary_scrambled(std::size_t words) {
  return prepare(scrambled(take(source_words(), words)));
}

}  // namespace npuscope::bench
