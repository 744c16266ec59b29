// The buffers: sizes, whole pages, flags, the order of creation, and whether runtime and driver say
// the same of them.
#include <algorithm>
#include <array>

#include "replay/verify/checks.h"

namespace npuscope {

namespace {

constexpr std::string_view no_buffers = "the input does not state its allocations";

// NON_CONTIGUOUS | CACHEABLE | IOMMU_LIMIT_IOVA_ALIGNMENT, and KERNEL_MAPPING for the tasks, which
// the driver reads. Source: all public logs of librknnrt 2.3.0.
constexpr std::uint64_t task_flags = 0x40b, other_flags = 0x403;

// A fact of the log that states a size.
void check_fact(const Run& run, std::string_view key, std::uint64_t expected, Verdict& verdict,
                std::size_t& checked) {
  const Fact* fact = run.capture().fact(key);
  if (fact == nullptr) return;
  ++checked;
  verdict.expect(key, fmt::format("{}", expected), fact->value, fact->place);
}

}  // namespace

Verdict check_sizes(const Run& run) {
  if (run.allocations().empty()) return absent(no_buffers);
  if (run.model == nullptr) return skip("no model to compare with: give --model");
  Verdict verdict;
  std::size_t checked = 0;
  std::string sizes;
  for (const Allocation& buffer : run.allocations()) {
    const auto expected = run.model->bytes_of(buffer.name);
    if (!expected || buffer.bytes == 0) continue;
    if (checked++ == 0) verdict.place = buffer.place;
    sizes += fmt::format("{}{} {}", sizes.empty() ? "" : ", ", buffer.name, buffer.bytes);
    verdict.expect(fmt::format("bytes of the {} buffer", buffer.name), *expected, buffer.bytes,
                   buffer.place, "another model, or another shape than the program's?");
  }
  check_fact(run, "regcmdbuffer.size", run.model->commands_bytes, verdict, checked);
  check_fact(run, "taskbuffer.size", task_bytes * run.model->tasks.size(), verdict, checked);
  return concluded(std::move(verdict), checked, sizes + " bytes, as in the model",
                   skip("no buffer of the model is named"));
}

Verdict check_rounding(const Run& run) {
  if (run.allocations().empty()) return absent(no_buffers);
  Verdict verdict;
  std::size_t checked = 0;
  for (const std::vector<Allocation>* list : {&run.announced, &run.dumped})
    for (const Allocation& buffer : *list) {
      if (!buffer.rounded_bytes || buffer.bytes == 0) continue;
      if (checked++ == 0) verdict.place = buffer.place;
      verdict.expect(fmt::format("bytes of the {} buffer in whole pages", buffer.name),
                     whole_pages(buffer.bytes), *buffer.rounded_bytes, buffer.place);
    }
  return concluded(std::move(verdict), checked, "sizes are rounded up to pages of 4096 bytes",
                   skip("rounded sizes are not in the log"));
}

Verdict check_flags(const Run& run) {
  if (run.allocations().empty()) return absent(no_buffers);
  if (!run.vendor_runtime) return skip("not librknnrt: other clients use other flags");
  Verdict verdict;
  std::size_t checked = 0;
  for (const Allocation& buffer : run.allocations()) {
    if (!buffer.flags) continue;
    if (checked++ == 0) verdict.place = buffer.place;
    verdict.expect_hex(fmt::format("flags of the {} buffer", buffer.name),
                       buffer.name == "task" ? task_flags : other_flags, *buffer.flags,
                       buffer.place,
                       buffer.name == "task" ? "without 0x8 the driver cannot read the tasks" : "");
  }
  return concluded(std::move(verdict), checked,
                   fmt::format("task {:#x}, all others {:#x}", task_flags, other_flags),
                   skip("flags are not in the log"));
}

Verdict check_creation_order(const Run& run) {
  const auto& buffers = run.allocations();
  if (buffers.empty()) return absent(no_buffers);
  if (!run.vendor_runtime) return skip("not librknnrt: other clients create in their own order");
  Verdict verdict;
  std::size_t last = 0, known = 0;
  std::string order;
  for (const Allocation& buffer : buffers) {
    order += (order.empty() ? "" : ", ") + buffer.name;
    const auto rank = static_cast<std::size_t>(
        std::find(vendor_buffers.begin(), vendor_buffers.end(), buffer.name) -
        vendor_buffers.begin());
    if (rank == vendor_buffers.size()) continue;
    if (known++ == 0) verdict.place = buffer.place;
    if (rank < last)
      verdict.fail(fmt::format("place of {} in the order of creation", buffer.name),
                   "task, weight, internal, input, output",
                   fmt::format("behind {}", vendor_buffers[last]), buffer.place);
    last = std::max(last, rank);
  }
  return concluded(std::move(verdict), known, order, skip("the buffers have no names in the log"));
}

Verdict check_announcements(const Run& run) {
  if (run.created.empty() || run.announced.empty())
    return absent("the input does not hold both the calls and the runtime's memory lines");
  Verdict verdict;
  std::size_t compared = 0;
  for (const Allocation& said : run.announced) {
    const Allocation* made = said.handle ? run.by_handle(*said.handle) : nullptr;
    if (made == nullptr) {
      verdict.fail(fmt::format("the {} buffer that the runtime names", said.name),
                   "a MEM_CREATE that returned its handle",
                   fmt::format("none with handle {}", said.handle.value_or(0)), said.place);
      continue;
    }
    if (compared++ == 0) verdict.place = said.place;
    const auto same = [&](std::string_view what, const auto& driver, const auto& runtime) {
      if (driver && runtime)
        verdict.expect_hex(fmt::format("{} of the {} buffer, as the runtime says", what, said.name),
                           *driver, *runtime, said.place);
    };
    same("device address", made->address, said.address);
    same("object", made->object, said.object);
    same("flags", made->flags, said.flags);
    verdict.expect(fmt::format("bytes of the {} buffer, as the runtime says", said.name),
                   made->bytes, said.bytes, said.place);
  }
  return concluded(std::move(verdict), compared,
                   fmt::format("{} buffers: runtime and driver agree", compared));
}

}  // namespace npuscope
