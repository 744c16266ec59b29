#include "tests/bench/generate_job.h"

#include <benchmark/benchmark.h>

#include "replay/generate/generated.h"
#include "replay/shape/shape_names.h"
#include "tests/bench/jobs.h"
#include "tests/bench/words.h"

namespace npuscope::bench {

std::uint64_t words_of_shape(const ConvShape& shape) {
  const auto made = generate_program(shape, {});
  require(made.has_value(), "the shape is generated");
  const std::vector<std::byte> bytes = made->stream.link(made->layout.bases());
  const std::vector<Task> tasks = made->stream.tasks(made->layout.commands_offset);
  benchmark::DoNotOptimize(bytes.data());
  benchmark::DoNotOptimize(tasks.data());
  require(!tasks.empty(), "the program has tasks");
  return bytes.size() / sizeof(Word);
}

// One shape with two tiles, divided by kernels and by rows, as often as it takes to make `words`.
Prepared prepare_generate(std::size_t words) {
  const auto shape = parse_shape("b1_c64_h56_w56_oc128_wic64_k1x1_g1");
  require(shape.has_value(), "the shape is known");
  const std::uint64_t once = words_of_shape(*shape);
  const std::uint64_t times = (words + once - 1) / once;
  return {[shape = *shape, times] {
            for (std::uint64_t i = 0; i < times; ++i) words_of_shape(shape);
          },
          times * once, times * once * sizeof(Word)};
}

}  // namespace npuscope::bench
