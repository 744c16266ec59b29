#include "capture_tools/fake_npu/journal.h"

#include <fmt/format.h>

namespace npuscope::fake {

namespace {

struct Subject {
  std::int32_t pid = 0;
  std::uint64_t submit = 0;
};
Subject& subject() {
  thread_local Subject of_this_thread;
  return of_this_thread;
}

}  // namespace

void Journal::at_call_of(std::int32_t pid) {
  subject() = {pid, 0};
}

void Journal::at_submit(std::uint64_t number) {
  subject().submit = number;
}

void Journal::say(Severity severity, std::string rule, std::string text) {
  const std::scoped_lock lock(mutex_);
  constexpr std::size_t most_entries = 100000;
  Entry entry{severity, std::move(rule), std::move(text), subject().pid, subject().submit};
  if (sink_) sink_(entry);
  if (entries_.size() < most_entries) entries_.push_back(std::move(entry));
}

std::vector<Entry> Journal::entries() const {
  const std::scoped_lock lock(mutex_);
  return entries_;
}

std::string Journal::kernel_log() const {
  std::string log = "<5>[    0.000000] Linux version 6.1.115-fake (aarch64)\n";
  unsigned second = 100;  // one message a second: time is not modelled
  for (const Entry& entry : entries())
    if (entry.severity == Severity::kernel)
      log += fmt::format("<3>[{:>5}.000000] {}\n", second++, entry.text);
  return log;
}

}  // namespace npuscope::fake
