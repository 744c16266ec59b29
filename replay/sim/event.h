// What the simulator has to say about a run: rules that the program breaks, accesses outside its
// buffers, work that is not modelled.
//
//   for (const Event& event : result.events)
//     if (event.kind == EventKind::violation) ... event.rule, event.text ...    // "E1", "..."
//
// Events are values in the order in which they happened. Rule names are those of the list of rules
// for register programs: E1 to E10 predict wrong output or a hang of the board, W1 to W11 do not.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace npuscope::sim {

enum class EventKind : std::uint8_t {
  note,         // worth knowing: the result rests on an inference
  warning,      // may go wrong on the board
  violation,    // the board would give another result, or hang
  unsupported,  // not modelled: the task was not executed
  timeout,      // the program does not end: the board would wait until its driver gives up
};

[[nodiscard]] std::string_view name_of(EventKind kind);

struct Event {
  EventKind kind = EventKind::note;
  std::string rule;      // "E1"; empty where no rule has a name
  std::string text;      // register, value, expected value
  unsigned core = 0;     // that executed the task
  std::size_t task = 0;  // counted from the begin of the run of this core
};

// Collects events. A damaged program can break a rule in every task: beyond `limit` events of one
// kind they are only counted.
class EventLog {
 public:
  void at(unsigned core, std::size_t task) {
    core_ = core;
    task_ = task;
  }
  void add(EventKind kind, std::string rule, std::string text);

  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  [[nodiscard]] std::vector<Event> take();
  [[nodiscard]] bool has(EventKind kind) const {
    return counts_[static_cast<std::size_t>(kind)] > 0;
  }

 private:
  static constexpr std::size_t limit = 1000;
  std::vector<Event> events_;
  std::size_t counts_[5] = {};
  unsigned core_ = 0;
  std::size_t task_ = 0;
};

}  // namespace npuscope::sim
