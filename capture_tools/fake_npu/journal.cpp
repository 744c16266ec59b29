#include "capture_tools/fake_npu/journal.h"

namespace npuscope::fake {

void Journal::at(std::int32_t pid, std::uint64_t submit) {
  const std::scoped_lock lock(mutex_);
  pid_ = pid;
  submit_ = submit;
}

void Journal::say(Severity severity, std::string rule, std::string text) {
  const std::scoped_lock lock(mutex_);
  constexpr std::size_t most_entries = 100000;
  Entry entry{severity, std::move(rule), std::move(text), pid_, submit_};
  if (sink_) sink_(entry);
  if (entries_.size() < most_entries) entries_.push_back(std::move(entry));
}

std::vector<Entry> Journal::entries() const {
  const std::scoped_lock lock(mutex_);
  return entries_;
}

}  // namespace npuscope::fake
