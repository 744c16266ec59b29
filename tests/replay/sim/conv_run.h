// A generated convolution on the simulator, and the same convolution computed directly.
//
//   ConvRun run(*parse_shape("b1_c64_h14_w14_oc32_wic64_k1x1_g1"), 42);
//   std::vector<std::uint16_t> output = run.simulate(1);         // plain order, bits of f16
//   run.worst_excess(output)                                     // 0: within the rounding bound
#pragma once

#include <cstdint>
#include <vector>

#include "replay/generate/generated.h"
#include "replay/sim/simulator.h"

namespace npuscope::testing {

// Numbers as numpy's uniform(-2, 2) of a seeded generator gives them, rounded to f16: what the
// public sweeps of boards used.
class UniformHalves {
 public:
  explicit UniformHalves(std::uint32_t seed);
  double next();  // not rounded
  std::vector<std::uint16_t> halves(std::size_t count);

 private:
  std::uint32_t draw();
  std::uint32_t state_[624];
  std::size_t index_ = 624;
};

class ConvRun {
 public:
  // An f16 shape. Input, weights, then bias and residual are drawn from one stream.
  ConvRun(const ConvShape& shape, std::uint32_t seed);

  // Runs the program for so many cores by its links; plain NCHW output. Fails the test if the run
  // does not end well. `padding` gets every byte of the output buffer.
  std::vector<std::uint16_t> simulate(unsigned cores, sim::SimulatorOptions options = {});
  // Weights, input and operands at the places of the layout; commands too if asked for. The memory
  // is mapped.
  void fill(sim::AddressSpace& memory, bool commands) const;
  // The output in plain order.
  [[nodiscard]] std::vector<std::uint16_t> output_in(const sim::AddressSpace& memory);
  [[nodiscard]] const sim::RunResult& result() const { return result_; }
  [[nodiscard]] const std::vector<std::byte>& output_memory() const { return output_memory_; }

  // The largest |output - reference| beyond half an f16 step at the reference plus the bound for
  // f32 sums; at most 0 when every element is right.
  double worst_excess(const std::vector<std::uint16_t>& output) const;
  // max |output - reference|, the reference being a float64 or an f32 sum.
  [[nodiscard]] double largest_difference(const std::vector<std::uint16_t>& output,
                                          bool float32) const;
  [[nodiscard]] const GeneratedProgram& program() const { return program_; }
  [[nodiscard]] const ConvShape& shape() const { return shape_; }
  // Plain order, bits of f16.
  [[nodiscard]] const std::vector<std::uint16_t>& input() const { return input_; }
  [[nodiscard]] const std::vector<std::uint16_t>& weights() const { return weights_; }

 private:
  void place(sim::AddressSpace& memory) const;
  [[nodiscard]] std::vector<std::byte> packed_input() const;
  [[nodiscard]] std::vector<std::byte> packed_weights() const;
  void reference();
  void finish(std::size_t kernel, double sum, double magnitude, float sum32);

  ConvShape shape_;
  GeneratedProgram program_;
  std::vector<std::uint16_t> input_, weights_, residual_;
  std::vector<float> bias_;
  std::vector<double> expected_, magnitude_;
  std::vector<float> expected32_;
  sim::RunResult result_;
  std::vector<std::byte> output_memory_;
};

}  // namespace npuscope::testing
