// Remembers what the pages of a buffer held, so that only what changed is written again.
//
//   PageBook book;
//   for (const auto& [offset, bytes] : book.changed(memory, 0)) ... write these bytes ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace npuscope::record {

class PageBook {
 public:
  struct Run {
    std::uint64_t offset = 0;  // in the buffer
    std::span<const std::byte> bytes;
  };

  // The runs of whole pages that differ from what was seen last, and those that were never seen.
  // `bytes` lie at `offset` of the buffer, a multiple of the page size; their last page may be
  // short.
  [[nodiscard]] std::vector<Run> changed(std::span<const std::byte> bytes, std::uint64_t offset);

  static constexpr std::uint64_t page_bytes = 4096;

 private:
  struct Page {
    std::uint64_t hash = 0;
    bool seen = false;
  };
  std::vector<Page> pages_;
};

}  // namespace npuscope::record
