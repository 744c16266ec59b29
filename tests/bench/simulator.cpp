// Promise 11: the 217 shapes of the boards on the simulator, one thread, 1-core programs. Beside it
// in the same run a plain sgemm over matrices of the same sizes, as the measure of what the
// arithmetic alone costs.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>

#include "replay/generate/generated.h"
#include "replay/prepare/link_capture.h"
#include "replay/shape/shape_list.h"
#include "replay/sim/simulator.h"

namespace npuscope::bench {

namespace {

struct Program {
  ConvShape shape;
  std::unique_ptr<sim::Simulator> simulator;
  std::vector<sim::CoreTasks> lanes;
};

// Numbers between 1 and 2: neither zero nor so small that a processor slows down.
void fill(sim::AddressSpace& memory, const PlacedBuffer& buffer, std::uint64_t bytes) {
  std::vector<std::uint16_t> codes(bytes / 2);
  for (std::size_t i = 0; i < codes.size(); ++i)
    codes[i] = static_cast<std::uint16_t>(0x3c00 + i * 37 % 1024);
  if (!codes.empty())
    (void)memory.write(static_cast<std::uint32_t>(buffer.address), std::as_bytes(std::span(codes)));
}

std::vector<Program> programs() {
  std::vector<Program> made;
  for (const ListedShape& listed : shape_list()) {
    if (!listed.listed) continue;
    const auto program = generate_program(listed.shape, {});
    if (!program) continue;
    const Opened opened = open_capture(capture_of(*program), RegisterDb::builtin());
    const auto image = link_program(opened, 1);
    if (!image) continue;
    Program entry{listed.shape, std::make_unique<sim::Simulator>(), image->lanes};
    if (!load(*image, entry.simulator->memory())) continue;
    const BufferLayout& layout = program->layout;
    fill(entry.simulator->memory(), layout.weight, layout.commands_offset);
    fill(entry.simulator->memory(), layout.input, layout.input.bytes);
    made.push_back(std::move(entry));
  }
  return made;
}

void simulate(benchmark::State& state) {
  std::vector<Program> list = programs();
  std::uint64_t macs = 0;
  for (auto _ : state) {
    macs = 0;
    for (Program& program : list) macs += program.simulator->run_table(program.lanes).macs;
  }
  state.counters["programs"] = static_cast<double>(list.size());
  state.counters["MAC/s"] =
      benchmark::Counter(static_cast<double>(macs), benchmark::Counter::kIsIterationInvariantRate);
}

// Rows of the result side by side, as a compiler vectorises it.
void plain_sgemm(std::size_t m, std::size_t k, std::size_t n, const float* a, const float* b,
                 float* c) {
  std::fill_n(c, m * n, 0.0F);
  for (std::size_t i = 0; i < m; ++i)
    for (std::size_t p = 0; p < k; ++p) {
      const float value = a[i * k + p];
      for (std::size_t j = 0; j < n; ++j) c[i * n + j] += value * b[p * n + j];
    }
}

void sgemm(benchmark::State& state) {
  std::uint64_t macs = 0;
  for (auto _ : state) {
    macs = 0;
    for (const ListedShape& listed : shape_list()) {
      if (!listed.listed) continue;
      const ConvShape& s = listed.shape;
      const std::size_t m = s.group_out_channels();
      const std::size_t k = std::size_t{s.group_in_channels()} * s.kernel_height * s.kernel_width;
      const std::size_t n = std::size_t{s.out_height()} * s.out_width();
      state.PauseTiming();
      const std::vector<float> a(m * k, 1.25F), b(k * n, 1.5F);
      std::vector<float> c(m * n);
      state.ResumeTiming();
      for (std::uint32_t group = 0; group < s.groups * s.batch; ++group) {
        plain_sgemm(m, k, n, a.data(), b.data(), c.data());
        benchmark::DoNotOptimize(c.data());
        macs += m * k * n;
      }
    }
  }
  state.counters["MAC/s"] =
      benchmark::Counter(static_cast<double>(macs), benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK(simulate)->Name("simulator/217_shapes")->Unit(benchmark::kMillisecond);
BENCHMARK(sgemm)->Name("plain_sgemm/same_sizes")->Unit(benchmark::kMillisecond);

}  // namespace

}  // namespace npuscope::bench

BENCHMARK_MAIN();
