#include "replay/preflight/verdict.h"

#include <fmt/format.h>

#include <algorithm>

namespace npuscope::preflight {

bool Verdict::looked(const Reading& read) {
  if (!read.complete()) {
    skip(read.reason());
    return false;
  }
  ++checked_;
  return true;
}

void Verdict::skip(const std::string& reason) {
  // A hostile input must not fill the memory with reasons.
  constexpr std::size_t most_reasons = 32;
  if (skipped_.contains(reason) || skipped_.size() < most_reasons) {
    ++skipped_[reason];
  } else {
    ++skipped_["other reasons"];
  }
}

void Verdict::find(Where where, std::string found, std::string expected) {
  find(rule_->severity, std::move(where), std::move(found), std::move(expected));
}

void Verdict::find(Severity severity, Where where, std::string found, std::string expected) {
  // Tasks of several programs may share a record: one place, one finding.
  const bool shared = where.record != no_index;
  std::string key = fmt::format("{} {}{} {} {} {}", where.set, shared ? "r" : "t",
                                shared ? where.record : where.task, where.word, where.name, found);
  if (std::find(seen_.begin(), seen_.end(), key) != seen_.end()) return;
  ++total_;
  if (findings_.size() >= limit_) return;
  seen_.push_back(std::move(key));
  findings_.push_back({rule_, severity, std::move(where), std::move(found), std::move(expected)});
}

}  // namespace npuscope::preflight
