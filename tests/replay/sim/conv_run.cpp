#include "tests/replay/sim/conv_run.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "replay/run/conv_image.h"
#include "replay/shape/shape_names.h"

namespace npuscope::testing {

namespace {

template <typename T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text());
  return std::move(*result);
}

}  // namespace

ConvRun::ConvRun(const ConvShape& shape, std::uint32_t seed)
    : program_(value_of(generate_program(shape, {}))),
      tensors_(draw_tensors(shape, seed)),
      reference_(reference_of(shape, tensors_)) {}

Image ConvRun::image(unsigned cores) const {
  return value_of(conv_image(program_, tensors_, cores));
}

void ConvRun::fill(sim::AddressSpace& memory, bool commands) const {
  for (const ImageBuffer& buffer : image(1).buffers) {
    std::span<const std::byte> content = buffer.content;
    // Barrier constants and commands lie behind weights and bias.
    if (buffer.role == BufferRole::constants && !commands)
      content = content.first(program_.layout.barrier_offset);
    EXPECT_TRUE(memory.write(buffer.address, content)) << buffer.name;
  }
}

std::vector<std::uint16_t> ConvRun::simulate(unsigned cores, sim::SimulatorOptions options) {
  sim::Simulator simulator(options);
  const Image loaded = image(cores);
  EXPECT_TRUE(load(loaded, simulator.memory()));
  result_ = {};
  for (const sim::CoreTasks& lane : loaded.lanes) {
    const Task& first = lane.tasks.front();
    const sim::RunResult part = simulator.run_chain(
        {lane.core, static_cast<std::uint32_t>(first.regcmd_addr), link_amount(first.regcfg_amount),
         static_cast<std::uint32_t>(lane.tasks.size())});
    EXPECT_EQ(part.status, sim::RunStatus::done) << key_of(shape()) << ": " << part.reason;
    for (const sim::Event& event : part.events)
      ADD_FAILURE() << key_of(shape()) << ", core " << lane.core << ", task " << event.task << ": "
                    << event.rule << " " << event.text;
    result_.macs += part.macs;
    result_.tasks += part.tasks;
    result_.reports.insert(result_.reports.end(), part.reports.begin(), part.reports.end());
  }
  return output_in(simulator.memory());
}

std::vector<std::uint16_t> ConvRun::output_in(const sim::AddressSpace& memory) {
  output_memory_.assign(conv_output_bytes(program_), std::byte{0});
  EXPECT_TRUE(
      memory.read(static_cast<std::uint32_t>(program_.layout.output.address), output_memory_));
  return value_of(conv_output(program_, output_memory_));
}

double ConvRun::worst_excess(const std::vector<std::uint16_t>& output) const {
  return compare(reference_, output).excess;
}

double ConvRun::largest_difference(const std::vector<std::uint16_t>& output, bool float32) const {
  const Deviation deviation = compare(reference_, output);
  return float32 ? deviation.largest32 : deviation.largest;
}

}  // namespace npuscope::testing
