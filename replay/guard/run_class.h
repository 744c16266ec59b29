// How a submit ended, and what may be done next.
//
//   RunClass ended = classify({.outcome = outcome, .new_poison = lines, ...});
//   recovery_of(ended)                     // "reboot: the driver holds a freed job"
//
// One scale for journal, messages and ledger.
#pragma once

#include <string>
#include <string_view>

#include "replay/device/device.h"

namespace npuscope::guard {

enum class RunClass : std::uint8_t {
  pass,              // the values are right, and the board is well
  not_compared,      // it ended, the board is well, and nobody knows what the values should be
  wrong_values,      // it ended, the board is well, values differ
  never_written,     // it ended, and no byte of the output changed
  dispatch_miss,     // accepted and never started
  timeout,           // started, or perhaps, and did not end
  failed,            // the driver refused or failed
  device_gone,       // the node answers no more
  poisons_next_job,  // it ended, but the health probe after it fails
  poisoned_boot,     // the driver holds a freed job: only a reboot cures
};

[[nodiscard]] std::string_view name_of(RunClass ended);  // "wrong values"
// What the user can do, and whether hardware may be used again in this boot.
[[nodiscard]] std::string_view recovery_of(RunClass ended);
[[nodiscard]] bool ends_the_session(RunClass ended);  // no further program is submitted

struct RunEvidence {
  JobOutcome outcome{};
  bool untouched = false;         // no byte of the output changed
  bool timed_out_in_log = false;  // the kernel log says so (`rocket` tells nobody else)
  bool log_readable = true;       // the kernel log
  std::size_t new_poison = 0;     // lines of the kernel log since the submit
  bool passed_before = false;     // a program of this hash, by the journal
};

// From what the driver said, before values and health are looked at; pass: nothing went wrong.
[[nodiscard]] RunClass classify(const RunEvidence& evidence);

}  // namespace npuscope::guard
