// The jobs that are measured, each once over its input: by Google Benchmark for rates, by
// count_instructions for instructions a line.
//
//   const Job& job = *job_named("emit");
//   job.prepare(1 << 16);  job.run();     // prepare() lays out the input and checks the output
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace npuscope::bench {

struct Prepared {
  std::function<void()> run;  // once over the input
  std::uint64_t items = 0;    // words or lines of one run
  std::uint64_t bytes = 0;    // of text, or of the words where there is no text
};

struct Job {
  std::string_view name;  // "emit_scrambled"
  unsigned promise;       // row of the table of promises in docs/performance.md
  // Lays out the input of `words` words; ends the program when fast and plain output differ.
  Prepared (*prepare)(std::size_t words);
};

[[nodiscard]] const std::vector<Job>& all_jobs();
[[nodiscard]] const Job* job_named(std::string_view name);

Prepared prepare_binary(std::size_t words);
Prepared prepare_binary_scrambled(std::size_t words);
Prepared prepare_emit(std::size_t words);
Prepared prepare_emit_scrambled(std::size_t words);
Prepared prepare_read_verified(std::size_t words);
Prepared prepare_read_verified_scrambled(std::size_t words);
Prepared prepare_read_word_only(std::size_t words);
Prepared prepare_read_coloured(std::size_t words);
Prepared prepare_read_coloured_word_only(std::size_t words);
Prepared prepare_json(std::size_t words);
Prepared prepare_json_scrambled(std::size_t words);
Prepared prepare_diff(std::size_t words);
Prepared prepare_generate(std::size_t words);

}  // namespace npuscope::bench
