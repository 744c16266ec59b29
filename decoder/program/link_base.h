// The device address of a command buffer, from the links between its records.
//
//   if (auto found = base_from_links(set)) ... found->base, found->links ...
//
// A link names the absolute address of the next record; its place in the buffer is known. The
// difference is the base, and most links must agree on it. For captures whose source does not state
// the address, or states a wrong one.
#pragma once

#include <cstdint>
#include <optional>

#include "decoder/program.h"

namespace npuscope {

struct LinkBase {
  std::uint64_t base = 0;  // link - base = offset in ProgramSet::stream_buffer
  std::size_t links = 0;   // how many agree
};

// Needs set.tasks with their records. Nothing if no link agrees with the order of the table.
[[nodiscard]] std::optional<LinkBase> base_from_links(const ProgramSet& set);

}  // namespace npuscope
