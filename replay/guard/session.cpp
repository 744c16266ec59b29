#include "replay/guard/session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "replay/device/rocket_device.h"
#include "replay/guard/run_lines.h"
#include "replay/guard/signal_hold.h"
#include "replay/host/boot_state.h"
#include "replay/host/device_users.h"

namespace npuscope::guard {

namespace {

// "20261121T201257Z-4711"
std::string name_of_session() {
  std::string name = time_now();
  std::erase_if(name, [](char c) { return c == '-' || c == ':'; });
  return fmt::format("{}-{}", name, getpid());
}

std::string text_of(const JobOutcome& outcome) {
  if (outcome.error == 0) return "the driver takes it for done";
  return fmt::format("{}, {} tasks completed", std::strerror(outcome.error), outcome.task_counter);
}

// One line a refusal: what, what it would cost, what to do.
std::string text_of(const std::vector<Objection>& refusals) {
  constexpr std::size_t shown = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(shown, refusals.size()); ++i) {
    const Objection& each = refusals[i];
    text += fmt::format("\n  {}: {}\n    otherwise: {}\n    {}", each.rule->id, each.text,
                        each.consequence, each.remedy);
  }
  if (refusals.size() > shown) text += fmt::format("\n  and {} more", refusals.size() - shown);
  return text;
}

}  // namespace

std::string_view name_of(Step step) {
  constexpr std::string_view names[step_count] = {
      "locked",    "opened",           "probed before",   "loaded",
      "checked",   "journaled submit", "submitted",       "journaled return",
      "read back", "probed after",     "journaled result"};
  return names[static_cast<std::size_t>(step)];
}

struct GuardedSession::State {
  Device device;
  std::shared_ptr<CallLog> log;
  Surroundings surroundings;
  SessionOptions options;
  const RegisterDb* db = nullptr;
  DeviceLock lock;
  RunJournal journal;
  RunIdentity identity{};
  std::string session{};
  unsigned runs = 0;
  preflight::DeviceFacts facts{};
  host::BootState boot{};
  bool over = false;
  std::string poison{};        // a line of the kernel log that a health probe has brought about
  std::size_t first_call = 0;  // of the program that is loaded, in the log

  void at(Step step) const { surroundings.at(step); }
  // Calls since a program was loaded: what rules over the history of its submit look at.
  [[nodiscard]] std::vector<Event> calls() const {
    return {log->events.begin() + static_cast<std::ptrdiff_t>(first_call), log->events.end()};
  }
  Result<void> note(const std::string& line) { return journal.write(line); }

  // What is known of the machine, as the rules ask for it.
  Result<void> look_around();
  // Lines of the kernel log that were not there when the session began.
  [[nodiscard]] std::vector<std::string> new_kernel_lines() const;

  struct ProbeRun {
    JobOutcome outcome;
    bool right = false;
  };
  Result<ProbeRun> probe(ProbeForm form, std::string_view when);
  Result<Health> probe_both(std::string_view when);
  Result<Health> bring_to_health();

  Result<Decision> check(const Submission& submission, const RunSubject& subject);
  Result<RunReport> submit_loaded(Submission& submission, const RunSubject& subject,
                                  const Judge& judge, Health before);
  Result<void> attempt(Submission& submission, const RunSubject& subject, RunReport& report);
  void conclude(const Judge& judge, RunReport& report);
  void look_after(RunReport& report);
  void remember_poison(const RunReport& report) const;
};

Result<void> GuardedSession::State::look_around() {
  auto asked = device.facts();
  if (!asked) return tl::unexpected(asked.error());
  facts = std::move(*asked);
  facts.device_locked = true;
  boot = host::boot_state(surroundings.host);
  identity.boot_id = boot.boot_id.value_or("");
  const host::DeviceUsers users = host::device_users(surroundings.host, surroundings.nodes);
  facts.other_users = users.users.size();
  std::vector<std::string> lines;
  for (const host::PoisonLine& line : boot.poison) lines.push_back(line.text);
  for (std::string& reason : poison_recorded(surroundings.state_directory, identity.boot_id))
    lines.push_back(fmt::format("recorded by an earlier run: {}", reason));
  // A log that cannot be read proves nothing, but what it shows counts.
  if (!lines.empty() || boot.doubt().empty()) facts.poison_lines = std::move(lines);
  return {};
}

std::vector<std::string> GuardedSession::State::new_kernel_lines() const {
  const host::BootState now = host::boot_state(surroundings.host);
  std::vector<std::string> lines;
  // Poison lines are few and only added to.
  for (std::size_t i = boot.poison.size(); i < now.poison.size(); ++i)
    lines.push_back(now.poison[i].text);
  return lines;
}

Result<GuardedSession::State::ProbeRun> GuardedSession::State::probe(ProbeForm form,
                                                                     std::string_view when) {
  const ReplayProgram program = probe_program(form);
  LoadOptions plain;
  plain.timeout_ms = options.load.timeout_ms;
  first_call = log->events.size();
  auto submission = load_program(device, program, plain);
  if (!submission) return tl::unexpected(submission.error());
  const RunSubject subject{fmt::format("health probe, {}", name_of(form)), {}, &program};
  auto run = [&]() -> Result<ProbeRun> {
    preflight::LintOptions rules;
    rules.device = facts;
    rules.device.health_probe_passed = true;  // this is it
    rules.device.outputs_prefilled = true;
    rules.database = db;
    const Decision decision =
        decide(preflight::lint(as_opened(*submission, calls(), subject.input, *db), rules),
               options.permissions, device.kind);
    if (!decision.allowed()) {
      static_cast<void>(note(refusal_line(identity, subject, decision)));
      return refused("the health probe is not submitted" + text_of(decision.refusals));
    }
    if (auto written =
            note(submit_line(identity, "probe-submit", *submission, subject, decision, 1));
        !written)
      return tl::unexpected(written.error());
    ProbeRun result;
    result.outcome = device.submit(submission->job);
    // After every submit (KABI-X03), or the next one meets a driver that holds a freed job.
    if (const auto lines = new_kernel_lines(); !lines.empty()) poison = lines.front();
    const auto fetched = fetch_outputs(device, *submission);
    result.right =
        result.outcome.error == 0 && fetched && probe_is_right(contents_of(*submission).back());
    if (auto written = note(probe_line(identity, when, form, result.outcome, result.right));
        !written)
      return tl::unexpected(written.error());
    return result;
  }();
  free_all(device, *submission);
  return run;
}

// inherit first: armed sets the pointers that it relies on.
Result<Health> GuardedSession::State::probe_both(std::string_view when) {
  const auto inherit = probe(ProbeForm::inherit, when);
  if (!inherit) return tl::unexpected(inherit.error());
  if (!poison.empty()) return Health::stuck;
  const auto armed = probe(ProbeForm::armed, when);
  if (!armed) return tl::unexpected(armed.error());
  return health_of(inherit->right, armed->right);
}

// Before a run: what an earlier program left behind may be put in order once.
Result<Health> GuardedSession::State::bring_to_health() {
  auto health = probe_both("before");
  if (health && *health != Health::well && poison.empty() && device.reset) {
    if (auto reset = device.reset(); !reset) return tl::unexpected(reset.error());
    health = probe_both("before, after ACT_RESET");
  }
  if (poison.empty()) return health;
  over = true;
  static_cast<void>(record_poison(surroundings.state_directory, identity.boot_id, poison));
  return refused(fmt::format("the health probe has poisoned this boot: {}", poison),
                 std::string(recovery_of(RunClass::poisoned_boot)));
}

Result<Decision> GuardedSession::State::check(const Submission& submission,
                                              const RunSubject& subject) {
  if (device.kind == "rocket")
    if (const auto reason = rocket_refusal(submission.job))
      return refused(fmt::format("rocket cannot run this program: {}", *reason),
                     "KABI-R3; --on=rknpu or --on=sim may");
  preflight::LintOptions rules;
  rules.device = facts;
  rules.device.outputs_prefilled = !submission.vendor_sequence;
  rules.database = db;
  const Opened opened = as_opened(submission, calls(), subject.input, *db);
  if (opened.sets.empty())
    return refused("no program is found in what would be submitted",
                   "`npuscope lint` says what stands in the way");
  Decision decision = decide(preflight::lint(opened, rules), options.permissions, device.kind);
  refuse_strays(submission.program, decision);
  judge_history(history_of(journal.path(), subject.program->hash), options.permissions, decision);
  if (decision.allowed()) return decision;
  static_cast<void>(note(refusal_line(identity, subject, decision)));
  return refused("nothing is submitted" + text_of(decision.refusals));
}

// One submit: on the disk before, on the disk after.
Result<void> GuardedSession::State::attempt(Submission& submission, const RunSubject& subject,
                                            RunReport& report) {
  if (auto written = note(
          submit_line(identity, "submit", submission, subject, report.decision, report.attempts));
      !written)
    return written;
  at(Step::journaled_submit);
  report.outcome = device.submit(submission.job);
  at(Step::submitted);
  const std::vector<std::string> kernel = new_kernel_lines();
  // A journal that fails now must not hide what happened: it is told on the terminal.
  auto written = note(return_line(identity, report.outcome, kernel));
  at(Step::journaled_return);
  const auto fetched = fetch_outputs(device, submission);
  report.contents = contents_of(submission);
  at(Step::read_back);
  RunEvidence evidence;
  evidence.outcome = report.outcome;
  evidence.untouched = outputs_untouched(submission);
  evidence.new_poison = kernel.size();
  evidence.log_readable = boot.log.error.empty();
  evidence.timed_out_in_log =
      device.kind == "rocket" && host::boot_state(surroundings.host).failures > boot.failures;
  evidence.passed_before = history_of(journal.path(), subject.program->hash).passed;
  report.ended = classify(evidence);
  report.reason = kernel.empty() ? text_of(report.outcome) : kernel.front();
  if (report.ended == RunClass::pass && !fetched) {
    report.ended = RunClass::device_gone;
    report.reason = fetched.error().text();
  }
  return written;
}

// Values, of a run that came to its end.
void GuardedSession::State::conclude(const Judge& judge, RunReport& report) {
  if (report.ended != RunClass::pass) return;
  report.judgement = judge(report.contents);
  switch (report.judgement.values) {
    case Judgement::Values::right:
      report.reason.clear();
      break;
    case Judgement::Values::wrong:
      report.ended = RunClass::wrong_values;
      report.reason = report.judgement.text;
      break;
    case Judgement::Values::unknown:
      report.ended = RunClass::not_compared;
      report.reason = report.judgement.text;
      break;
  }
}

// The board after a run. A probe that fails says more than the values before it.
void GuardedSession::State::look_after(RunReport& report) {
  if (report.ended == RunClass::poisoned_boot || report.ended == RunClass::device_gone) return;
  const auto after = probe_both("after");
  report.after = after ? *after : Health::stuck;
  if (report.after == Health::well) return;
  const std::string what = fmt::format("the health probe after it finds {}", name_of(report.after));
  report.reason = report.reason.empty() ? what : report.reason + "; " + what;
  report.ended = RunClass::poisons_next_job;
  if (!poison.empty()) {
    report.ended = RunClass::poisoned_boot;
    report.reason += ": " + poison;
    return;
  }
  if (!device.reset) return;
  const auto reset = device.reset();
  const auto again = reset ? probe_both("after ACT_RESET") : tl::unexpected(reset.error());
  if (again && *again == Health::well) {
    report.reason += "; ACT_RESET mended it";
  } else {
    report.ended = RunClass::poisoned_boot;
    report.reason += "; ACT_RESET did not mend it";
  }
}

void GuardedSession::State::remember_poison(const RunReport& report) const {
  if (report.ended != RunClass::poisoned_boot || identity.boot_id.empty()) return;
  static_cast<void>(record_poison(surroundings.state_directory, identity.boot_id, report.reason));
}

Result<RunReport> GuardedSession::State::submit_loaded(Submission& submission,
                                                       const RunSubject& subject,
                                                       const Judge& judge, Health before) {
  RunReport report;
  report.before = before;
  auto decision = check(submission, subject);
  if (!decision) return tl::unexpected(decision.error());
  report.decision = std::move(*decision);
  at(Step::checked);
  auto written = attempt(submission, subject, report);
  if (!written && report.outcome.error == 0 && report.contents.empty())
    return tl::unexpected(written.error());  // nothing was submitted
  if (report.ended == RunClass::dispatch_miss && device.reset && device.reset()) {
    report.attempts = 2;  // once, and only of a program that passed before (KABI-X09)
    written = attempt(submission, subject, report);
  }
  conclude(judge, report);
  look_after(report);
  at(Step::probed_after);
  remember_poison(report);
  over = over || ends_the_session(report.ended);
  auto noted = note(result_line(identity, subject, report));
  at(Step::journaled_result);
  if (written && noted) return report;
  return device_failed(
      fmt::format("{}: {} ({})", subject.input, name_of(report.ended), report.reason),
      journal.path(), "the journal could not be written: write this result down");
}

Result<GuardedSession> GuardedSession::open(Device device, std::shared_ptr<CallLog> log,
                                            Surroundings surroundings, SessionOptions options,
                                            const RegisterDb& db) {
  auto lock = DeviceLock::take(surroundings.lock_file);
  if (!lock) return tl::unexpected(lock.error());
  surroundings.at(Step::locked);
  if (surroundings.journal_file.empty())
    surroundings.journal_file = surroundings.state_directory + "/runs.jsonl";
  auto journal = RunJournal::open(surroundings.journal_file);
  if (!journal) return tl::unexpected(journal.error());
  auto state = std::make_shared<State>(State{.device = std::move(device),
                                             .log = std::move(log),
                                             .surroundings = std::move(surroundings),
                                             .options = std::move(options),
                                             .db = &db,
                                             .lock = std::move(*lock),
                                             .journal = std::move(*journal)});
  state->session = name_of_session();
  state->identity.run = state->session;
  if (auto seen = state->look_around(); !seen) return tl::unexpected(seen.error());
  if (auto written = state->note(
          begin_line(state->identity, state->device, state->facts, state->boot, state->options));
      !written)
    return tl::unexpected(written.error());
  state->at(Step::opened);
  return GuardedSession(std::move(state));
}

Result<RunReport> GuardedSession::run(const RunSubject& subject, const Judge& judge) {
  State& s = *state_;
  if (s.over) return refused("an earlier run of this session forbids further ones");
  s.identity.run = fmt::format("{}-{}", s.session, ++s.runs);
  const SignalHold hold;
  // The world may have changed since the last run.
  if (auto seen = s.look_around(); !seen) return tl::unexpected(seen.error());
  const auto before = s.bring_to_health();
  if (!before) return tl::unexpected(before.error());
  s.facts.health_probe_passed = *before == Health::well;
  s.at(Step::probed_before);
  s.first_call = s.log->events.size();
  auto submission = load_program(s.device, *subject.program, s.options.load);
  if (!submission) return tl::unexpected(submission.error());
  s.at(Step::loaded);
  auto report = s.submit_loaded(*submission, subject, judge, *before);
  free_all(s.device, *submission);
  return report;
}

bool GuardedSession::over() const {
  return state_->over;
}
const std::string& GuardedSession::journal_path() const {
  return state_->journal.path();
}

}  // namespace npuscope::guard
