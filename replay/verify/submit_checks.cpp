// The submit: which tasks run, and with which parameters. Source: kernel driver 0.9.8 (what it
// reads), all public logs of librknnrt 2.3.0 (what it sends).
#include <algorithm>

#include "replay/verify/checks.h"

namespace npuscope {

namespace {

constexpr std::string_view no_submit = "the input shows no SUBMIT";

// Tasks of the 1-core program, from the model; else from the captured table.
std::optional<std::uint32_t> first_section(const Run& run) {
  if (run.model != nullptr && run.model->first_section > 0)
    return static_cast<std::uint32_t>(run.model->first_section);
  if (run.set == nullptr) return std::nullopt;
  const Program* program = run.set->program_for(1);
  if (program == nullptr || run.set->inferred) return std::nullopt;
  return static_cast<std::uint32_t>(program->task_count());
}

void check_entries(const Submit& submit, std::uint32_t n, Verdict& verdict) {
  for (std::size_t i = 0; i < submit.subcore.size(); ++i) {
    if (!submit.subcore[i]) continue;
    const auto [start, count] = *submit.subcore[i];
    const std::uint32_t wanted = i < 3 ? n : 0;
    if (start != 0 || count != wanted)
      verdict.fail(fmt::format("subcore_task[{}]", i), fmt::format("start 0, {} tasks", wanted),
                   fmt::format("start {}, {} tasks", start, count), submit.place,
                   "the driver runs subcore_task[core]");
  }
}

}  // namespace

Verdict check_section(const Run& run) {
  if (run.submit() == nullptr) return absent(no_submit);
  if (!run.vendor_runtime && run.model == nullptr)
    return skip("not librknnrt: other clients submit otherwise");
  const auto n = first_section(run);
  if (!n) return skip("the length of the 1-core program is not known: give --model");
  Verdict verdict;
  std::size_t stated = 0;
  for (const Submit& submit : run.capture().submits) {
    if (!submit.task_number) continue;
    if (stated++ == 0) verdict.place = submit.place;
    verdict.expect("task_number: three times the 1-core program", 3 * *n, *submit.task_number,
                   submit.place);
    check_entries(submit, *n, verdict);
  }
  return concluded(
      std::move(verdict), stated,
      fmt::format("the 1-core program and no other: {}, three times", count_of(*n, "task")),
      skip("task numbers are not in the log"));
}

Verdict check_submit_fields(const Run& run) {
  if (run.submit() == nullptr) return absent(no_submit);
  if (!run.vendor_runtime) return skip("not librknnrt: other clients submit otherwise");
  Verdict verdict;
  std::size_t stated = 0;
  for (const Submit& submit : run.capture().submits) {
    const auto field = [&](std::string_view name, const auto& found, auto expected) {
      if (!found) return;
      if (stated++ == 0) verdict.place = submit.place;
      verdict.expect(fmt::format("{} of the SUBMIT", name), std::int64_t{expected},
                     static_cast<std::int64_t>(*found), submit.place);
    };
    field("flags (program controller, ping-pong)", submit.flags, 5);
    field("timeout in ms", submit.timeout, 6000);
    field("task_start", submit.task_start, 0);
    field("task_counter", submit.task_counter, 0);
    field("priority", submit.priority, 0);
    field("task_base_addr", submit.task_base_addr, 0);
    field("regcfg_obj_addr", submit.regcfg_obj_addr, 0);
    field("user_data (bytes that later drivers use)", submit.user_data, 0);
    field("core_mask (any core)", submit.core_mask, 0);
    field("fence_fd", submit.fence_fd, -1);
  }
  return concluded(std::move(verdict), stated,
                   "flags 5, timeout 6000 ms, any core, no fence, base 0",
                   skip("the log shows of the SUBMIT only its task object"));
}

Verdict check_submit_count(const Run& run) {
  if (run.submit() == nullptr) return absent(no_submit);
  Verdict verdict;
  std::uint64_t next = 1;
  std::size_t events = 0;
  for (const Event& event : run.capture().events) {
    if (event.kind != "SUBMIT") continue;
    ++events;
    const auto number = event.number("number");
    if (number)
      verdict.expect("number of the SUBMIT", next, *number, event.place, "a submit is missing");
    next = number.value_or(next) + 1;
  }
  verdict.place = run.submit()->place;
  return concluded(std::move(verdict), events, count_of(events, "submit") + ", numbered from 1",
                   skip("submits have no lines of their own in the input"));
}

Verdict check_elapsed_time(const Run& run) {
  Verdict verdict;
  std::size_t stated = 0;
  for (const Event& event : run.capture().events) {
    const auto time = event.number("hw_elapse_time");
    if (!time || *time == 0) continue;
    if (stated++ == 0) verdict.place = event.place;
    const std::uint64_t limit =
        std::uint64_t{1'000'000} *
        (run.submit() == nullptr ? 6000 : run.submit()->timeout.value_or(6000));
    if (*time > limit)
      verdict.fail("time that the hardware took", fmt::format("at most the timeout, {} ns", limit),
                   fmt::format("{} ns", *time), event.place);
    verdict.passed = fmt::format("{} ns, below the timeout", *time);
  }
  const std::string passed = verdict.passed;
  return concluded(std::move(verdict), stated, passed,
                   skip("hw_elapse_time behind the call is not logged"));
}

}  // namespace npuscope
