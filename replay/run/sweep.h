// One shape through everything that can be done without a board: generate, check, simulate on 1, 2
// and 3 cores, compare with a reference.
//
//   SweepRow row = sweep_shape(shape, {.seed = 42});
//   row.status == SweepStatus::pass, row.deviation.largest, row.reason
//
// A result passes if it is right in two senses: every element within half a step of f16 and the
// rounding of an f32 sum (excess <= 0), and within the tolerance of the public clients.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "replay/generate/generated.h"
#include "replay/run/conv_reference.h"
#include "replay/sim/simulator.h"

namespace npuscope {

enum class SweepStatus : std::uint8_t {
  pass,
  wrong_values,
  cores_differ,  // the programs for 2 or 3 cores give other bytes than that for one
  rule_broken,   // a rule of the preflight or of the simulator says that a board would fail
  not_run,       // the simulator stopped: not modelled, or the program does not end
  refused,       // not generated
};

[[nodiscard]] std::string_view name_of(SweepStatus status);

struct SweepOptions {
  std::uint32_t seed = 42;
  // |output - reference| <= absolute + relative * |reference|. Source: the sweep of 217 shapes.
  double absolute = 0.12, relative = 0.02;
  sim::SimulatorOptions simulator{};
};

struct SweepRow {
  std::string key;  // full geometry
  SweepStatus status = SweepStatus::pass;
  std::string reason;                  // of everything but a pass
  std::string basis;                   // "vendor", "inferred", "general"; empty when refused
  std::string program_hash;            // XXH3-128 of the linked commands
  std::array<std::size_t, 3> tasks{};  // of the programs for 1, 2, 3 cores
  std::uint64_t macs = 0;              // of the program for one core
  Deviation deviation;
  bool within_tolerance = false;  // of the clients
  std::size_t values = 0;
};

[[nodiscard]] SweepRow sweep_shape(const ConvShape& shape, const SweepOptions& options = {});
// The same for a program that is there already, judged by the shape of its plan.
[[nodiscard]] SweepRow sweep_program(const GeneratedProgram& program,
                                     const SweepOptions& options = {});

}  // namespace npuscope
