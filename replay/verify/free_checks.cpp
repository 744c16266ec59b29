// What is given back: everything, once, in the runtime's order, and not used afterwards.
#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <unordered_map>

#include "replay/verify/checks.h"

namespace npuscope {

namespace {

// Inputs and outputs belong to the caller, who frees them behind the context. Source: all public
// logs of librknnrt 2.3.0.
constexpr std::array<std::string_view, 5> free_order{"internal", "weight", "task", "input",
                                                     "output"};

// The last call that names an object.
class LastUses {
 public:
  explicit LastUses(const Capture& capture) {
    for (const Event& event : capture.events) {
      const bool submit = event.kind == "SUBMIT";
      if (submit || event.kind == "MEM_SYNC")
        note(objects_, event.number(submit ? "task_obj_addr" : "obj"), event);
      if (event.kind == "MEM_MAP") note(handles_, event.number("handle"), event);
    }
  }

  // nullptr: no call names it.
  [[nodiscard]] const Event* of(const Allocation& buffer) const {
    const Event *by_object = find(objects_, buffer.object),
                *by_handle = find(handles_, buffer.handle);
    return std::less<>{}(by_object, by_handle) ? by_handle : by_object;
  }

 private:
  using Events = std::unordered_map<std::uint64_t, const Event*>;
  static void note(Events& events, const std::optional<std::uint64_t>& key, const Event& event) {
    if (key) events[*key] = &event;
  }
  static const Event* find(const Events& events, const std::optional<std::uint64_t>& key) {
    const auto found = key ? events.find(*key) : events.end();
    return found == events.end() ? nullptr : found->second;
  }
  Events objects_, handles_;  // all of one vector: the later one has the higher address
};

// What the runtime says of a buffer that it frees is what was said of it before.
void check_same(const Event& free, const Allocation& buffer, Verdict& verdict) {
  const auto same = [&](std::string_view key, const std::optional<std::uint64_t>& expected) {
    const auto found = free.number(key);
    if (found && expected)
      verdict.expect_hex(fmt::format("{} of the {} buffer that is freed", key, buffer.name),
                         *expected, *found, free.place);
  };
  same("dma addr", buffer.address);
  same("obj addr", buffer.object);
  same("flags", buffer.flags);
  if (buffer.bytes != 0) same("size", buffer.bytes);
}

Verdict no_frees(const Run& run) {
  return run.calls.empty() && run.announced.empty() ? absent("the input is no log of a run")
                                                    : skip("the log does not show what is freed");
}

}  // namespace

Verdict check_all_freed(const Run& run) {
  if (run.released.empty()) return no_frees(run);
  Verdict verdict;
  const auto& events = run.capture().events;
  std::map<std::uint64_t, std::size_t> freed;
  const LastUses uses(run.capture());
  for (const Release& release : run.released) {
    const Place& at = events[release.event].place;
    const Allocation* buffer = run.by_handle(release.handle);
    if (++freed[release.handle] > 1)
      verdict.fail(fmt::format("times that {} is freed", release.name), "1",
                   fmt::format("{}", freed[release.handle]), at);
    if (buffer == nullptr) {
      verdict.fail("what is freed", "an object that was created",
                   fmt::format("handle {}", release.handle), at);
      continue;
    }
    const Event* last = uses.of(*buffer);
    if (last != nullptr && run.index_of(*last) > release.event)
      verdict.fail(fmt::format("{} of the {} buffer", last->kind, buffer->name),
                   "before it is freed", fmt::format("behind {}", at.text()), last->place,
                   "the driver follows the pointer of a freed object");
    check_same(events[release.event], *buffer, verdict);
  }
  for (const Allocation& buffer : run.allocations())
    if (buffer.handle && !freed.contains(*buffer.handle))
      verdict.fail(fmt::format("the {} buffer is freed", buffer.name), "once", "never",
                   buffer.place, "is the log cut?");
  verdict.place = events[run.released.front().event].place;
  return concluded(
      std::move(verdict), 1,
      fmt::format("{} objects, each freed once and not used behind that", run.released.size()));
}

Verdict check_free_order(const Run& run) {
  if (run.released.empty()) return no_frees(run);
  if (!run.vendor_runtime) return skip("not librknnrt: other clients free in their own order");
  Verdict verdict;
  std::string order;
  std::size_t last = 0;
  for (const Release& release : run.released) {
    order += (order.empty() ? "" : ", ") + release.name;
    const auto rank = static_cast<std::size_t>(
        std::find(free_order.begin(), free_order.end(), release.name) - free_order.begin());
    if (rank == free_order.size()) continue;
    if (rank < last)
      verdict.fail(fmt::format("place of {} in the order of freeing", release.name),
                   "internal, weight, task, input, output",
                   fmt::format("behind {}", free_order[last]),
                   run.capture().events[release.event].place);
    last = std::max(last, rank);
  }
  verdict.place = run.capture().events[run.released.front().event].place;
  return concluded(std::move(verdict), 1, order);
}

}  // namespace npuscope
