// What the rules found, and what the user allowed: may this program be submitted?
//
//   const Decision decision = decide(report, {.rules = {find_rule("KABI-L07-multi")}}, "rknpu");
//   for (const Objection& o : decision.refusals) ... o.text, o.consequence, o.remedy ...
//   for (const Objection& o : decision.overridden) ... print what it may cost ...
//
// Errors are never allowed, with the exceptions that the table in permission.cpp names, each with
// its reason. Unsafe findings need the user's word for each rule. A rule of which a run depends and
// that nobody could judge counts as broken.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "replay/guard/run_journal.h"
#include "replay/preflight/lint.h"
#include "replay/prepare/replay_program.h"

namespace npuscope::guard {

struct Permissions {
  std::vector<const preflight::Rule*> rules{};  // --unsafe ID
  bool power_cycle = false;                     // --unsafe-i-can-power-cycle
};

struct Objection {
  const preflight::Rule* rule = nullptr;
  preflight::Severity severity = preflight::Severity::error;
  std::string text;         // where, what stands there, what should
  std::string consequence;  // what happens otherwise
  std::string remedy;       // how to mend it, or how to allow it
};

struct Decision {
  std::vector<Objection> refusals;    // any of them: nothing is submitted
  std::vector<Objection> overridden;  // allowed by the user
  std::vector<Objection> warnings;
  [[nodiscard]] bool allowed() const { return refusals.empty(); }
};

// `device`: "rknpu", "rocket", or "paper", which has no state to judge. Rules about `rknpu` alone
// are not asked of others.
[[nodiscard]] Decision decide(const preflight::LintReport& report, const Permissions& permissions,
                              std::string_view device);

// A program that the journal of this machine speaks against is on the denylist too (KABI-X04).
void judge_history(const ProgramHistory& history, const Permissions& permissions,
                   Decision& decision);

// Words that hold addresses of no buffer cannot be moved: the board would read or write there what
// belongs to somebody else (KABI-L20). Never allowed.
void refuse_strays(const ReplayProgram& program, Decision& decision);

}  // namespace npuscope::guard
