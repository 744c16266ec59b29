#include "replay/verify/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace npuscope {

namespace {

constexpr std::array<std::string_view, 9> call_kinds{"ACTION",   "MEM_CREATE",  "MEM_MAP",
                                                     "MEM_SYNC", "MEM_DESTROY", "SUBMIT",
                                                     "MMAP",     "MUNMAP",      "CLOSE"};

bool is_call(std::string_view kind) {
  return std::find(call_kinds.begin(), call_kinds.end(), kind) != call_kinds.end();
}

// An answer stands directly behind its call, or behind those of a few other threads.
constexpr std::size_t most_open_calls = 64;

// The latest call of this kind and number that `waits` for what was read now.
template <typename Waits>
Call* waiting(std::vector<Call>& calls, std::string_view kind, const Event& event, Waits waits) {
  const std::string_view number = text_of(event, "number");
  std::size_t looked_at = 0;
  for (auto call = calls.rbegin(); call != calls.rend() && looked_at < most_open_calls;
       ++call, ++looked_at) {
    const bool same =
        call->kind == kind && (number.empty() || text_of(*call->event, "number").empty() ||
                               number == text_of(*call->event, "number"));
    if (same) return waits(*call) ? &*call : nullptr;
  }
  return nullptr;
}

std::vector<Call> calls_of(const Capture& capture) {
  std::vector<Call> calls;
  for (const Event& event : capture.events) {
    if (is_call(event.kind)) {
      calls.push_back({event.kind, &event, nullptr, nullptr});
    } else if (event.kind == "IOCTL_RET") {
      Call* call = waiting(calls, text_of(event, "kind"), event,
                           [](const Call& c) { return c.returned == nullptr; });
      if (call != nullptr) call->returned = &event;
    } else if (event.kind.ends_with("_RET")) {
      Call* call = waiting(calls, std::string_view(event.kind).substr(0, event.kind.size() - 4),
                           event, [](const Call& c) { return c.answer == nullptr; });
      if (call != nullptr) call->answer = &event;
    }
  }
  // The submit that a debugger reports is not a trace of calls.
  const bool traced = std::any_of(calls.begin(), calls.end(),
                                  [](const Call& c) { return c.kind != "SUBMIT" || c.returned; });
  if (!traced) calls.clear();
  return calls;
}

std::vector<Allocation> announced_in(const Capture& capture) {
  std::vector<Allocation> list;
  for (const Event& event : capture.events) {
    if (event.kind != "RUNTIME_ALLOCATE") continue;
    Allocation a;
    a.name = text_of(event, "name");
    a.handle = event.number("handle");
    a.object = event.number("obj addr");
    a.address = event.number("dma addr");
    a.flags = event.number("flags");
    a.bytes = event.number("size").value_or(0);
    a.rounded_bytes = event.number("aligned size");
    a.place = a.address_place = event.place;
    list.push_back(std::move(a));
  }
  return list;
}

// Whether the buffers may be the five of librknnrt, of which the first is the task table. Clients
// of other people create five buffers too.
bool may_be_vendor_order(const std::vector<Allocation>& created,
                         const std::vector<Submit>& submits) {
  if (created.size() != vendor_buffers.size()) return false;
  if (submits.empty() || !submits.front().task_obj_addr || !created.front().object) return true;
  return submits.front().task_obj_addr == created.front().object;
}

// Names come from the runtime's lines about the same handle; without any, from the order in which
// librknnrt creates its five buffers.
void name_buffers(std::vector<Allocation>& created, const std::vector<Allocation>& announced,
                  const std::vector<Submit>& submits) {
  std::unordered_map<std::uint64_t, std::string_view> names;
  for (const Allocation& a : announced)
    if (a.handle) names.try_emplace(*a.handle, a.name);
  for (std::size_t i = 0; i < created.size(); ++i) {
    Allocation& a = created[i];
    const auto known = a.handle ? names.find(*a.handle) : names.end();
    if (known != names.end()) {
      a.name = known->second;
    } else if (announced.empty() && may_be_vendor_order(created, submits)) {
      a.name = vendor_buffers[i];
    } else {
      a.name = a.handle ? fmt::format("handle {}", *a.handle) : fmt::format("buffer {}", i + 1);
    }
  }
}

std::vector<Allocation> created_in(const std::vector<Call>& calls) {
  std::vector<Allocation> list;
  for (const Call& call : calls) {
    if (call.kind != "MEM_CREATE") continue;
    // A call with a handle only asks about an object that exists.
    if (call.number("handle").value_or(0) != 0) continue;
    Allocation a;
    a.bytes = call.number("size").value_or(0);
    a.flags = call.number("flags");
    a.place = a.address_place = call.place();
    if (call.answer != nullptr) {
      a.handle = call.answered("handle");
      a.object = call.answered("obj");
      a.address = call.answered("dma");
      a.address_place = call.answer->place;
    }
    list.push_back(std::move(a));
  }
  return list;
}

std::string_view name_of_role(BufferRole role) {
  switch (role) {
    case BufferRole::task_table:
      return "task";
    case BufferRole::commands:
    case BufferRole::constants:
      return "weight";
    case BufferRole::internal:
      return "internal";
    case BufferRole::input:
      return "input";
    case BufferRole::output:
      return "output";
    case BufferRole::model:
    case BufferRole::unknown:
      break;
  }
  return {};
}

std::vector<Allocation> dumped_in(const Capture& capture) {
  std::vector<Allocation> list;
  for (const Buffer& buffer : capture.buffers) {
    if (!buffer.device_address || capture.model) continue;
    Allocation a;
    a.name =
        name_of_role(buffer.role).empty() ? buffer.name : std::string(name_of_role(buffer.role));
    a.handle = buffer.handle;
    a.object = buffer.object_address;
    a.address = buffer.device_address;
    a.flags = buffer.flags;
    a.bytes = buffer.exact_size;
    a.rounded_bytes = buffer.size;
    a.place = a.address_place = buffer.place;
    list.push_back(std::move(a));
  }
  return list;
}

std::vector<Release> released_in(const Run& run) {
  std::vector<Release> list;
  const bool by_call = std::any_of(run.calls.begin(), run.calls.end(),
                                   [](const Call& c) { return c.kind == "MEM_DESTROY"; });
  const std::string_view kind = by_call ? "MEM_DESTROY" : "RUNTIME_FREE";
  const auto& events = run.capture().events;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto handle = events[i].number("handle");
    if (events[i].kind != kind || !handle) continue;
    Release release{fmt::format("handle {}", *handle), *handle, i};
    if (const Allocation* a = run.by_handle(*handle)) release.name = a->name;
    list.push_back(std::move(release));
  }
  return list;
}

// The set whose table the submit names; else the first one with addresses of the device.
const ProgramSet* submitted_set(const Opened& input) {
  for (const ProgramSet& set : input.sets) {
    if (set.table_buffer == no_index || input.capture.submits.empty()) continue;
    const auto& object = input.capture.buffers[set.table_buffer].object_address;
    if (object && object == input.capture.submits.front().task_obj_addr) return &set;
  }
  for (const ProgramSet& set : input.sets)
    if (!set.relative && !set.tasks.empty()) return &set;
  return input.sets.empty() ? nullptr : &input.sets.front();
}

}  // namespace

std::string_view text_of(const Event& event, std::string_view key) {
  for (const auto& [name, value] : event.arguments)
    if (name == key) return value;
  return {};
}

std::optional<std::uint64_t> Call::number(std::string_view key) const {
  return event->number(key);
}

std::optional<std::uint64_t> Call::answered(std::string_view key) const {
  return answer == nullptr ? std::nullopt : answer->number(key);
}

const std::vector<Allocation>& Run::allocations() const {
  if (!created.empty()) return created;
  return announced.empty() ? dumped : announced;
}

const Allocation* Run::allocation(std::string_view name) const {
  for (const Allocation& a : allocations())
    if (a.name == name) return &a;
  return nullptr;
}

const Allocation* Run::by_object(std::uint64_t object) const {
  const auto found = objects.find(object);
  return found == objects.end() ? nullptr : &allocations()[found->second];
}

const Allocation* Run::by_handle(std::uint64_t handle) const {
  const auto found = handles.find(handle);
  return found == handles.end() ? nullptr : &allocations()[found->second];
}

Run look_at(const Opened& input, const RunModel* model, const RegisterDb& db) {
  Run run;
  run.input = &input;
  run.model = model;
  run.db = &db;
  run.set = submitted_set(input);
  run.calls = calls_of(input.capture);
  run.announced = announced_in(input.capture);
  run.created = created_in(run.calls);
  run.dumped = dumped_in(input.capture);
  name_buffers(run.created, run.announced, input.capture.submits);
  run.vendor_runtime = !run.announced.empty() || input.capture.fact("runtime.version") != nullptr;
  for (std::size_t i = 0; i < run.allocations().size(); ++i) {
    const Allocation& a = run.allocations()[i];
    if (a.object) run.objects.try_emplace(*a.object, i);
    if (a.handle) run.handles.try_emplace(*a.handle, i);
  }
  run.released = released_in(run);
  return run;
}

}  // namespace npuscope
