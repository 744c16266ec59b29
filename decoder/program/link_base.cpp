#include "decoder/program/link_base.h"

#include <map>

namespace npuscope {

std::optional<LinkBase> base_from_links(const ProgramSet& set) {
  std::map<std::uint64_t, std::size_t> votes;  // ordered, so that ties fall the same way every time
  std::size_t links = 0;
  for (std::size_t t = 0; t + 1 < set.tasks.size(); ++t) {
    const Record* record = set.record_of(t);
    const Record* next = set.record_of(t + 1);
    if (record == nullptr || next == nullptr || record->tail == TailForm::missing) continue;
    const auto link = record->word(record->body_words);
    if (!link || !is_link(*link) || link->value() == 0) continue;
    ++links;
    ++votes[std::uint64_t{link->value()} - next->at.offset];
  }
  LinkBase best;
  for (const auto& [base, count] : votes) {
    if (count > best.links) best = {base, count};
  }
  if (best.links == 0 || best.links * 2 < links) return std::nullopt;
  return best;
}

}  // namespace npuscope
