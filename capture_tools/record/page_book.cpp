#include "capture_tools/record/page_book.h"

#include <algorithm>

#include "decoder/bundle/blob_name.h"

namespace npuscope::record {

std::vector<PageBook::Run> PageBook::changed(std::span<const std::byte> bytes,
                                             std::uint64_t offset) {
  std::vector<Run> runs;
  for (std::size_t at = 0; at < bytes.size(); at += page_bytes) {
    const auto page = bytes.subspan(at, std::min<std::size_t>(page_bytes, bytes.size() - at));
    const auto index = static_cast<std::size_t>((offset + at) / page_bytes);
    if (index >= pages_.size()) pages_.resize(index + 1);
    Page& known = pages_[index];
    const std::uint64_t hash = quick_hash(page);
    if (known.seen && known.hash == hash) continue;
    known = {hash, true};
    if (!runs.empty() && runs.back().bytes.data() + runs.back().bytes.size() == page.data()) {
      runs.back().bytes = {runs.back().bytes.data(), runs.back().bytes.size() + page.size()};
    } else {
      runs.push_back({offset + at, page});
    }
  }
  return runs;
}

}  // namespace npuscope::record
