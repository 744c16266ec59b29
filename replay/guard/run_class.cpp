#include "replay/guard/run_class.h"

#include <array>
#include <cerrno>

namespace npuscope::guard {

namespace {

struct Row {
  std::string_view name, recovery;
  bool ends_session;
};

constexpr std::array<Row, 10> rows{{
    {"pass", "none needed", false},
    {"not compared", "none needed", false},
    {"wrong values", "none needed: the health probe passes after it", false},
    {"never written", "none needed: the health probe passes after it", false},
    {"dispatch miss", "ACT_RESET, then once more, if the program passed before", false},
    {"timeout", "the driver has reset the cores; run again only with another program", true},
    {"failed", "look at the kernel log: `npuscope klog`", true},
    {"device gone", "look whether the driver is still loaded: `npuscope audit`", true},
    {"poisons the next job", "ACT_RESET; do not run this program again", true},
    {"poisoned boot", "reboot: hardware is refused until then", true},
}};

const Row& row_of(RunClass ended) {
  return rows.at(static_cast<std::size_t>(ended));
}

}  // namespace

std::string_view name_of(RunClass ended) {
  return row_of(ended).name;
}
std::string_view recovery_of(RunClass ended) {
  return row_of(ended).recovery;
}
bool ends_the_session(RunClass ended) {
  return row_of(ended).ends_session;
}

RunClass classify(const RunEvidence& evidence) {
  const int error = evidence.outcome.error;
  // An interrupt that is not the expected one leaves a job that the driver has freed, with or
  // without a timeout (KABI-D1): treated alike, whatever the call returned.
  if (evidence.new_poison > 0) return RunClass::poisoned_boot;
  // "job commit failed" is such a job, too; without the log it cannot be told from other refusals.
  if (error == EINVAL && !evidence.log_readable) return RunClass::poisoned_boot;
  if (error == ENODEV || error == EBADF || error == ENXIO) return RunClass::device_gone;
  if (error == ETIMEDOUT) {
    // "Accepted and never started" (KABI-X09) looks like a program that stops in its first task.
    // Only of one that passed before it is known that it can do better.
    const bool never_began = evidence.outcome.task_counter == 0 && evidence.untouched;
    return never_began && evidence.passed_before ? RunClass::dispatch_miss : RunClass::timeout;
  }
  if (error != 0) return RunClass::failed;
  if (evidence.timed_out_in_log) return RunClass::timeout;
  return evidence.untouched ? RunClass::never_written : RunClass::pass;
}

}  // namespace npuscope::guard
