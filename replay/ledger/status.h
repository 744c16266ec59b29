// What is known of a convolution, and what follows from it: computed whenever it is asked, never
// written down.
//
//   for (const ShapeStatus& shape : assess(ledger))
//     for (const ProgramStatus& program : shape.programs)
//       ... program.cores, name_of(program.status), program.label, program.reasons ...
//
// A status is that of one shape and of one of its programs: evidence for one core says nothing of
// two. Evidence counts for the program that is generated today; what was compared with, simulated
// or run as another one is listed, and counts for nothing until it is done again.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "replay/ledger/ledger.h"
#include "replay/schedule/plan.h"
#include "replay/shape/shape_list.h"

namespace npuscope::ledger {

enum class Status : std::uint8_t {
  unknown,           // the shape is known, nothing derived that holds
  no_capture,        // a formula applies, no capture of this geometry
  formula,           // generated, lint clean; not compared with a capture, or it differs
  fallback,          // our own schedule, verified on the simulator
  offline_equal,     // equal to a capture
  probed_pass,       // and a guarded run on a board was right
  probed_fail,       // a guarded run was not
  poisons_next_job,  // right, and the job after it fails
  crash_fenced,      // a run took a board down
};

[[nodiscard]] std::string_view name_of(Status status);  // "OFFLINE_EQUAL"

// Why the status is no better, or what is missing for the next one.
enum class ReasonCode : std::uint8_t {
  not_generated,
  lint,
  no_capture,
  searched,       // no capture, although notes say that there is one
  not_compared,   // no commands were captured
  other_program,  // evidence for a program that is not generated any more
  in_network,     // captured as a node among others only
  differs,
  grains_differ,
  incomplete_submit,  // the submit of the capture runs less than the program
  not_simulated,
  simulation_failed,
  no_run,
  run_incomplete,  // a run that lacks what a promotion needs
  run_failed,
  poison,
  crash,
};

[[nodiscard]] std::string_view name_of(ReasonCode code);  // "no-capture"

struct Reason {
  ReasonCode code = ReasonCode::no_capture;
  std::string text;
};

// One of the conditions for a promotion to PROBED_PASS.
struct Condition {
  std::string name;  // "offline", "lint", "guarded run", "records", "sweep"
  bool met = false;
  std::string text;  // what meets it, or what is missing
};

struct ProgramStatus {
  unsigned cores = 1;
  Status status = Status::unknown;
  std::string executed;  // names what a run executes, as the journal of runs does
  std::string label;  // of an equality: "words", "fields, except grains"; of a probe: what backs it
  std::vector<Reason> reasons;
  std::vector<Condition> promotion;
  bool simulated = false;  // passed, as the program of today
};

struct ShapeStatus {
  std::string key;
  ConvShape shape;
  Family family = Family::pointwise;
  std::vector<std::string> names;  // in the project's list
  std::string program;             // hash of the program that is generated today; empty: none is
  Basis basis = Basis::general;
  std::vector<std::string> basis_reasons;
  std::array<ProgramStatus, 3> programs;
  std::vector<const Entry*> entries;  // of the ledger, which must live as long
  std::size_t captures = 0;           // of different content, nodes of networks not counted
};

enum class Shapes : std::uint8_t {
  all,     // the project's list, and all that the ledger knows
  listed,  // the list alone
  known,   // those of which the ledger knows something
};

[[nodiscard]] bool belongs_to(const ShapeStatus& status, Shapes shapes);

// Of all shapes: those of the list in its order, then those that only the ledger knows, then those
// of `asked` that nobody knows.
[[nodiscard]] std::vector<ShapeStatus> assess(const Ledger& ledger, unsigned threads = 1,
                                              const std::vector<std::string>& asked = {});

}  // namespace npuscope::ledger
