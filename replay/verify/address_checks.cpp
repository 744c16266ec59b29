// Where buffers lie: device addresses and mmap offsets. Source: public logs of driver 0.9.8, which
// hands out addresses downwards and mapping offsets upwards, both in whole pages.
#include "decoder/device_memory.h"
#include "replay/verify/checks.h"

namespace npuscope {

namespace {

constexpr std::uint64_t readable = 1, writable = 2, shared = 1;  // PROT_READ, ..., MAP_SHARED
constexpr std::uint64_t first_mapping = 0x1'0000'0000;

}  // namespace

Verdict check_addresses(const Run& run) {
  const auto& buffers = run.allocations();
  Verdict verdict;
  const Allocation* above = nullptr;
  std::size_t placed = 0;
  std::string range;
  for (const Allocation& buffer : buffers) {
    if (!buffer.address) continue;
    const std::uint64_t bytes = whole_pages(buffer.bytes);
    if (placed++ == 0) verdict.place = buffer.address_place;
    if (*buffer.address % page_bytes != 0)
      verdict.fail(fmt::format("device address of the {} buffer", buffer.name), "a whole page",
                   fmt::format("{:#x}", *buffer.address), buffer.address_place);
    if (*buffer.address >= address_space_bytes || bytes > address_space_bytes - *buffer.address)
      verdict.fail(fmt::format("end of the {} buffer", buffer.name), "within 32 bits",
                   fmt::format("{:#x} + {:#x}", *buffer.address, bytes), buffer.address_place);
    if (above != nullptr && run.vendor_runtime)
      verdict.expect_hex(fmt::format("device address of the {} buffer, directly below {}",
                                     buffer.name, above->name),
                         *above->address - bytes, *buffer.address, buffer.address_place);
    above = &buffer;
    range = fmt::format("{:#x}", *buffer.address);
  }
  return concluded(
      std::move(verdict), placed,
      fmt::format("{} buffers, {} down to {}", placed,
                  run.vendor_runtime ? "each directly below the one before it" : "whole pages",
                  range),
      absent("device addresses are not in the input"));
}

Verdict check_mappings(const Run& run) {
  Verdict verdict;
  std::size_t mapped = 0;
  std::uint64_t next = first_mapping;
  for (std::size_t i = 0; i < run.calls.size(); ++i) {
    const Call& call = run.calls[i];
    const auto offset = call.answered("offset");
    if (call.kind != "MEM_MAP" || !offset) continue;
    const Place& at = call.answer->place;
    const Allocation* buffer = run.by_handle(call.number("handle").value_or(0));
    if (mapped++ == 0) verdict.place = at;
    const std::string name =
        buffer == nullptr ? "an unknown buffer" : "the " + buffer->name + " buffer";
    verdict.expect_hex(fmt::format("handle in the answer about {}", name),
                       call.number("handle").value_or(0), call.answered("handle").value_or(0), at);
    verdict.expect_hex(fmt::format("mapping offset of {}", name), next, *offset, at);
    next = *offset + whole_pages(buffer == nullptr ? 0 : buffer->bytes);
    // The mmap that follows.
    if (i + 1 >= run.calls.size() || run.calls[i + 1].kind != "MMAP") continue;
    const Call& map = run.calls[i + 1];
    verdict.expect_hex(fmt::format("offset of the mmap of {}", name), *offset,
                       map.number("offset").value_or(0), map.place());
    // The driver's pages are shared, and the runtime reads and writes them.
    verdict.expect_hex(fmt::format("prot of the mmap of {}", name), readable | writable,
                       map.number("prot").value_or(readable | writable), map.place());
    verdict.expect_hex(fmt::format("flags of the mmap of {}", name), shared,
                       map.number("flags").value_or(shared), map.place());
    if (buffer != nullptr && map.number("length").value_or(0) > whole_pages(buffer->bytes))
      verdict.fail(fmt::format("bytes of the mmap of {}", name),
                   fmt::format("at most {}", whole_pages(buffer->bytes)),
                   fmt::format("{}", map.number("length").value_or(0)), map.place(),
                   "the driver refuses longer mappings");
  }
  return concluded(
      std::move(verdict), mapped,
      fmt::format("{} mappings from {:#x} on, one behind the other", mapped, first_mapping),
      run.calls.empty() ? absent("the input logs no ioctls")
                        : skip("the log shows no MEM_MAP answers"));
}

}  // namespace npuscope
