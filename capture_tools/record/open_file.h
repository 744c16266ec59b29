// An NPU that a program has open, as the recorder knows it: the buffers behind its handles.
//
//   OpenFile file{.index = 0, .driver = Driver::rknpu};
//   file.buffers[handle] = KnownBuffer{...};
//   if (KnownBuffer* buffer = file.by_object(sync.obj_addr)) ...
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "capture_tools/record/call_text.h"
#include "capture_tools/record/page_book.h"

namespace npuscope::record {

struct KnownBuffer {
  std::uint32_t id = 0;  // in the bundle
  std::uint32_t handle = 0;
  std::uint64_t size = 0;    // bytes, whole pages; 0: not known yet
  std::uint64_t object = 0;  // kernel address, rknpu
  std::optional<std::uint64_t> map_offset;
  bool cacheable = false;
  PageBook pages;
  bool complained = false;  // that its contents cannot be taken
};

struct OpenFile {
  std::uint32_t index = 0;  // in the bundle
  Driver driver = Driver::rknpu;
  std::string path;
  std::map<std::uint32_t, KnownBuffer> buffers;  // by handle
  std::optional<std::uint32_t> returned;         // the last submit that came back

  [[nodiscard]] KnownBuffer* by_handle(std::uint32_t handle) {
    const auto found = buffers.find(handle);
    return found == buffers.end() ? nullptr : &found->second;
  }
  // Whether a submit's results may be seen without synchronisation.
  [[nodiscard]] bool has_uncached() const {
    return std::ranges::any_of(buffers, [](const auto& each) { return !each.second.cacheable; });
  }
  [[nodiscard]] KnownBuffer* by_object(std::uint64_t object) {
    for (auto& [handle, buffer] : buffers)
      if (buffer.object == object) return &buffer;
    return nullptr;
  }
};

}  // namespace npuscope::record
