// A guarded session on a device: lock, checks, probes, journal, submit, judgement. The only code of
// the project that starts programs on hardware.
//
//   Result<GuardedSession> session = GuardedSession::open(device, surroundings, options, db);
//   Result<RunReport> report = session->run(program, judge);
//   report->ended == RunClass::pass, report->recovery ...
//
// Order of a run, each step named by Step: probe before, load, rules, journal on the disk, submit,
// journal, read back, kernel log, probe after, journal. Signals are held from the first probe to
// the last line of the journal. One program at a time; a submit is repeated once at most, after a
// dispatch miss of a program that passed before.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "replay/device/call_log.h"
#include "replay/guard/device_lock.h"
#include "replay/guard/health_probe.h"
#include "replay/guard/permission.h"
#include "replay/guard/run_class.h"
#include "replay/guard/run_journal.h"
#include "replay/host/host.h"

namespace npuscope::guard {

// Points of a run at which a test may strike.
enum class Step : std::uint8_t {
  locked,            // nobody else of our kind runs
  opened,            // the journal begins
  probed_before,     // the board is well
  loaded,            // buffers hold the program
  checked,           // the rules allow it
  journaled_submit,  // the line is on the disk
  submitted,         // the call returned
  journaled_return,  // what it returned is on the disk
  read_back,         // outputs are ours
  probed_after,      // the board is still well, or not
  journaled_result,  // the last line is on the disk
};
inline constexpr std::size_t step_count = 11;
[[nodiscard]] std::string_view name_of(Step step);

// What a session touches outside the device.
struct Surroundings {
  host::Host host;  // kernel log, boot_id, other processes
  std::string lock_file = default_lock_file;
  std::string state_directory = guard::state_directory();
  std::string journal_file;                    // empty: runs.jsonl in the state directory
  std::vector<std::string> nodes;              // of the device, to look for other users
  std::function<void(Step)> at = [](Step) {};  // for tests
};

struct SessionOptions {
  LoadOptions load{};
  Permissions permissions{};
  std::string command{};  // as typed, for the journal
  bool fake = false;      // the driver is a fake: what runs on it says nothing of a board
};

// What a program computed, by whoever knows what it should.
struct Judgement {
  enum class Values : std::uint8_t { right, wrong, unknown } values = Values::unknown;
  std::string text;  // "max_diff 0.0010 from an f64 reference"
};
// Of the contents of the program's buffers after the run, in its order.
using Judge = std::function<Judgement(const std::vector<std::vector<std::byte>>& contents)>;

struct RunSubject {
  std::string input;  // "gen:b1_...", a file
  std::string shape;  // key_of() of a single convolution; may be empty
  const ReplayProgram* program = nullptr;
};

struct RunReport {
  RunClass ended = RunClass::not_compared;
  std::string reason;  // of everything but a pass
  JobOutcome outcome;
  Judgement judgement;
  Health before = Health::well, after = Health::well;
  unsigned attempts = 1;
  Decision decision;                             // warnings, and what was overridden
  std::vector<std::vector<std::byte>> contents;  // of all buffers after it
};

class GuardedSession {
 public:
  // Takes the lock, asks the device, looks at the boot. Errors (refused): locked, a poisoned boot,
  // no journal; (device): the driver fails. `log` is that of the device's port.
  [[nodiscard]] static Result<GuardedSession> open(Device device, std::shared_ptr<CallLog> log,
                                                   Surroundings surroundings,
                                                   SessionOptions options, const RegisterDb& db);

  // Errors (refused): the rules or the health probe forbid it, the journal cannot be written;
  // (device): allocation fails. Whatever the program does is a report.
  [[nodiscard]] Result<RunReport> run(const RunSubject& subject, const Judge& judge);

  // A run ended in a way after which nothing more is submitted.
  [[nodiscard]] bool over() const;
  [[nodiscard]] const std::string& journal_path() const;

  struct State;

 private:
  explicit GuardedSession(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace npuscope::guard
