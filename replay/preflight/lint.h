// Runs all rules over an input.
//
//   LintReport report = lint(opened, {});
//   for (const Finding& f : report.findings) ...
//   for (const RuleOutcome& o : report.outcomes) if (o.state() == RuleState::not_evaluated) ...
//   report.failed();                      // an error, or something unsafe
//
// No rule passes by silence: each outcome says how much was looked at, and why the rest was not.
// Nothing of the input is trusted; words that are missing are "not evaluated". A run fills in
// LintOptions::device with what it asked the device, and uses the same rules as its preflight.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "decoder/open.h"
#include "regdb/error.h"
#include "regdb/register_db.h"
#include "replay/preflight/device_facts.h"
#include "replay/preflight/finding.h"
#include "replay/preflight/rule.h"

namespace npuscope::preflight {

struct LintOptions {
  DeviceFacts device;
  std::vector<const Rule*> denied;   // their findings are errors
  std::vector<const Rule*> allowed;  // their findings are notes
  std::size_t findings_per_rule = 20;
  // What is known of registers and bits; must outlive the call.
  const RegisterDb* database = &RegisterDb::builtin();
};

enum class RuleState : std::uint8_t {
  passed,          // everything it looks at is as it should be
  found,           // see the findings
  not_evaluated,   // nothing could be judged
  not_applicable,  // nothing of the kind is there
};

[[nodiscard]] std::string_view name_of(RuleState state);

struct RuleOutcome {
  const Rule* rule = nullptr;
  std::size_t checked = 0;                     // subjects that were judged
  std::size_t found = 0;                       // findings, those beyond findings_per_rule included
  std::map<std::string, std::size_t> skipped;  // subjects that were not judged, by reason

  [[nodiscard]] RuleState state() const;
  [[nodiscard]] std::size_t not_judged() const;
};

struct LintReport {
  std::vector<Finding> findings;      // worst first; rules in the order of all_rules()
  std::vector<RuleOutcome> outcomes;  // of every rule, in that order

  // Findings of this degree, those beyond findings_per_rule included.
  [[nodiscard]] std::size_t count(Severity severity) const;
  [[nodiscard]] bool failed() const {
    return count(Severity::error) > 0 || count(Severity::unsafe) > 0;
  }
  std::array<std::size_t, 4> counts{};  // by Severity
};

[[nodiscard]] LintReport lint(const Opened& opened, const LintOptions& options);

// The rules of these ids or names. An Error (usage) names the first that is unknown.
[[nodiscard]] Result<std::vector<const Rule*>> rules_named(const std::vector<std::string>& ids);

}  // namespace npuscope::preflight
