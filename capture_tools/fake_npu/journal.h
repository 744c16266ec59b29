// What a fake NPU has to say: refusals with their reason, what a board would do, kernel log lines.
//
//   journal.say(Severity::crash, "B5", "task 900 of a table of 102");
//
// Thread-safe. Whoever starts the fake decides where the entries go.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace npuscope::fake {

enum class Severity : std::uint8_t {
  note,     // worth knowing
  warning,  // works here, may fail on a board
  failure,  // a call failed, or a job did
  crash,    // a board would crash
  kernel,   // a line of the kernel log, as the driver prints it
};

[[nodiscard]] constexpr std::string_view name_of(Severity severity) {
  constexpr std::string_view names[] = {"note", "warning", "failure", "crash", "kernel"};
  return names[static_cast<std::size_t>(severity)];
}

struct Entry {
  Severity severity = Severity::note;
  std::string rule;  // "B5", "E4", "injected"; may be empty
  std::string text;
  std::int32_t pid = 0;
  std::uint64_t submit = 0;  // the driver's submit that it is about, from 1; 0: none
};

class Journal {
 public:
  using Sink = std::function<void(const Entry&)>;
  explicit Journal(Sink sink = {}) : sink_(std::move(sink)) {}

  // What the entries that follow from this thread are about: a call of a process, and then, if the
  // call is a submit, its number. Each call is served by one thread.
  static void at_call_of(std::int32_t pid);
  static void at_submit(std::uint64_t number);
  void say(Severity severity, std::string rule, std::string text);
  [[nodiscard]] std::vector<Entry> entries() const;
  // What the kernel of the board would have logged since it booted, as syslog(2) gives it.
  [[nodiscard]] std::string kernel_log() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
  Sink sink_;
};

}  // namespace npuscope::fake
