// What calls did to the buffers of a file, and what the buffers held.
#include <fmt/format.h>

#include <algorithm>

#include "capture_tools/fake_npu/kernel_copy.h"
#include "capture_tools/record/buffer_memory.h"
#include "capture_tools/record/recorder.h"
#include "decoder/bundle/event_fields.h"
#include "replay/device/uabi/rocket.h"

namespace npuscope::record {

using fake::load;
using namespace uabi;

void Recorder::created(const Parts& parts, OpenFile& file) {
  KnownBuffer buffer;
  if (file.driver == Driver::rocket) {
    const auto made = load<rocket::CreateBo>(parts.after);
    buffer.handle = made.handle;
    buffer.size =
        (made.size + PageBook::page_bytes - 1) / PageBook::page_bytes * PageBook::page_bytes;
    buffer.map_offset = made.offset;
    add_buffer(file, std::move(buffer), made.dma_address, {}, made.size, "CREATE_BO");
    return;
  }
  const auto asked = load<rknpu::MemCreate>(parts.before);
  const auto made = load<rknpu::MemCreate>(parts.after);
  KnownBuffer* known = file.by_handle(made.handle);
  if (asked.handle != 0 && asked.handle == made.handle && known != nullptr && known->size != 0)
    return;  // only a question
  buffer.handle = made.handle;
  buffer.size = made.size;
  buffer.object = made.obj_addr;
  buffer.cacheable = (made.flags & rknpu::cacheable) != 0;
  const std::uint64_t exact = asked.handle == 0 ? asked.size : 0;
  add_buffer(file, std::move(buffer), made.dma_addr, made.flags, exact, "MEM_CREATE");
}

void Recorder::imported(OpenFile& file, std::uint32_t handle, std::uint64_t size, int device) {
  if (KnownBuffer* known = file.by_handle(handle); known != nullptr && known->size != 0) return;
  KnownBuffer buffer;
  buffer.handle = handle;
  buffer.size = size;
  const auto address = device < 0 ? std::nullopt : query_buffer(device, file.driver, buffer);
  // Its flags are not told: if it was cached, the program's own synchronisation shows when to look.
  buffer.cacheable = true;
  add_buffer(file, std::move(buffer), address, {}, 0, "a query of an imported buffer");
}

void Recorder::add_buffer(OpenFile& file, KnownBuffer buffer, std::optional<std::uint64_t> address,
                          std::optional<std::uint32_t> flags, std::uint64_t exact_size,
                          std::string source) {
  if (file.by_handle(buffer.handle) != nullptr) released(file, buffer.handle);
  buffer.id = static_cast<std::uint32_t>(summary_.buffers++);
  Buffer event;
  event.name = fmt::format("handle {}", buffer.handle);
  if (file.index > 0) event.name += fmt::format(" of file {}", file.index);
  event.handle = buffer.handle;
  event.file = file.index;
  event.device_address = address;
  if (address) event.address_source = std::move(source);
  if (buffer.object != 0) event.object_address = buffer.object;
  event.flags = flags;
  event.size = buffer.size;
  event.exact_size = exact_size;
  stream_.lines().buffer(buffer.id, event);
  file.buffers[buffer.handle] = std::move(buffer);
}

void Recorder::released(OpenFile& file, std::uint32_t handle) {
  const KnownBuffer* buffer = file.by_handle(handle);
  if (buffer == nullptr) return;
  stream_.lines().release(buffer->id);
  file.buffers.erase(handle);
}

void Recorder::snapshot(OpenFile& file, KnownBuffer& buffer, Moment moment, int device,
                        Extent extent) {
  snapshot(file, buffer, moment, device, extent, 0, buffer.size);
}

void Recorder::snapshot(OpenFile& file, KnownBuffer& buffer, Moment moment, int device,
                        Extent extent, std::uint64_t offset, std::uint64_t size) {
  if (!why_not(moment.submit).empty() || !options_.wants_handle(buffer.handle)) return;
  const auto complain = [&](const std::string& why) {
    if (std::exchange(buffer.complained, true)) return;
    remark(Severity::warning, fmt::format("the contents of handle {} of file {} are not here: {}",
                                          buffer.handle, file.index, why));
  };
  if (buffer.size > options_.most_buffer_bytes)
    return complain(fmt::format("it has {} bytes, more than were asked for", buffer.size));
  const BufferMemory memory = BufferMemory::map(device, file.driver, buffer);
  if (!memory.problem().empty()) return complain(memory.problem());
  const std::uint64_t begin =
      std::min(offset, buffer.size) / PageBook::page_bytes * PageBook::page_bytes;
  const std::uint64_t wanted = size > buffer.size - std::min(offset, buffer.size)
                                   ? buffer.size
                                   : offset + size + PageBook::page_bytes - 1;
  const std::uint64_t end =
      std::min(buffer.size, wanted / PageBook::page_bytes * PageBook::page_bytes);
  if (end <= begin) return;
  const auto range = memory.bytes().subspan(begin, end - begin);
  std::vector<PageBook::Run> runs = buffer.pages.changed(range, begin);
  // What the program waited for is evidence even where it did not change.
  if (extent == Extent::everything) runs = {{begin, range}};
  for (const PageBook::Run& run : runs) {
    const auto blob = stream_.add_blob(run.bytes);
    if (!blob) return keep(tl::unexpected(blob.error()));
    stream_.lines().content({.buffer = buffer.id,
                             .offset = run.offset,
                             .size = run.bytes.size(),
                             .blob = *blob,
                             .when = std::string(moment.complete ? when_complete : when_submit),
                             .submit = moment.submit});
  }
}

}  // namespace npuscope::record
