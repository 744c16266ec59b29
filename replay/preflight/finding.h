// What a rule found: which rule, how bad, where, what stands there and what should.
//
//   for (const Finding& f : report.findings) print(f.rule->id, f.where.task, f.found, f.expected);
//
// One scale for all sources. error: the hardware or driver hangs, crashes or computes wrongly
// ("refuse"). unsafe: works at times, a run needs the user's word for it ("refuse unless asked").
// warning: known to go wrong somewhere, or suspicious. note: seen on good programs too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "decoder/program.h"

namespace npuscope::preflight {

enum class Severity : std::uint8_t { note, warning, unsafe, error };

[[nodiscard]] constexpr std::string_view name_of(Severity severity) {
  constexpr std::string_view names[] = {"note", "warning", "unsafe", "error"};
  return names[static_cast<std::uint8_t>(severity)];
}

// What a finding stands at. What does not apply is no_index, 0 or empty.
struct Where {
  std::size_t set = no_index;     // index into Opened::sets
  unsigned cores = 0;             // the program
  unsigned core = 0;              // the lane of it; only with `cores`
  std::size_t task = no_index;    // index into ProgramSet::tasks
  std::size_t record = no_index;  // of the task; index into ProgramSet::records
  std::size_t word = no_index;    // index in the record of the task
  std::string name;               // "CNA_CBUF_CON0", "submit.core_mask"
  Place place;                    // file, and byte or line
};

struct Rule;

struct Finding {
  const Rule* rule = nullptr;
  Severity severity = Severity::error;  // of the rule, unless --deny or --allow changed it
  Where where;
  std::string found;     // "7 + 8 banks"
  std::string expected;  // "12 banks in all"
};

// "core 1 of 2, task 4, word 8, CNA_CBUF_CON0"
[[nodiscard]] std::string text_of(const Where& where);

}  // namespace npuscope::preflight
