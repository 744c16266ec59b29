// What a recording keeps, and what it changes.
//
//   RecordOptions options{.submits = {{0, 3}}, .most_buffer_bytes = 1 << 20};
//   if (options.wants_submit(2)) ...
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "decoder/bundle/bundle_stream.h"

namespace npuscope::record {

enum class PrefixMode : std::uint8_t {
  every,   // each entry that has tasks gets the first ones: whichever core is chosen, it runs them
  linear,  // all in the first entry, the others empty: with core mask 0 the driver may choose
           // another core, whose empty entry it reads beyond the table (rknpu_job.c, line 337)
  subcores,  // one task in each of the first entries
};

struct RecordOptions {
  bool contents = true;                                          // of buffers
  std::vector<std::pair<std::uint32_t, std::uint32_t>> submits;  // first and last; empty: all
  std::set<std::uint32_t> handles;                               // whose contents; empty: of all
  std::uint64_t most_buffer_bytes = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t most_bytes = std::numeric_limits<std::uint64_t>::max();  // of all blobs
  std::optional<std::uint32_t> prefix;                                   // tasks to submit instead
  PrefixMode prefix_mode = PrefixMode::every;
  StreamOptions stream;

  // Whether programs wait at a submit until it is kept; else they only send.
  [[nodiscard]] bool waits_at_submits() const {
    return contents || prefix || stream.durability == Durability::machine;
  }
  [[nodiscard]] bool wants_submit(std::uint32_t number) const {
    return submits.empty() || std::ranges::any_of(submits, [&](const auto& range) {
             return number >= range.first && number <= range.second;
           });
  }
  [[nodiscard]] bool wants_handle(std::uint32_t handle) const {
    return handles.empty() || handles.contains(handle);
  }
};

}  // namespace npuscope::record
