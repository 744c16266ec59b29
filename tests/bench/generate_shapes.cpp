// Promise 12: all programs of the 217 listed shapes, for 1, 2 and 3 cores: schedule, registers,
// words and task table. Once all in a row, and once shape by shape.
#include <benchmark/benchmark.h>

#include "replay/shape/shape_list.h"
#include "tests/bench/generate_job.h"
#include "tests/bench/words.h"

namespace npuscope::bench {

namespace {

std::vector<ConvShape> listed_shapes() {
  std::vector<ConvShape> shapes;
  for (const ListedShape& item : shape_list())
    if (item.listed) shapes.push_back(item.shape);
  require(shapes.size() == 217, "the list has 217 shapes");
  return shapes;
}

// One iteration is the whole list; `a_shape` is what one of it takes.
void generate_all(benchmark::State& state) {
  const std::vector<ConvShape> shapes = listed_shapes();
  std::uint64_t words = 0;
  for (auto _ : state) {
    words = 0;
    for (const ConvShape& shape : shapes) words += words_of_shape(shape);
    benchmark::DoNotOptimize(words);
  }
  const auto count = static_cast<double>(shapes.size());
  state.counters["shapes"] = count;
  state.counters["words"] = static_cast<double>(words);
  state.counters["a_shape"] = benchmark::Counter(
      count, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(generate_all)->Name("generate_217/promise12")->Unit(benchmark::kMillisecond);

void generate_one(benchmark::State& state, const char* name) {
  const ListedShape* item = find_listed(name);
  require(item != nullptr, "the shape is listed");
  std::uint64_t words = 0;
  for (auto _ : state) {
    words = words_of_shape(item->shape);
    benchmark::DoNotOptimize(words);
  }
  state.counters["words"] = static_cast<double>(words);
}
BENCHMARK_CAPTURE(generate_one, pointwise, "b1_c64_h56_w56_oc128_wic64_k1x1_g1")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(generate_one, spatial, "b1_c160_h40_w40_oc320_wic160_k3x3_g1")
    ->Unit(benchmark::kMicrosecond);

}  // namespace

}  // namespace npuscope::bench

BENCHMARK_MAIN();
