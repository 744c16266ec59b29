// What is known of a convolution, piece by piece: a capture, a simulation, a run on a board, what
// somebody's sweep reported. Facts with their source; what follows from them stands nowhere, it is
// computed (replay/ledger/status.h).
//
//   Evidence evidence = SimulationEvidence{.program = row.program_hash, .status = "pass"};
//   entry.shape = key_of(shape);      // the full geometry: the only key there is
//   line_of(entry)                    // evidence_json.h: one line of a ledger
//
// Plain values; equal facts are equal.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "decoder/compare/difference.h"
#include "replay/ledger/fence.h"

namespace npuscope::ledger {

// Where a fact was read. Folders are left out, so that a ledger does not tell whose disk it was.
struct Source {
  std::string name;    // of the file; as its manifest calls it, if there is one
  std::string hash;    // XXH3-128 of the bytes of the file
  std::string part;    // "line 12", "node 3", "column status_seed"; empty: the whole file
  std::string origin;  // "owner/repository:path at commit", from a manifest; empty: not known
  friend bool operator==(const Source&, const Source&) = default;
};

enum class Unit : std::uint8_t {
  words,   // whole command words, tails and links included
  fields,  // the registers that a table of values names
  tasks,   // the entries of the task table alone: no commands were captured
};

// One of the three programs of a capture, compared with the generated one.
struct ProgramDifference {
  unsigned cores = 1;
  std::uint64_t compared = 0;      // words, fields or tasks
  std::uint64_t not_compared = 0;  // not captured, or numbers of a quantisation
  std::array<std::uint64_t, difference_classes> differences{};

  // The differences that count; speed alone does not, and has a word of its own.
  [[nodiscard]] std::uint64_t counted() const;
  [[nodiscard]] std::uint64_t performance() const;
  friend bool operator==(const ProgramDifference&, const ProgramDifference&) = default;
};

struct CaptureEvidence {
  std::string kind;      // "live log", "rknn model", ...
  std::string content;   // XXH3-128 of what was captured, wherever it lay: one for equal captures
  std::string compiler;  // "2.3.2"; empty: not stated
  std::string runtime, driver;
  bool in_network = false;  // a node among others: its tensors are laid out for its neighbours
  Unit unit = Unit::words;
  std::string program;  // of the generated program it was compared with; empty: there is none
  std::vector<ProgramDifference> programs;  // one for each core count that was captured
  std::uint64_t one_core_tasks = 0;         // of the captured program for one core
  std::optional<std::uint64_t> ran_tasks;   // of it, by its submit
  std::vector<std::string> faults;          // what is wrong with it, or was repaired
  friend bool operator==(const CaptureEvidence&, const CaptureEvidence&) = default;
};

// A row of `npuscope sweep`: all three programs on the simulator.
struct SimulationEvidence {
  std::string program;  // of the generated program that ran
  std::string status;   // of the sweep: "pass", "wrong-values", ...
  std::string reason;
  std::uint64_t seed = 0;
  double absolute = 0, relative = 0;  // tolerance
  std::optional<double> max_diff;     // none: infinite, or not compared
  friend bool operator==(const SimulationEvidence&, const SimulationEvidence&) = default;
};

// As the journal of guarded runs has it.
enum class RunResult : std::uint8_t {
  pass,
  not_compared,  // it ended, and nobody knows what the values should be
  wrong_values,
  never_written,  // it ended, and no byte of the output changed
  dispatch_miss,  // accepted, and never started
  timeout,
  failed,            // the driver refused it
  device_gone,       // the device answers no more
  poisons_next_job,  // right, and the health check behind it failed
  poisoned_boot,     // nothing runs any more until the board starts again
  board_lost,        // the journal goes on in another boot: the board hung or started again
  unfinished,        // the journal ends before the run did
};

[[nodiscard]] std::string_view name_of(RunResult result);
[[nodiscard]] std::optional<RunResult> run_result(std::string_view name);

// One guarded run on a board: a line of its journal, npuscope.run/1. Outputs are always filled
// before it, so that "never written" is not taken for zeros.
struct RunEvidence {
  std::string program;  // of what was executed, whatever the addresses
  unsigned cores = 1;   // which of the three programs
  RunResult result = RunResult::unfinished;
  std::string reason;           // of everything but a pass
  std::uint64_t ran_tasks = 0;  // that the submit executed, all lanes together
  std::string values;           // how the outputs compare with a reference, in words
  std::optional<double> max_diff;
  std::string health_before, health_after;  // "well", "polluted", "stuck"; empty: not looked at
  std::string device, driver, boot, date;
  std::vector<std::string> overridden;                      // rules that the user allowed to break
  std::vector<std::pair<std::string, std::string>> submit;  // its fields
  friend bool operator==(const RunEvidence&, const RunEvidence&) = default;
};

// What a sweep of somebody's client said of a name: knowledge, but of another program.
struct ReportEvidence {
  std::string name;      // as it stands there; several names have one geometry
  std::string campaign;  // "conv_grok_217_sweep_20260710_150352_detail.log", a column of a table
  std::string status;    // "PASS", "FAIL", "FENCED", "ERROR", ...
  std::string text;      // all that it says
  std::optional<double> max_diff;
  std::optional<Fence> fence;  // of FENCED
  friend bool operator==(const ReportEvidence&, const ReportEvidence&) = default;
};

using Evidence = std::variant<CaptureEvidence, SimulationEvidence, RunEvidence, ReportEvidence>;

struct Entry {
  std::string shape;  // key_of(ConvShape)
  Source source;
  Evidence evidence;
  friend bool operator==(const Entry&, const Entry&) = default;
};

// "capture", "simulation", "run", "report".
[[nodiscard]] std::string_view type_of(const Evidence& evidence);
[[nodiscard]] std::string_view name_of(Unit unit);

}  // namespace npuscope::ledger
