// The lines of the journal, as JSON (schema npuscope.run/1, docs/formats.md).
//
//   journal.write(submit_line(run, submission, decision, subject));
#pragma once

#include "replay/guard/session.h"
#include "replay/host/boot_state.h"

namespace npuscope::guard {

// What all lines of a run share.
struct RunIdentity {
  std::string run;      // "20261121T201257Z-4711-1", unique on a machine
  std::string boot_id;  // empty: not known
};

[[nodiscard]] std::string begin_line(const RunIdentity& run, const Device& device,
                                     const preflight::DeviceFacts& facts,
                                     const host::BootState& boot, const SessionOptions& options);
[[nodiscard]] std::string probe_line(const RunIdentity& run, std::string_view when, ProbeForm form,
                                     const JobOutcome& outcome, bool right);
// `event`: "probe-submit" or "submit"; written before the call.
[[nodiscard]] std::string submit_line(const RunIdentity& run, std::string_view event,
                                      const Submission& submission, const RunSubject& subject,
                                      const Decision& decision, unsigned attempt);
[[nodiscard]] std::string return_line(const RunIdentity& run, const JobOutcome& outcome,
                                      const std::vector<std::string>& kernel_lines);
[[nodiscard]] std::string refusal_line(const RunIdentity& run, const RunSubject& subject,
                                       const Decision& decision);
[[nodiscard]] std::string result_line(const RunIdentity& run, const RunSubject& subject,
                                      const RunReport& report);

// "2026-11-21T20:12:57Z"
[[nodiscard]] std::string time_now();

}  // namespace npuscope::guard
