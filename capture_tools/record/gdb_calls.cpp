#include "capture_tools/record/gdb_calls.h"

#include <fmt/format.h>

#include <span>

#include "replay/device/uabi/drm.h"
#include "replay/device/uabi/rknpu.h"

namespace npuscope::record {

using namespace uabi;

std::string member(std::size_t offset, std::size_t bytes) {
  return fmt::format("*(unsigned {} *)($npu_arg + {})", bytes == 8 ? "long" : "int", offset);
}

const std::vector<GdbCall>& gdb_calls() {
  using namespace rknpu;
  static const std::vector<GdbCall> calls{
      {"ACTION", first_number + action, {{"flags", 0, 4}, {"value", 4, 4}}, {{"value", 4, 4}}},
      {"MEM_CREATE",
       first_number + mem_create,
       {{"handle", 0, 4}, {"flags", 4, 4}, {"size", offsetof(MemCreate, size), 8}},
       {{"handle", 0, 4},
        {"size", offsetof(MemCreate, size), 8},
        {"obj", offsetof(MemCreate, obj_addr), 8},
        {"dma", offsetof(MemCreate, dma_addr), 8}}},
      {"MEM_MAP",
       first_number + mem_map,
       {{"handle", 0, 4}},
       {{"handle", 0, 4}, {"offset", offsetof(MemMap, offset), 8}}},
      {"MEM_DESTROY",
       first_number + mem_destroy,
       {{"handle", 0, 4}, {"obj", offsetof(MemDestroy, obj_addr), 8}},
       {}},
      {"MEM_SYNC",
       first_number + mem_sync,
       {{"flags", 0, 4},
        {"obj", offsetof(MemSync, obj_addr), 8},
        {"offset", offsetof(MemSync, offset), 8},
        {"size", offsetof(MemSync, size), 8}},
       {}},
      {"SUBMIT",
       first_number + submit,
       {},
       {{"task_counter", offsetof(rknpu::Submit, task_counter), 4},
        {"core_mask", offsetof(rknpu::Submit, core_mask), 4},
        {"hw_elapse_time", offsetof(rknpu::Submit, hw_elapse_time), 8},
        {"fence_fd", offsetof(rknpu::Submit, fence_fd), 4}}},
      {"GEM_CLOSE", ioctl_number(drm::gem_close), {{"handle", 0, 4}}, {}},
      {"GEM_FLINK", ioctl_number(drm::gem_flink), {{"handle", 0, 4}}, {{"name", 4, 4}}},
      {"GEM_OPEN",
       ioctl_number(drm::gem_open),
       {{"name", 0, 4}},
       {{"handle", 4, 4}, {"size", 8, 8}}},
      {"PRIME_HANDLE_TO_FD",
       ioctl_number(drm::prime_handle_to_fd),
       {{"handle", 0, 4}, {"flags", 4, 4}},
       {{"dma_buf", 8, 4}}},
      {"PRIME_FD_TO_HANDLE",
       ioctl_number(drm::prime_fd_to_handle),
       {{"dma_buf", 8, 4}},
       {{"handle", 0, 4}}},
  };
  return calls;
}

GdbValues who_calls() {
  return {{"fd", {"$npu_fd"}}, {"thread", {"$npu_thread"}}};
}

namespace {

GdbValues values_of(std::span<const GdbCall::Member> members) {
  GdbValues values;
  for (const GdbCall::Member& each : members)
    values.push_back({std::string(each.name), {member(each.offset, each.bytes)}});
  return values;
}

GdbValues submit_values() {
  using rknpu::Submit;
  GdbValues values{{"submit", {"$npu_submit"}}, {"taken", {"$npu_taken"}}};
  const std::vector<GdbCall::Member> members{
      {"flags", 0, 4},
      {"timeout", offsetof(Submit, timeout), 4},
      {"task_start", offsetof(Submit, task_start), 4},
      {"task_number", offsetof(Submit, task_number), 4},
      {"task_counter", offsetof(rknpu::Submit, task_counter), 4},
      {"priority", offsetof(Submit, priority), 4},
      {"task_obj_addr", offsetof(Submit, task_obj_addr), 8},
      {"iommu_domain_id", offsetof(Submit, iommu_domain_id), 4},
      {"reserved", offsetof(Submit, reserved), 4},
      {"task_base_addr", offsetof(Submit, task_base_addr), 8},
      {"hw_elapse_time", offsetof(rknpu::Submit, hw_elapse_time), 8},
      {"core_mask", offsetof(rknpu::Submit, core_mask), 4},
      {"fence_fd", offsetof(rknpu::Submit, fence_fd), 4}};
  values = joined(std::move(values), values_of(members));
  for (std::size_t i = 0; i < std::size(Submit{}.subcore_task); ++i) {
    const std::size_t at = offsetof(Submit, subcore_task) + i * sizeof(rknpu::SubcoreTask);
    values.push_back({fmt::format("subcore_task[{}]", i), {member(at, 4), member(at + 4, 4)}});
  }
  return values;
}

// What a call does beside being printed: before it, and after it succeeded.
std::string before_of(const GdbCall& call) {
  if (call.kind == "MEM_CREATE")
    return "  set $npu_asked_handle = " + member(0, 4) +
           "\n  set $npu_asked_size = " + member(offsetof(rknpu::MemCreate, size), 8) + "\n";
  if (call.kind == "SUBMIT")
    return "  set $npu_submit = $npu_submits\n  set $npu_submits = $npu_submits + 1\n"
           "  set $npu_complete = 0\n  npuscope_decide\n  if $npu_taken\n" +
           for_buffers("1", "npuscope_take") + "  end\n" +
           print_line("SUBMIT", joined(submit_values(), who_calls()));
  return {};
}

std::string after_of(const GdbCall& call) {
  using namespace rknpu;
  if (call.kind == "MEM_CREATE")
    return fmt::format(
        "  set $npu_wanted = {}\n"
        "  npuscope_find\n"
        "  if $npu_k < $npu_buffers && $npu_asked_handle == 0\n"
        "    npuscope_release\n"
        "    set $npu_free = $npu_k\n"
        "    set $npu_k = $npu_buffers\n"
        "  end\n"
        "  if $npu_k == $npu_buffers\n"
        "    set $npu_b_number = $npu_made\n"
        "    set $npu_made = $npu_made + 1\n"
        "    set $npu_b_fd = $npu_fd\n"
        "    set $npu_b_handle = $npu_wanted\n"
        "    set $npu_b_object = {}\n"
        "    set $npu_b_cached = $npu_asked_handle != 0 || ({} & {}) != 0\n"
        "    set $npu_b_offset = (unsigned long)0\n"
        "    set $npu_b_size = {}\n"
        "    set $npu_b_address = (unsigned long)0\n"
        "    set $npu_b_length = (unsigned long)0\n"
        "    npuscope_print_buffer\n"
        "    set $npu_k = $npu_free\n"
        "    npuscope_store\n"
        "    if $npu_k == $npu_buffers\n"
        "      set $npu_buffers = $npu_buffers + 1\n"
        "    end\n"
        "  end\n",
        member(0, 4), member(offsetof(MemCreate, obj_addr), 8), member(4, 4),
        static_cast<std::uint32_t>(cacheable), member(offsetof(MemCreate, size), 8));
  if (call.kind == "MEM_MAP")
    return fmt::format(
        "  set $npu_wanted = {}\n"
        "  npuscope_find\n"
        "  if $npu_k < $npu_buffers\n"
        "    set $npu_b_offset = {}\n"
        "    npuscope_store\n"
        "  end\n",
        member(0, 4), member(offsetof(MemMap, offset), 8));
  if (call.kind == "MEM_DESTROY" || call.kind == "GEM_CLOSE")
    return fmt::format(
        "  set $npu_wanted = {}\n"
        "  npuscope_find\n"
        "  if $npu_k < $npu_buffers\n"
        "    npuscope_release\n"
        "  end\n",
        member(0, 4));
  // Caches hide nothing of buffers that have none; others when the program has waited for them.
  if (call.kind == "SUBMIT")
    return "  set $npu_complete = 1\n  npuscope_decide\n  set $npu_returned = $npu_submit\n"
           "  eval \"set $npu_returned_of_%d = $npu_submit\", $npu_thread\n"
           "  if $npu_taken\n" +
           for_buffers("$npu_b_cached == 0", "npuscope_take") + "  end\n";
  if (call.kind == "MEM_SYNC")
    return fmt::format(
        "  if ({} & {}) != 0 && $npu_returned >= 0\n"
        "    eval \"set $npu_submit = $npu_returned_of_%d\", $npu_thread\n"
        "    if $_isvoid($npu_submit)\n"
        "      set $npu_submit = $npu_returned\n"
        "    end\n"
        "    set $npu_complete = 1\n"
        "    npuscope_decide\n"
        "    if $npu_taken\n{}    end\n"
        "  end\n",
        member(0, 4), static_cast<std::uint32_t>(from_device),
        for_buffers(fmt::format("$npu_b_object == {}", member(offsetof(MemSync, obj_addr), 8)),
                    "npuscope_take"));
  return {};
}

}  // namespace

std::string commands_of(const GdbCall& call) {
  std::string before = before_of(call);
  if (call.kind != "SUBMIT")
    before += print_line(call.kind, joined(values_of(call.before), who_calls()));
  std::string after;
  if (!call.after.empty())
    after =
        print_line(fmt::format("{}_RET", call.kind), joined(values_of(call.after), who_calls()));
  return define(fmt::format("before_{}", call.number), before) +
         define(fmt::format("after_{}", call.number), after + after_of(call));
}

}  // namespace npuscope::record
