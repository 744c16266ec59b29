#include "replay/guard/permission.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "decoder/task.h"
#include "replay/preflight/rules.h"
#include "replay/preflight/task_view.h"

namespace npuscope::guard {

namespace {

using preflight::Finding;
using preflight::Rule;
using preflight::RuleOutcome;
using preflight::Severity;

// Errors that the user's word overrides, as the specification of the driver has them.
struct Exception {
  std::string_view rule;
  std::string_view where;   // of the finding; empty: the rule could not be judged
  std::string_view reason;  // why it may be
};
constexpr std::array exceptions{
    // KABI-L27: "no foreign process has the node open unless forced".
    Exception{"KABI-L27", "device.other_users", "the user knows what the other process does"},
    // Audit, fact "kernel log": "L28 stays not evaluated, blocked unless overridden".
    Exception{"KABI-L28", "", "who may not read the kernel log can still look at it himself"},
};

// Rules without which nothing is submitted. Of `rocket` none but the last two: it answers no
// questions about itself.
struct Required {
  std::string_view rule;
  bool rknpu_only;
};
constexpr std::array required{Required{"KABI-L01", true}, Required{"KABI-L02", true},
                              Required{"KABI-L27", false}, Required{"KABI-L28", false}};

bool has_exception(const Rule& rule, std::string_view where) {
  return std::ranges::any_of(exceptions, [&](const Exception& each) {
    return each.rule == rule.id && each.where == where;
  });
}

// The denylist names programs that took a board down: that takes more than a rule's name (X04).
bool is_denylist(const Rule& rule) {
  return rule.id == "KABI-L29";
}

bool overrides(const Permissions& permissions, const Rule& rule) {
  if (is_denylist(rule)) return permissions.power_cycle;
  return std::ranges::find(permissions.rules, &rule) != permissions.rules.end();
}

std::string how_to_allow(const Rule& rule) {
  if (is_denylist(rule))
    return "--unsafe-i-can-power-cycle, if you can switch the board off and on by hand";
  return fmt::format("--unsafe={} if you accept that", rule.id);
}

// "task 3, ": whose record holds the word. Empty: a record that only a link leads to.
std::string task_of(const ReplayProgram& program, const ImagePlace& word) {
  const std::uint64_t address = program.image.buffers[word.buffer].address + word.offset;
  for (std::size_t i = 0; i < program.table.size(); ++i) {
    const Task& task = program.table[i];
    const std::uint64_t words = std::uint64_t{task.regcfg_amount} + tail_words;
    if (address >= task.regcmd_addr && address - task.regcmd_addr < 8 * words)
      return fmt::format("task {}, ", i);
  }
  return {};
}

class Decider {
 public:
  Decider(const Permissions& permissions, std::string_view device)
      : permissions_(permissions), device_(device) {}

  void judge(const Finding& finding) {
    Objection objection = objection_of(finding);
    const bool may_be_allowed =
        finding.severity == Severity::unsafe ||
        (finding.severity == Severity::error && has_exception(*finding.rule, finding.where.name));
    if (finding.severity == Severity::note) return;
    if (finding.severity == Severity::warning) {
      decision_.warnings.push_back(std::move(objection));
    } else if (may_be_allowed && overrides(permissions_, *finding.rule)) {
      decision_.overridden.push_back(std::move(objection));
    } else {
      if (may_be_allowed) objection.remedy = how_to_allow(*finding.rule);
      decision_.refusals.push_back(std::move(objection));
    }
  }

  void judge(const RuleOutcome& outcome) {
    const auto found = std::ranges::find(required, outcome.rule->id, &Required::rule);
    // On paper nothing is submitted, and there is nobody to ask.
    if (found == required.end() || device_ == "paper") return;
    if (found->rknpu_only && device_ != "rknpu") return;
    for (const auto& [reason, count] : outcome.skipped) {
      Objection objection{outcome.rule, Severity::error, fmt::format("not known: {}", reason),
                          std::string(outcome.rule->reason), std::string(outcome.rule->remedy)};
      const bool may_be_allowed = has_exception(*outcome.rule, "");
      if (may_be_allowed && overrides(permissions_, *outcome.rule)) {
        decision_.overridden.push_back(std::move(objection));
      } else {
        if (may_be_allowed) objection.remedy = how_to_allow(*outcome.rule);
        decision_.refusals.push_back(std::move(objection));
      }
    }
  }

  // Findings beyond those that are kept count, too.
  void judge_rest(const RuleOutcome& outcome, std::size_t kept) {
    if (outcome.found <= kept) return;
    Finding rest;
    rest.rule = outcome.rule;
    rest.severity = outcome.rule->severity;
    rest.found = fmt::format("{} more of the same", outcome.found - kept);
    judge(rest);
  }

  [[nodiscard]] Decision take() { return std::move(decision_); }

 private:
  static Objection objection_of(const Finding& finding) {
    std::string text = preflight::text_of(finding.where);
    if (!text.empty()) text += ": ";
    text += finding.found;
    if (!finding.expected.empty()) text += fmt::format("; expected {}", finding.expected);
    return {finding.rule, finding.severity, std::move(text), std::string(finding.rule->reason),
            std::string(finding.rule->remedy)};
  }

  const Permissions& permissions_;
  std::string_view device_;
  Decision decision_;
};

}  // namespace

void refuse_strays(const ReplayProgram& program, Decision& decision) {
  const std::vector<StrayAddress>& strays = program.addresses.strays;
  const Rule* rule = preflight::find_rule("KABI-L20");
  constexpr std::size_t shown = 4;
  for (std::size_t i = 0; i < std::min(shown, strays.size()); ++i) {
    const StrayAddress& stray = strays[i];
    std::string text =
        fmt::format("{}{}: {:#x} lies in no buffer of the input", task_of(program, stray.word),
                    preflight::register_name(stray.register_offset), stray.value);
    if (i + 1 == shown && strays.size() > shown)
      text += fmt::format("; {} more addresses neither", strays.size() - shown);
    decision.refusals.push_back({rule, Severity::error, std::move(text), std::string(rule->reason),
                                 "give an input that holds all buffers of the run"});
  }
}

void judge_history(const ProgramHistory& history, const Permissions& permissions,
                   Decision& decision) {
  if (history.denied.empty()) return;
  const Rule* rule = preflight::find_rule("KABI-L29");
  Objection objection{rule, rule->severity, history.denied, std::string(rule->reason),
                      how_to_allow(*rule)};
  (overrides(permissions, *rule) ? decision.overridden : decision.refusals)
      .push_back(std::move(objection));
}

Decision decide(const preflight::LintReport& report, const Permissions& permissions,
                std::string_view device) {
  Decider decider(permissions, device);
  for (const Finding& finding : report.findings) decider.judge(finding);
  for (const RuleOutcome& outcome : report.outcomes) {
    decider.judge(outcome);
    const auto kept = std::ranges::count(report.findings, outcome.rule, &Finding::rule);
    decider.judge_rest(outcome, static_cast<std::size_t>(kept));
  }
  return decider.take();
}

}  // namespace npuscope::guard
