// Promise 5: the comparison of two programs, field by field: equal ones, at the same addresses and
// moved, and with one word of each record changed. `a_pair` is what a pair of records of 108 words
// takes, without what is done once: `one_pair` is a whole comparison of one record.
//
// NPUSCOPE_BENCH_WORDS sets the number of words (default 1,048,576 = 8 MiB).
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "decoder/compare/compare.h"
#include "decoder/compare/explain.h"
#include "tests/bench/diff_job.h"

namespace npuscope::bench {

namespace {

std::size_t wanted_words() {
  const char* wanted = std::getenv("NPUSCOPE_BENCH_WORDS");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : std::size_t{1} << 20U;
}

void diff(benchmark::State& state, std::size_t words, ProgramChange change) {
  const ComparedPrograms programs = compared_programs(words, change);
  for (auto _ : state) {
    const Comparison result = compare(programs.a, programs.b, RegisterDb::builtin());
    benchmark::DoNotOptimize(result.words);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(programs.words));
  state.counters["a_pair"] = benchmark::Counter(
      static_cast<double>(programs.records),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void explain_changed(benchmark::State& state) {
  const ComparedPrograms programs = compared_programs(wanted_words(), {.changed = true});
  const RegisterDb& db = RegisterDb::builtin();
  const Comparison result = compare(programs.a, programs.b, db);
  for (auto _ : state) {
    const Explanation explanation = explain(programs.a, programs.b, db, result);
    benchmark::DoNotOptimize(explanation.differences);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(programs.words));
}

void equal(benchmark::State& state) {
  diff(state, wanted_words(), {});
}
void moved(benchmark::State& state) {
  diff(state, wanted_words(), {.moved = true});
}
void changed(benchmark::State& state) {
  diff(state, wanted_words(), {.changed = true});
}
void one_pair(benchmark::State& state) {
  diff(state, 108, {.changed = true});
}
BENCHMARK(equal)->Name("diff_equal/promise5")->Unit(benchmark::kMillisecond);
BENCHMARK(moved)->Name("diff_moved")->Unit(benchmark::kMillisecond);
BENCHMARK(changed)->Name("diff_changed/promise5")->Unit(benchmark::kMillisecond);
BENCHMARK(one_pair)->Name("diff_one_pair")->Unit(benchmark::kMicrosecond);
BENCHMARK(explain_changed)->Name("explain_changed")->Unit(benchmark::kMillisecond);

}  // namespace

}  // namespace npuscope::bench

BENCHMARK_MAIN();
