#include "replay/sim/event.h"

#include <fmt/format.h>

#include <utility>

namespace npuscope::sim {

std::string_view name_of(EventKind kind) {
  constexpr std::string_view names[] = {"note", "warning", "the board would fail here",
                                        "unsupported", "timeout"};
  return names[static_cast<std::size_t>(kind)];
}

void EventLog::add(EventKind kind, std::string rule, std::string text) {
  if (++counts_[static_cast<std::size_t>(kind)] > limit) return;
  events_.push_back({kind, std::move(rule), std::move(text), core_, task_});
}

std::vector<Event> EventLog::take() {
  for (std::size_t kind = 0; kind < std::size(counts_); ++kind) {
    if (counts_[kind] > limit)
      events_.push_back({static_cast<EventKind>(kind), "",
                         fmt::format("and {} more", counts_[kind] - limit), core_, task_});
    counts_[kind] = 0;
  }
  return std::exchange(events_, {});
}

}  // namespace npuscope::sim
