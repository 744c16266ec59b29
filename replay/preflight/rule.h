// A rule: what must hold, why, who says so, and the function that looks.
//
//   const Rule* rule = find_rule("HW-E2");        // replay/preflight/rules.h
//   rule->title;                                  // "data and weights share the twelve banks"
//   rule->check(context, verdict);
//
// Ids are those of the documents that state the rule: KABI-* driver and submit, SCHED-* schedules,
// HW-* and HWM-* hardware, RKNN-* model files (decoder/check). `also` lists the ids of other
// documents for the same fact. A rule is one function; it reports through a Verdict
// (replay/preflight/verdict.h), prints nothing, and holds no state.
#pragma once

#include <cstdint>
#include <string_view>

#include "replay/preflight/finding.h"

namespace npuscope::preflight {

class Context;
class Verdict;

// What a rule needs beside the program.
enum class Scope : std::uint8_t {
  program,  // words, task table, buffers, and the submit
  submit,   // the fields of a submit alone
  trace,    // the history of calls as well
  model,    // the graph of a model file
  device,   // a device or a run: DeviceFacts
};

[[nodiscard]] constexpr std::string_view name_of(Scope scope) {
  constexpr std::string_view names[] = {"program", "submit", "trace", "model", "device"};
  return names[static_cast<std::uint8_t>(scope)];
}

struct Rule {
  std::string_view id;    // "HW-E2"
  std::string_view name;  // "bank-sum"
  std::string_view also;  // "SCHED-L1": other ids of the same rule, separated by blanks
  Severity severity = Severity::error;
  Scope scope = Scope::program;
  std::string_view title;   // what must hold, one line
  std::string_view reason;  // what happens otherwise
  std::string_view source;  // who observed it
  std::string_view remedy;  // what to do
  void (*check)(const Context& context, Verdict& verdict) = nullptr;
};

}  // namespace npuscope::preflight
