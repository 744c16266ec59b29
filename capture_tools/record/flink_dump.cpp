#include "capture_tools/record/flink_dump.h"

#include <fmt/format.h>

#include <cstring>

#include "replay/device/uabi/drm.h"

namespace npuscope::record {

namespace {

using namespace uabi;

// One object, open; without a content event if it cannot be mapped.
Result<void> dump_object(const DrmPort& port, const drm::GemOpen& object, BundleStream& stream,
                         FlinkDump& dump) {
  // A handle that this file has makes a creation a question.
  rknpu::MemCreate answer{.handle = object.handle};
  const bool known = call(port, rknpu_word(rknpu::mem_create, sizeof answer), answer) == 0;
  const auto id = static_cast<std::uint32_t>(dump.buffers++);
  Buffer buffer;
  buffer.name = fmt::format("GEM {}", object.name);
  buffer.gem = object.name;
  buffer.size = object.size;
  if (known) {
    buffer.device_address = answer.dma_addr;
    buffer.address_source = "a query of an imported buffer";
    buffer.object_address = answer.obj_addr;
  }
  stream.lines().buffer(id, buffer);
  rknpu::MemMap mapping{.handle = object.handle};
  const int error = call(port, rknpu_word(rknpu::mem_map, sizeof mapping), mapping);
  const auto bytes = error == 0 ? port.map(mapping.offset, object.size) : std::span<std::byte>{};
  if (bytes.empty()) {
    stream.lines().diagnostic(
        {Severity::warning,
         fmt::format("{} cannot be mapped: {}", buffer.name,
                     error == 0 ? "the driver refuses it" : std::strerror(error)),
         {}});
    return {};
  }
  const auto blob = stream.add_blob(bytes);
  port.unmap(bytes);
  if (!blob) return tl::unexpected(blob.error());
  stream.lines().content({.buffer = id, .size = object.size, .blob = *blob, .when = {}});
  dump.bytes += object.size;
  return {};
}

}  // namespace

Result<FlinkDump> dump_names(const DrmPort& port, std::span<const NameRange> names,
                             const std::string& directory, const StreamOptions& options) {
  auto stream = BundleStream::create(directory, "GEM objects", port.node, options);
  if (!stream) return tl::unexpected(stream.error());
  FlinkDump dump;
  for (const auto& [first, last] : names) {
    for (std::uint64_t name = first; name <= last; ++name) {
      drm::GemOpen object{.name = static_cast<std::uint32_t>(name)};
      if (call(port, drm::gem_open, object) != 0) {
        dump.absent.push_back(object.name);
        continue;
      }
      const auto dumped = dump_object(port, object, *stream, dump);
      drm::GemClose close{.handle = object.handle};
      static_cast<void>(call(port, drm::gem_close, close));
      if (!dumped) return tl::unexpected(dumped.error());
    }
  }
  if (!dump.absent.empty())
    stream->lines().diagnostic(
        {Severity::note,
         fmt::format("no object has the names {}", fmt::join(dump.absent, ", ")),
         {}});
  if (auto finished = stream->finish(); !finished) return tl::unexpected(finished.error());
  return dump;
}

}  // namespace npuscope::record
