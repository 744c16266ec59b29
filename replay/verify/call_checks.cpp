// The order in which librknnrt calls the driver. Source: every public trace of its version 2.3.0.
#include <algorithm>
#include <array>

#include "replay/verify/checks.h"

namespace npuscope {

namespace {

constexpr std::uint64_t get_hardware_version = 0, get_driver_version = 1, get_iommu = 18,
                        set_nice = 19, power_on = 20, power_off = 21;

// Before the first allocation: which hardware, which driver, power on (refused), nice -19, driver.
constexpr std::array<std::uint64_t, 5> opening_actions{get_hardware_version, get_driver_version,
                                                       power_on, set_nice, get_driver_version};
constexpr std::uint64_t hardware_version_preset = 0xffffffff;
constexpr std::uint64_t nice_minus_19 = 0xffffffed;

void check_opening(const std::vector<const Call*>& actions, Verdict& verdict) {
  for (std::size_t i = 0; i < opening_actions.size(); ++i) {
    if (i >= actions.size()) {
      verdict.fail(fmt::format("ACTION number {} of the opening", i + 1),
                   fmt::format("{}", opening_actions[i]), "none",
                   actions.empty() ? Place{} : actions.back()->place(), "is the log cut?");
      return;
    }
    verdict.expect(fmt::format("ACTION number {} of the opening", i + 1), opening_actions[i],
                   actions[i]->number("flags").value_or(~std::uint64_t{0}), actions[i]->place());
  }
}

// Behind the first allocation.
void check_later(const Call& action, Verdict& verdict) {
  constexpr std::array<std::uint64_t, 3> later_actions{get_driver_version, get_iommu, power_off};
  const std::uint64_t flags = action.number("flags").value_or(~std::uint64_t{0});
  if (std::find(later_actions.begin(), later_actions.end(), flags) == later_actions.end())
    verdict.fail("an ACTION behind the first allocation", "1, 18 or 21", fmt::format("{}", flags),
                 action.place());
}

void check_value(const Call& action, Verdict& verdict) {
  const auto flags = action.number("flags"), value = action.number("value");
  if (!flags || !value) return;
  if (*flags == get_hardware_version)
    verdict.expect_hex("value that ACTION 0 is preset with", hardware_version_preset, *value,
                       action.place());
  if (*flags == set_nice)
    verdict.expect_hex("value of ACTION 19: -19", nice_minus_19, *value, action.place());
}

// The calls that follow a MEM_CREATE, for the same object.
struct Step {
  std::string_view kind, what;
};
constexpr std::array allocation_steps{Step{"MEM_MAP", "asks for its mapping"},
                                      Step{"MMAP", "is mapped"},
                                      Step{"MEM_SYNC", "is synchronised both ways"}};

bool is_about(const Call& step, const Call& create) {
  const auto size = create.number("size");
  if (step.kind == "MEM_MAP") {
    const auto handle = create.answered("handle");
    return !handle || step.number("handle") == handle;
  }
  if (step.kind == "MMAP") return step.number("length") == size;
  const auto object = create.answered("obj");
  return (!object || step.number("obj") == object) && step.number("flags") == 3 &&
         step.number("offset") == 0U && step.number("size") == size;
}

// The runtime clears a struct before it fills in what it asks for: a handle would make MEM_CREATE a
// question about an object that exists.
void check_cleared(const Call& call, Verdict& verdict) {
  for (const std::string_view field : {"handle", "obj", "dma", "sram", "reserved", "offset"}) {
    const bool asked_for = call.kind == "MEM_MAP" && field == "handle";
    if (!asked_for)
      verdict.expect_hex(fmt::format("{} that {} is called with", field, call.kind), 0,
                         call.number(field).value_or(0), call.place());
  }
}

// What is wrong with a step that is not the one that was expected.
std::string step_text(const Call& call) {
  std::string text(call.kind);
  for (const auto& [key, value] : call.event->arguments)
    if (key != "number") text += fmt::format(" {}={}", key, value);
  return text;
}

void check_steps(const std::vector<Call>& calls, std::size_t create, Verdict& verdict) {
  for (std::size_t i = 0; i < allocation_steps.size(); ++i) {
    const Step& step = allocation_steps[i];
    const std::size_t at = create + 1 + i;
    const bool there = at < calls.size() && calls[at].kind == step.kind;
    if (there && is_about(calls[at], calls[create])) continue;
    verdict.fail(
        fmt::format("call {} behind MEM_CREATE {}: the object {}", i + 1,
                    text_of(*calls[create].event, "number"), step.what),
        fmt::format("{} of {}this object", step.kind, step.kind == "MEM_MAP" ? "" : "all of "),
        at < calls.size() ? step_text(calls[at]) : std::string("the end of the log"),
        at < calls.size() ? calls[at].place() : calls[create].place());
    return;
  }
}

}  // namespace

Verdict check_action_order(const Run& run) {
  if (run.calls.empty()) return absent(no_calls);
  if (!run.vendor_runtime)
    return skip("not librknnrt, or its version is not in the log: other clients open otherwise");
  Verdict verdict;
  std::vector<const Call*> opening, all;
  bool allocating = false;
  for (std::size_t i = 0; i < run.calls.size(); ++i) {
    const Call& call = run.calls[i];
    if (call.kind == "ACTION") {
      check_value(call, verdict);
      all.push_back(&call);
      if (allocating) check_later(call, verdict);
      if (!allocating) opening.push_back(&call);
    }
    if (call.kind != "MEM_CREATE") continue;
    allocating = true;
    const Call* before = i == 0 ? nullptr : &run.calls[i - 1];
    if (before == nullptr || before->kind != "ACTION" || before->number("flags") != get_iommu)
      verdict.fail("the call before a MEM_CREATE", "ACTION 18 (is the IOMMU on)",
                   before == nullptr ? "none" : std::string(before->kind), call.place());
  }
  if (all.empty()) return skip("the log shows no ACTION");
  check_opening(opening, verdict);
  if (!run.released.empty() && run.submit() != nullptr)
    verdict.expect("the last ACTION: power off", power_off,
                   all.back()->number("flags").value_or(~std::uint64_t{0}), all.back()->place(),
                   "is the log cut?");
  verdict.place = all.front()->place();
  return concluded(
      std::move(verdict), all.size(),
      fmt::format("{} actions: 0, 1, 20, 19, 1, then 18 before each allocation", all.size()));
}

Verdict check_allocation_order(const Run& run) {
  if (run.calls.empty()) return absent(no_calls);
  if (!run.vendor_runtime)
    return skip("not librknnrt: other clients map and synchronise otherwise");
  Verdict verdict;
  std::size_t creations = 0;
  bool maps = false;
  for (const Call& call : run.calls) maps = maps || call.kind == "MEM_MAP";
  if (!maps) return skip("the log shows no MEM_MAP");
  for (std::size_t i = 0; i < run.calls.size(); ++i) {
    if (run.calls[i].kind == "MEM_MAP") check_cleared(run.calls[i], verdict);
    if (run.calls[i].kind != "MEM_CREATE") continue;
    if (creations++ == 0) verdict.place = run.calls[i].place();
    check_cleared(run.calls[i], verdict);
    check_steps(run.calls, i, verdict);
  }
  return concluded(std::move(verdict), creations,
                   fmt::format("{} times MEM_CREATE, MEM_MAP, mmap, MEM_SYNC 3", creations),
                   skip("the log shows no MEM_CREATE"));
}

}  // namespace npuscope
