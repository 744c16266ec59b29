#include "decoder/input/complaints.h"

#include <fmt/format.h>

namespace npuscope {

void Complaints::add(Severity severity, const std::string& text, const Place& place) {
  const auto [found, is_new] = by_text_.emplace(text, complaints_.size());
  if (is_new) complaints_.push_back({{severity, text, place}, 0});
  ++complaints_[found->second].count;
}

void Complaints::report(Capture& capture) const {
  for (const auto& [first, count] : complaints_) {
    Diagnostic diagnostic = first;
    if (count > 1) diagnostic.text += fmt::format(" ({} times, this is the first)", count);
    capture.diagnostics.push_back(std::move(diagnostic));
  }
}

}  // namespace npuscope
