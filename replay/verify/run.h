// A captured run as its checks look at it: the calls of the program with their answers, what was
// allocated, the program, and the model that it should agree with.
//
//   const Run run = look_at(opened, &model);
//   for (const Call& call : run.calls) ... call.kind, call.returned ...
//   if (const Allocation* weight = run.allocation("weight")) ... weight->bytes ...
//
// Everything is of one file: addresses of another run mean something else. A Run refers to what it
// was made from and must not outlive it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "decoder/device_memory.h"
#include "decoder/open.h"
#include "replay/verify/run_model.h"

namespace npuscope {

// The text of an argument as printed; empty: there is none.
[[nodiscard]] std::string_view text_of(const Event& event, std::string_view key);

// An ioctl, or a call that belongs to one (mmap).
struct Call {
  std::string_view kind;            // "MEM_CREATE"
  const Event* event = nullptr;     // before the call
  const Event* answer = nullptr;    // "MEM_CREATE_RET": what the kernel wrote; nullptr: not logged
  const Event* returned = nullptr;  // "IOCTL_RET"; nullptr: not logged

  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view key) const;
  // The value that the kernel wrote.
  [[nodiscard]] std::optional<std::uint64_t> answered(std::string_view key) const;
  [[nodiscard]] const Place& place() const { return event->place; }
};

// A buffer object. Places say which line stated what.
struct Allocation {
  std::string name;  // "weight", as the runtime calls it; "handle 7" if nobody does
  std::optional<std::uint64_t> handle, object, address, flags;
  std::uint64_t bytes = 0;                     // as asked for; 0: not known
  std::optional<std::uint64_t> rounded_bytes;  // in whole pages, as stated
  Place place, address_place;
};

// The buffers of librknnrt, in the order in which it creates them. Source: 21 public logs.
inline constexpr std::array<std::string_view, 5> vendor_buffers{"task", "weight", "internal",
                                                                "input", "output"};

// An object that was given back.
struct Release {
  std::string name;
  std::uint64_t handle = 0;
  std::size_t event = 0;  // index into Capture::events
};

struct Run {
  const Opened* input = nullptr;
  const RunModel* model = nullptr;  // nullptr: not known
  const ProgramSet* set = nullptr;  // with the task table that a submit runs; nullptr: none
  const RegisterDb* db = nullptr;
  // Lines of librknnrt: its habits may be expected. Other clients are free to do otherwise.
  bool vendor_runtime = false;
  std::vector<Call> calls;            // in order; empty: the file logs no ioctls
  std::vector<Allocation> created;    // by MEM_CREATE, in order
  std::vector<Allocation> announced;  // "allocated memory" lines of the runtime, in order
  std::vector<Release> released;      // in order

  [[nodiscard]] const Capture& capture() const { return input->capture; }
  // What was created; what the runtime announced if no calls were logged; else the buffers of the
  // capture that state their size.
  [[nodiscard]] const std::vector<Allocation>& allocations() const;
  [[nodiscard]] const Allocation* allocation(std::string_view name) const;
  [[nodiscard]] const Allocation* by_object(std::uint64_t object) const;
  [[nodiscard]] const Allocation* by_handle(std::uint64_t handle) const;
  [[nodiscard]] const Submit* submit() const {
    return capture().submits.empty() ? nullptr : &capture().submits.front();
  }
  [[nodiscard]] std::size_t index_of(const Event& event) const {
    return static_cast<std::size_t>(&event - capture().events.data());
  }

  std::vector<Allocation> dumped;  // buffers of a capture without a log
  // Indices into allocations(): logs of any length are looked through once.
  std::unordered_map<std::uint64_t, std::size_t> objects, handles;
};

[[nodiscard]] Run look_at(const Opened& input, const RunModel* model, const RegisterDb& db);

}  // namespace npuscope
