// The buffers of a running program, by the names that it gave them (GEM_FLINK), as a bundle.
//
//   auto port = open_node("rknpu", NodeUse::primary);
//   auto dumped = dump_names(*port, {{1, 7}}, "gems.bundle", {});      // names 1 to 7
//
// Each object is opened, asked for its size and addresses, written whole and closed again; it lives
// no longer than without us. Which one is the task table, the commands and so on follows from what
// they hold, when the bundle is read. Nothing is synchronised: what only the device's side has of a
// cached buffer is not seen. The runtime of the vendor names all of its buffers, from 1 on.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "decoder/bundle/bundle_stream.h"
#include "replay/device/drm_port.h"

namespace npuscope::record {

struct FlinkDump {
  std::uint64_t buffers = 0, bytes = 0;
  std::vector<std::uint32_t> absent;  // names that no object has
};

using NameRange = std::pair<std::uint32_t, std::uint32_t>;  // first and last

// Errors: the bundle cannot be written. An object that cannot be read becomes a diagnostic.
[[nodiscard]] Result<FlinkDump> dump_names(const DrmPort& port, std::span<const NameRange> names,
                                           const std::string& directory,
                                           const StreamOptions& options);

}  // namespace npuscope::record
