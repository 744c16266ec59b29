// Rates of promises 1 to 4: items a second and bytes a second of every job.
//
//   bench_rates --benchmark_filter=emit --benchmark_repetitions=5
//
// NPUSCOPE_BENCH_WORDS sets the number of words (default 1,048,576 = 8 MiB).
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "tests/bench/jobs.h"
#include "tests/bench/words.h"

int main(int count, char** arguments) {
  using namespace npuscope::bench;
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
  const char* wanted = std::getenv("NPUSCOPE_BENCH_WORDS");
  const std::size_t words = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 1U << 20U;
  benchmark::AddCustomContext("input", fmt::format("{}, {} words", source_name(), words));
  for (const Job& job : all_jobs()) {
    const std::string name = fmt::format("{}/promise{}", job.name, job.promise);
    benchmark::RegisterBenchmark(name.c_str(), [&job, words](benchmark::State& state) {
      const Prepared prepared = job.prepare(words);
      for (auto _ : state) prepared.run();
      const auto runs = static_cast<std::int64_t>(state.iterations());
      state.SetItemsProcessed(runs * static_cast<std::int64_t>(prepared.items));
      state.SetBytesProcessed(runs * static_cast<std::int64_t>(prepared.bytes));
    })->Unit(benchmark::kMillisecond);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
