// One thing that the audit found out, or could not, and what follows from it.
//
//   for (const Fact& fact : audit.facts)
//     ... fact.id == "iommu", fact.value == "on", fact.source == "ACTION 18" ...
//   return exit_code(audit.verdict());       // 0 ready, 10 simulator only, 20 blocked, 30 poisoned
//
// A fact that could not be read says why; it never counts as good.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace npuscope::audit {

enum class Judgement : std::uint8_t {
  good,     // as it must be
  note,     // to know; changes nothing
  warning,  // may go wrong later
  blocks,   // no run before this is changed
  no_npu,   // this machine has none: simulator only
  poison,   // this boot is lost
};
[[nodiscard]] std::string_view name_of(Judgement judgement);

struct Fact {
  std::string id;      // "memory.above_4g": unique within an audit
  std::string value;   // printable ASCII, at most 200 characters
  std::string source;  // file, call or option
  std::string unread;  // why the source could not be read; "" if it was
  Judgement judgement = Judgement::note;
  std::string advice;  // the reason for the judgement, and what to do
};

enum class Verdict : std::uint8_t { ready, simulator_only, blocked, poisoned };
[[nodiscard]] int exit_code(Verdict verdict);  // 0, 10, 20, 30
[[nodiscard]] std::string_view name_of(Verdict verdict);

struct Audit {
  std::vector<Fact> facts;
  bool npu_present = false;  // any sign of an NPU; without, nothing blocks and nothing is ready

  // Poison wins over what blocks, and that over a machine without NPU.
  [[nodiscard]] Verdict verdict() const;
  [[nodiscard]] const Fact* find(std::string_view id) const;

  // Adds a fact whose value is made printable. Returns it, valid until the next one.
  Fact& add(std::string_view id, std::string_view value, std::string source,
            Judgement judgement = Judgement::note, std::string advice = {});
  Fact& unread(std::string_view id, std::string source, std::string_view why,
               Judgement judgement = Judgement::note, std::string advice = {});
};

}  // namespace npuscope::audit
