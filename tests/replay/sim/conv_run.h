// A generated convolution on the simulator, and the same convolution computed directly.
//
//   ConvRun run(*parse_shape("b1_c64_h14_w14_oc32_wic64_k1x1_g1"), 42);
//   std::vector<std::uint16_t> output = run.simulate(1);         // plain order, bits of f16
//   run.worst_excess(output)                                     // 0: within the rounding bound
//
// The library draws, packs and computes (replay/run); here a run that does not end well fails the
// test, and tasks are started as a driver starts them: one chain a core, by its links.
#pragma once

#include <cstdint>
#include <vector>

#include "replay/generate/generated.h"
#include "replay/prepare/image.h"
#include "replay/run/conv_reference.h"
#include "replay/sim/simulator.h"

namespace npuscope::testing {

class ConvRun {
 public:
  // An f16 shape. Tensors as draw_tensors() gives them.
  ConvRun(const ConvShape& shape, std::uint32_t seed);

  // Runs the program for so many cores by its links; plain NCHW output. Fails the test if the run
  // does not end well. output_memory() is then every byte of the output buffer.
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
  [[nodiscard]] double worst_excess(const std::vector<std::uint16_t>& output) const;
  // max |output - reference|, the reference being a float64 or an f32 sum.
  [[nodiscard]] double largest_difference(const std::vector<std::uint16_t>& output,
                                          bool float32) const;
  [[nodiscard]] const GeneratedProgram& program() const { return program_; }
  [[nodiscard]] const ConvShape& shape() const { return program_.plan.shape; }
  // Plain order, bits of f16.
  [[nodiscard]] const std::vector<std::uint16_t>& input() const { return tensors_.input; }
  [[nodiscard]] const std::vector<std::uint16_t>& weights() const { return tensors_.weights; }

 private:
  [[nodiscard]] Image image(unsigned cores) const;

  GeneratedProgram program_;
  ConvTensors tensors_;
  ConvReference reference_;
  sim::RunResult result_;
  std::vector<std::byte> output_memory_;
};

}  // namespace npuscope::testing
