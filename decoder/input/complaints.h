// Conditions that may be true of very many lines: one diagnostic each, with a count and the place
// of the first.
//
//   Complaints complaints;
//   complaints.add(Severity::warning, "a line is no valid JSON", {"events.jsonl", 3, true});
//   complaints.report(capture);
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "decoder/capture.h"

namespace npuscope {

class Complaints {
 public:
  void add(Severity severity, const std::string& text, const Place& place);
  // Appends the diagnostics in the order of their first places.
  void report(Capture& capture) const;

 private:
  struct Complaint {
    Diagnostic first;
    std::uint64_t count = 0;
  };
  std::vector<Complaint> complaints_;
  std::map<std::string, std::size_t> by_text_;
};

}  // namespace npuscope
