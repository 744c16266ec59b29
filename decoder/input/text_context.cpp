#include "decoder/input/text_context.h"

#include <fmt/format.h>

#include "decoder/input/text_formats.h"

namespace npuscope {

void TextContext::complain(std::string_view what) {
  auto found = complaints_.find(what);
  if (found == complaints_.end()) found = complaints_.emplace(what, Complaint{0, place}).first;
  ++found->second.count;
}

void TextContext::fact(std::string key, std::string_view value) {
  builder.capture().facts.push_back({std::move(key), std::string(value), place});
}

Event& TextContext::event(std::string kind, Arguments arguments) {
  auto& events = builder.capture().events;
  events.push_back({std::move(kind), std::move(arguments), place});
  return events.back();
}

void TextContext::talk_about(std::optional<std::uint32_t> gem) {
  listing_gem = gem;
  open_task.reset();
}

void TextContext::listed_word(Listing::Dialect dialect, std::uint64_t address, std::uint64_t word) {
  saw_words = true;
  const bool same = !listings.empty() && listings.back().dialect == dialect &&
                    listings.back().gem == listing_gem &&
                    address > listings.back().words.back().address;
  if (!same) {
    Listing next;
    next.dialect = dialect;
    next.gem = listing_gem;
    next.place = place;
    if (listing_gem) {
      const auto base = listing_bases.find(*listing_gem);
      if (base != listing_bases.end()) next.declared_base = base->second;
    }
    listings.push_back(std::move(next));
  }
  Listing& listing = listings.back();
  listing.words.push_back({address, word});
  if (word == 0 || ((word >> 48U & 1U) != 0 && (word >> 16U & 0xffffffffU) == 0)) {
    listing.has_zeros = true;
  }
}

void TextContext::end_run() {
  end_task_list(*this);
  end_window(*this);
  end_strace(*this);
  store_listings(*this);
  store_line_counts(*this);
  builder.seal();
  compare_listings(*this);
  check_coverage(*this);
  for (const auto& [what, complaint] : complaints_) {
    builder.capture().warn(complaint.count == 1 ? what
                                                : fmt::format("{} ({} lines, this is the first)",
                                                              what, complaint.count),
                           complaint.first);
  }
  complaints_.clear();
  listings.clear();
  listing_bases.clear();
  talk_about(std::nullopt);
  pending_header.reset();
  cookies.clear();
  dumped_sizes.clear();
  task_section.reset();
  created.clear();
  freed.clear();
  open_submit.reset();
  open_sweep.reset();
  snapshot.clear();
}

void TextContext::new_run() {
  if (builder.run_is_empty()) return;
  end_run();
  builder.start_run();
}

}  // namespace npuscope
