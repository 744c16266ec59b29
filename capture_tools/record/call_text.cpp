#include "capture_tools/record/call_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "capture_tools/fake_npu/kernel_copy.h"
#include "replay/device/uabi/drm.h"
#include "replay/device/uabi/rocket.h"

namespace npuscope::record {

namespace {

using fake::load;
using namespace uabi;
using Bytes = std::span<const std::byte>;

std::string hex(std::uint64_t number) {
  return fmt::format("{:#x}", number);
}

std::string flags(std::uint32_t number) {
  return fmt::format("{:#010x}", number);
}

std::string decimal(std::uint64_t number) {
  return fmt::format("{}", number);
}

std::string digits(Bytes bytes) {
  std::string text;
  for (const std::byte byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return text;
}

CallText action_text(Bytes before, Bytes after) {
  const auto given = load<rknpu::Action>(before), answered = load<rknpu::Action>(after);
  return {{{"flags", flags(given.flags)}, {"value", flags(given.value)}},
          {{"flags", flags(given.flags)}, {"value", flags(answered.value)}}};
}

CallText create_text(Bytes before, Bytes after) {
  const auto given = load<rknpu::MemCreate>(before), made = load<rknpu::MemCreate>(after);
  return {{{"size", decimal(given.size)},
           {"flags", flags(given.flags)},
           {"handle", hex(given.handle)},
           {"obj", hex(given.obj_addr)},
           {"dma", hex(given.dma_addr)},
           {"sram", decimal(given.sram_size)},
           {"domain", fmt::format("{}", given.iommu_domain_id)},
           {"core_mask", hex(given.core_mask)}},
          {{"handle", hex(made.handle)},
           {"obj", hex(made.obj_addr)},
           {"dma", hex(made.dma_addr)},
           {"size", decimal(made.size)},
           {"sram", decimal(made.sram_size)}}};
}

CallText map_text(Bytes before, Bytes after) {
  const std::string handle = hex(load<rknpu::MemMap>(before).handle);
  return {{{"handle", handle}},
          {{"handle", handle}, {"offset", hex(load<rknpu::MemMap>(after).offset)}}};
}

CallText destroy_text(Bytes before, Bytes /*after*/) {
  const auto given = load<rknpu::MemDestroy>(before);
  return {{{"handle", hex(given.handle)}, {"obj", hex(given.obj_addr)}}, {}};
}

CallText sync_text(Bytes before, Bytes /*after*/) {
  const auto given = load<rknpu::MemSync>(before);
  return {{{"flags", flags(given.flags)},
           {"obj", hex(given.obj_addr)},
           {"offset", decimal(given.offset)},
           {"size", decimal(given.size)}},
          {}};
}

// A rocket submit only points to its jobs; the event `submit` has them.
CallText submit_text(Bytes before, Bytes after) {
  if (before.size() == sizeof(rocket::Submit)) {
    const auto given = load<rocket::Submit>(before);
    return {{{"job_count", decimal(given.job_count)},
             {"job_struct_size", decimal(given.job_struct_size)}},
            {}};
  }
  const auto done = load<rknpu::Submit>(after);
  return {submit_fields(before),
          {{"task_counter", decimal(done.task_counter)},
           {"core_mask", flags(done.core_mask)},
           {"hw_elapse_time", fmt::format("{}", done.hw_elapse_time)},
           {"fence_fd", fmt::format("{}", done.fence_fd)}}};
}

CallText create_bo_text(Bytes before, Bytes after) {
  const auto made = load<rocket::CreateBo>(after);
  return {
      {{"size", decimal(load<rocket::CreateBo>(before).size)}},
      {{"handle", hex(made.handle)}, {"dma", hex(made.dma_address)}, {"offset", hex(made.offset)}}};
}

CallText prep_text(Bytes before, Bytes /*after*/) {
  const auto given = load<rocket::PrepBo>(before);
  return {{{"handle", hex(given.handle)}, {"timeout_ns", fmt::format("{}", given.timeout_ns)}}, {}};
}

// Structures that begin with a handle and answer nothing.
CallText handle_text(Bytes before, Bytes /*after*/) {
  return {{{"handle", hex(load<std::uint32_t>(before))}}, {}};
}

CallText version_text(Bytes /*before*/, Bytes after) {
  const auto told = load<drm::Version>(after);
  return {{}, {{"version", fmt::format("{}.{}.{}", told.major, told.minor, told.patch)}}};
}

CallText unique_text(Bytes before, Bytes after) {
  return {{{"room", decimal(load<drm::Unique>(before).bytes)}},
          {{"length", decimal(load<drm::Unique>(after).bytes)}}};
}

CallText cap_text(Bytes before, Bytes after) {
  return {{{"capability", hex(load<drm::GetCap>(before).capability)}},
          {{"value", hex(load<drm::GetCap>(after).value)}}};
}

CallText flink_text(Bytes before, Bytes after) {
  return {{{"handle", hex(load<drm::GemFlink>(before).handle)}},
          {{"name", decimal(load<drm::GemFlink>(after).name)}}};
}

CallText open_text(Bytes before, Bytes after) {
  const auto made = load<drm::GemOpen>(after);
  return {{{"name", decimal(load<drm::GemOpen>(before).name)}},
          {{"handle", hex(made.handle)}, {"size", decimal(made.size)}}};
}

CallText export_text(Bytes before, Bytes after) {
  const auto given = load<drm::PrimeHandle>(before);
  return {{{"handle", hex(given.handle)}, {"flags", hex(given.flags)}},
          {{"dma_buf", fmt::format("{}", load<drm::PrimeHandle>(after).fd)}}};
}

CallText import_text(Bytes before, Bytes after) {
  return {{{"dma_buf", fmt::format("{}", load<drm::PrimeHandle>(before).fd)}},
          {{"handle", hex(load<drm::PrimeHandle>(after).handle)}}};
}

struct KnownCall {
  CallKind kind;
  std::string_view name;
  CallText (*text)(Bytes before, Bytes after);
};

constexpr std::array known_calls{
    KnownCall{CallKind::action, "ACTION", action_text},
    KnownCall{CallKind::submit, "SUBMIT", submit_text},
    KnownCall{CallKind::mem_create, "MEM_CREATE", create_text},
    KnownCall{CallKind::mem_map, "MEM_MAP", map_text},
    KnownCall{CallKind::mem_destroy, "MEM_DESTROY", destroy_text},
    KnownCall{CallKind::mem_sync, "MEM_SYNC", sync_text},
    KnownCall{CallKind::create_bo, "CREATE_BO", create_bo_text},
    KnownCall{CallKind::prep_bo, "PREP_BO", prep_text},
    KnownCall{CallKind::fini_bo, "FINI_BO", handle_text},
    KnownCall{CallKind::version, "VERSION", version_text},
    KnownCall{CallKind::get_unique, "GET_UNIQUE", unique_text},
    KnownCall{CallKind::get_cap, "GET_CAP", cap_text},
    KnownCall{CallKind::gem_close, "GEM_CLOSE", handle_text},
    KnownCall{CallKind::gem_flink, "GEM_FLINK", flink_text},
    KnownCall{CallKind::gem_open, "GEM_OPEN", open_text},
    KnownCall{CallKind::prime_handle_to_fd, "PRIME_HANDLE_TO_FD", export_text},
    KnownCall{CallKind::prime_fd_to_handle, "PRIME_FD_TO_HANDLE", import_text},
};

const KnownCall* find_call(CallKind kind) {
  const auto found = std::ranges::find(known_calls, kind, &KnownCall::kind);
  return found == known_calls.end() ? nullptr : &*found;
}

struct NumberedCall {
  std::uint32_t number;
  CallKind kind;
};
constexpr std::array rknpu_calls{
    NumberedCall{rknpu::action, CallKind::action},
    NumberedCall{rknpu::submit, CallKind::submit},
    NumberedCall{rknpu::mem_create, CallKind::mem_create},
    NumberedCall{rknpu::mem_map, CallKind::mem_map},
    NumberedCall{rknpu::mem_destroy, CallKind::mem_destroy},
    NumberedCall{rknpu::mem_sync, CallKind::mem_sync},
};
constexpr std::array rocket_calls{
    NumberedCall{rocket::create_bo, CallKind::create_bo},
    NumberedCall{rocket::submit, CallKind::submit},
    NumberedCall{rocket::prep_bo, CallKind::prep_bo},
    NumberedCall{rocket::fini_bo, CallKind::fini_bo},
};
constexpr std::array core_calls{
    NumberedCall{ioctl_number(drm::version), CallKind::version},
    NumberedCall{ioctl_number(drm::get_unique), CallKind::get_unique},
    NumberedCall{ioctl_number(drm::gem_close), CallKind::gem_close},
    NumberedCall{ioctl_number(drm::gem_flink), CallKind::gem_flink},
    NumberedCall{ioctl_number(drm::gem_open), CallKind::gem_open},
    NumberedCall{ioctl_number(drm::get_cap), CallKind::get_cap},
    NumberedCall{ioctl_number(drm::prime_handle_to_fd), CallKind::prime_handle_to_fd},
    NumberedCall{ioctl_number(drm::prime_fd_to_handle), CallKind::prime_fd_to_handle},
};

CallKind kind_in(std::span<const NumberedCall> calls, std::uint32_t number) {
  const auto found = std::ranges::find(calls, number, &NumberedCall::number);
  return found == calls.end() ? CallKind::unknown : found->kind;
}

}  // namespace

CallKind kind_of_call(Driver driver, std::uint32_t word) {
  const std::uint32_t number = ioctl_number(word);
  if (driver == Driver::rknpu_heap)
    return ioctl_type(word) == 'r' ? kind_in(rknpu_calls, number) : CallKind::unknown;
  if (ioctl_type(word) != 'd') return CallKind::unknown;
  if (number < rknpu::first_number) return kind_in(core_calls, number);
  if (driver == Driver::rocket) return kind_in(rocket_calls, number - rocket::first_number);
  return kind_in(rknpu_calls, number - rknpu::first_number);
}

std::string_view name_of(CallKind kind) {
  const KnownCall* call = find_call(kind);
  return call == nullptr ? "IOCTL" : call->name;
}

CallText text_of_call(CallKind kind, std::uint32_t word, Bytes before, Bytes after) {
  if (const KnownCall* call = find_call(kind)) return call->text(before, after);
  return {{{"cmd", flags(word)}, {"bytes", digits(before)}}, {{"bytes", digits(after)}}};
}

Arguments submit_fields(Bytes structure) {
  const auto submit = load<rknpu::Submit>(structure);
  Arguments fields{{"flags", flags(submit.flags)},
                   {"timeout", decimal(submit.timeout)},
                   {"task_start", decimal(submit.task_start)},
                   {"task_number", decimal(submit.task_number)},
                   {"task_counter", decimal(submit.task_counter)},
                   {"priority", fmt::format("{}", submit.priority)},
                   {"task_obj_addr", hex(submit.task_obj_addr)},
                   {"iommu_domain_id", decimal(submit.iommu_domain_id)},
                   {"reserved", hex(submit.reserved)},
                   {"task_base_addr", hex(submit.task_base_addr)},
                   {"hw_elapse_time", fmt::format("{}", submit.hw_elapse_time)},
                   {"core_mask", flags(submit.core_mask)},
                   {"fence_fd", fmt::format("{}", submit.fence_fd)}};
  for (std::size_t i = 0; i < std::size(submit.subcore_task); ++i)
    fields.emplace_back(fmt::format("subcore_task[{}]", i),
                        fmt::format("{}+{}", submit.subcore_task[i].task_start,
                                    submit.subcore_task[i].task_number));
  return fields;
}

}  // namespace npuscope::record
