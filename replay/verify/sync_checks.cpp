// What the program writes back to memory before the NPU reads it, and what it makes visible
// afterwards. Source: kernel driver (MEM_SYNC flags), public traces of librknnrt 2.3.0.
#include "replay/verify/checks.h"

namespace npuscope {

namespace {

constexpr std::uint64_t to_device = 1, from_device = 2;

struct Sync {
  const Call* call = nullptr;
  const Allocation* buffer = nullptr;  // nullptr: the object was never created
  std::uint64_t flags = 0, offset = 0, bytes = 0;
  bool before_submit = true;
};

std::vector<Sync> syncs_of(const Run& run) {
  std::vector<Sync> list;
  bool submitted = false;
  for (const Call& call : run.calls) {
    submitted = submitted || call.kind == "SUBMIT";
    if (call.kind != "MEM_SYNC") continue;
    list.push_back({&call, run.by_object(call.number("obj").value_or(0)),
                    call.number("flags").value_or(0), call.number("offset").value_or(0),
                    call.number("size").value_or(0), !submitted});
  }
  return list;
}

Verdict no_syncs(const Run& run) {
  return run.calls.empty() ? absent("the input logs no ioctls") : skip("the log shows no MEM_SYNC");
}

// The last MEM_SYNC to the device that reaches over these bytes before the submit.
const Sync* uploaded(const std::vector<Sync>& syncs, const Allocation& buffer, std::uint64_t offset,
                     std::uint64_t bytes) {
  const Sync* found = nullptr;
  for (const Sync& sync : syncs) {
    // Flags 3 stand behind the allocation, before anything was written.
    const bool upload = sync.buffer == &buffer && sync.flags == to_device && sync.before_submit;
    const bool reaches = sync.offset <= offset && offset - sync.offset <= sync.bytes &&
                         sync.bytes - (offset - sync.offset) >= bytes;
    if (upload && reaches) found = &sync;
  }
  return found;
}

Place submit_place(const Run& run) {
  return run.submit() == nullptr ? Place{} : run.submit()->place;
}

// The commands once more, alone: their place and size are those of the model.
void check_commands(const Run& run, const std::vector<Sync>& syncs, Verdict& verdict) {
  const Allocation* weight = run.allocation("weight");
  if (weight == nullptr) return;
  const RunModel& model = *run.model;
  std::size_t seen = 0;
  for (const Sync& sync : syncs) {
    const bool part = sync.offset != 0 || sync.bytes != weight->bytes;
    if (sync.buffer != weight || sync.flags != to_device || !part) continue;
    ++seen;
    const Place& at = sync.call->place();
    verdict.place = at;
    verdict.expect("offset of the commands that are synchronised", model.commands_offset,
                   sync.offset, at);
    verdict.expect("bytes of the commands that are synchronised", model.commands_bytes, sync.bytes,
                   at);
  }
  if (seen == 0 && run.vendor_runtime)
    verdict.fail("the commands reach memory before the SUBMIT",
                 fmt::format("MEM_SYNC 1 of {} bytes at {} in the weight buffer",
                             model.commands_bytes, model.commands_offset),
                 "none", submit_place(run));
}

// What only the processor writes is never read back: that would discard what is still in its cache.
void check_not_read_back(const Run& run, const std::vector<Sync>& syncs, Verdict& verdict) {
  for (const Sync& sync : syncs)
    if (sync.buffer != nullptr && sync.flags == from_device &&
        (sync.buffer == run.allocation("task") || sync.buffer == run.allocation("weight")))
      verdict.fail(fmt::format("direction of a MEM_SYNC of the {} buffer", sync.buffer->name),
                   "1, to the device", "2, from it", sync.call->place(),
                   "what the processor wrote may be lost");
}

}  // namespace

Verdict check_sync_ranges(const Run& run) {
  const std::vector<Sync> syncs = syncs_of(run);
  if (syncs.empty()) return no_syncs(run);
  if (run.created.empty() || !run.created.front().object)
    return skip("the log does not show which objects MEM_CREATE made");
  Verdict verdict;
  verdict.place = syncs.front().call->place();
  for (const Sync& sync : syncs) {
    const Place& at = sync.call->place();
    if (sync.flags == 0 || sync.flags > 3)
      verdict.fail("direction of a MEM_SYNC", "1, 2 or 3", fmt::format("{:#x}", sync.flags), at);
    if (sync.buffer == nullptr) {
      verdict.fail("object of a MEM_SYNC", "one that MEM_CREATE made",
                   fmt::format("{:#x}", sync.call->number("obj").value_or(0)), at,
                   "the driver follows this pointer unchecked");
      continue;
    }
    // The runtime synchronises what it asked for, others may do whole pages.
    const std::uint64_t size =
        run.vendor_runtime ? sync.buffer->bytes : whole_pages(sync.buffer->bytes);
    if (sync.offset > size || sync.bytes > size - sync.offset)
      verdict.fail(fmt::format("end of a MEM_SYNC in the {} buffer", sync.buffer->name),
                   fmt::format("at most {}", size), fmt::format("{} + {}", sync.offset, sync.bytes),
                   at);
  }
  return concluded(std::move(verdict), syncs.size(),
                   fmt::format("{} times MEM_SYNC, each inside a live object", syncs.size()));
}

Verdict check_upload(const Run& run) {
  const std::vector<Sync> syncs = syncs_of(run);
  if (syncs.empty()) return no_syncs(run);
  if (run.submit() == nullptr) return skip("the log shows no SUBMIT");
  Verdict verdict;
  std::size_t checked = 0;
  const auto expect = [&](std::string_view name, std::string_view what, std::uint64_t offset,
                          std::uint64_t bytes) {
    const Allocation* buffer = run.allocation(name);
    if (buffer == nullptr || bytes == 0) return;
    ++checked;
    const Sync* sync = uploaded(syncs, *buffer, offset, bytes);
    if (sync != nullptr) {
      verdict.place = sync->call->place();
      return;
    }
    verdict.fail(fmt::format("{} reach memory before the SUBMIT", what),
                 fmt::format("MEM_SYNC 1 of {} bytes at {} in the {} buffer", bytes, offset, name),
                 "none that covers them", submit_place(run), "the NPU would read stale bytes");
  };
  const auto size = [&run](std::string_view name) {
    const Allocation* buffer = run.allocation(name);
    return buffer == nullptr ? 0 : buffer->bytes;
  };
  expect("task", "the tasks", 0, size("task"));
  expect("weight", "the weights", 0, size("weight"));
  expect("input", "the input", 0, size("input"));
  check_not_read_back(run, syncs, verdict);
  if (run.model == nullptr)
    return concluded(std::move(verdict), checked,
                     "tasks, weights and input are synchronised before the SUBMIT",
                     skip("the log does not say which buffer is which"));
  const RunModel& model = *run.model;
  check_commands(run, syncs, verdict);
  return concluded(
      std::move(verdict), checked,
      fmt::format("tasks, weights, input, and the {} bytes of commands at {:#x}, before the SUBMIT",
                  model.commands_bytes, model.commands_offset),
      skip("the log does not say which buffer is which"));
}

Verdict check_download(const Run& run) {
  const std::vector<Sync> syncs = syncs_of(run);
  if (syncs.empty()) return no_syncs(run);
  const Allocation* output = run.allocation("output");
  if (output == nullptr) return skip("the log does not say which buffer is the output");
  if (run.submit() == nullptr) return skip("the log shows no SUBMIT");
  Verdict verdict;
  std::size_t seen = 0;
  for (const Sync& sync : syncs) {
    if (sync.before_submit || sync.buffer != output) continue;
    const Place& at = sync.call->place();
    if (seen++ == 0) verdict.place = at;
    verdict.expect("direction of a MEM_SYNC of the output behind the SUBMIT", from_device,
                   sync.flags, at, "the other way writes over what the NPU wrote");
    verdict.expect("offset of a MEM_SYNC of the output", std::uint64_t{0}, sync.offset, at);
    verdict.expect("bytes of a MEM_SYNC of the output", output->bytes, sync.bytes, at);
  }
  if (seen == 0)
    verdict.fail("the output is made visible behind the SUBMIT",
                 fmt::format("MEM_SYNC 2 of the output ({:#x})", output->object.value_or(0)),
                 "none", submit_place(run), "is the log cut?");
  verdict.passed =
      fmt::format("MEM_SYNC 2 of all {} bytes of the output, behind the SUBMIT", output->bytes);
  return verdict;
}

}  // namespace npuscope
