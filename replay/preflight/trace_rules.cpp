// Rules over the calls around a submit, where the capture holds them.
#include <fmt/format.h>

#include <algorithm>

#include "replay/device/uabi/rknpu.h"
#include "replay/preflight/rules.h"
#include "replay/preflight/verdict.h"

namespace npuscope::preflight {

namespace {

bool has_calls(const Context& context) {
  return std::any_of(context.capture().events.begin(), context.capture().events.end(),
                     [](const Event& e) { return e.kind == "MEM_SYNC"; });
}

void object_is_live(const Context& context, Verdict& verdict) {
  if (context.submits().empty()) verdict.skip("the input has no submit");
  for (const SubmitView& view : context.submits()) {
    const auto& buffers = context.capture().buffers;
    const bool known = std::any_of(buffers.begin(), buffers.end(),
                                   [](const Buffer& b) { return b.object_address.has_value(); });
    if (!known || !view.submit->task_obj_addr) {
      verdict.skip("object addresses were not logged");
      continue;
    }
    verdict.looked();
    if (view.buffer == no_index)
      verdict.find(context.where(view, "task_obj_addr"),
                   fmt::format("{:#x}", *view.submit->task_obj_addr),
                   "exactly the address that MEM_CREATE gave for a buffer");
  }
}

// The calls stand in order; a submit is an event among them.
void task_table_synchronised(const Context& context, Verdict& verdict) {
  if (context.submits().empty()) verdict.skip("the input has no submit");
  std::size_t number = 0;
  for (const SubmitView& view : context.submits()) {
    const std::size_t index = number++;
    const auto& buffers = context.capture().buffers;
    if (!has_calls(context) || view.buffer >= buffers.size() || !buffers[view.buffer].flags) {
      verdict.skip("the calls in front of the submit were not logged");
      continue;
    }
    if ((*buffers[view.buffer].flags & uabi::rknpu::cacheable) == 0) continue;
    std::size_t submits = 0;
    bool synchronised = false;
    for (const Event& event : context.capture().events) {
      if (event.kind == "SUBMIT" && submits++ == index) break;
      if (event.kind == "MEM_SYNC" && event.number("obj") == view.submit->task_obj_addr &&
          (event.number("flags").value_or(0) & uabi::rknpu::to_device) != 0)
        synchronised = true;
    }
    verdict.looked();
    if (!synchronised)
      verdict.find(context.where(view, "task_obj_addr"), "no MEM_SYNC to the device before it",
                   "one after the last write of the table");
  }
}

void sync_inside_buffer(const Context& context, Verdict& verdict) {
  if (!has_calls(context)) verdict.skip("no MEM_SYNC was logged");
  for (const Event& event : context.capture().events) {
    if (event.kind != "MEM_SYNC") continue;
    const auto object = event.number("obj"), offset = event.number("offset"),
               size = event.number("size");
    const auto& buffers = context.capture().buffers;
    const auto buffer = std::find_if(buffers.begin(), buffers.end(), [&](const Buffer& b) {
      return b.object_address && b.object_address == object;
    });
    if (!object || !offset || !size || buffer == buffers.end()) {
      verdict.skip("the buffer of a MEM_SYNC was not logged");
      continue;
    }
    verdict.looked();
    if (*offset <= buffer->size && *size <= buffer->size - *offset) continue;
    Where where;
    where.name = fmt::format("MEM_SYNC of {}", buffer->name);
    where.place = event.place;
    verdict.find(std::move(where), fmt::format("bytes {:#x}..{:#x}", *offset, *offset + *size),
                 fmt::format("at most {:#x}, the size of the buffer", buffer->size));
  }
}

constexpr Rule rules[] = {
    {"KABI-L03", "task-object", "", Severity::error, Scope::trace,
     "task_obj_addr is the object address of a live buffer",
     "the driver dereferences it as a kernel pointer: a wrong one locks the machine up",
     "RKNPU driver rknpu_job.c, line 152", "take obj_addr of MEM_CREATE as it is", object_is_live},
    {"KABI-L04-sync", "task-buffer-sync", "", Severity::error, Scope::trace,
     "a cached task table is written back before the submit", "the driver reads stale entries",
     "RKNPU driver rknpu_gem.c, line 78", "MEM_SYNC with flag 1 after the last write",
     task_table_synchronised},
    {"KABI-L26", "sync-range", "", Severity::error, Scope::trace,
     "MEM_SYNC stays inside its buffer",
     "the driver does not check: caches of other memory are written or dropped",
     "RKNPU driver rknpu_gem.c, lines 1693-1704", "offset + size within the buffer",
     sync_inside_buffer},
};

}  // namespace

std::span<const Rule> trace_rules() {
  return rules;
}

}  // namespace npuscope::preflight
