#include "decoder/query/scope.h"

#include <algorithm>

namespace npuscope::query {

namespace {

void add_if_in_scope(std::vector<Reference>& references, const LaneRecord& record, Scope scope,
                     Reference reference) {
  if (!value_of(record, reference, scope).known()) return;
  if (std::find(references.begin(), references.end(), reference) == references.end())
    references.push_back(std::move(reference));
}

}  // namespace

std::vector<Reference> registers_in_scope(const LaneRecord& record, const RegisterDb& db,
                                          Scope scope) {
  std::vector<Reference> references;
  if (scope.written) {
    if (record.place.record() == nullptr) return references;
    record.place.record()->for_each_body_word([&](std::size_t, Word word) {
      const auto block = block_of_target(word.target());
      if (block && block == block_of_offset(word.offset()))
        add_if_in_scope(references, record, scope, reference_at(db, *block, word.offset()));
    });
    return references;
  }
  for (std::size_t i = 0; i < block_count; ++i) {
    const auto block = static_cast<Block>(i);
    if (!record.runs(block)) continue;
    record.state.for_each(block, [&](std::uint16_t offset, const Cell&) {
      add_if_in_scope(references, record, scope, reference_at(db, block, offset));
    });
  }
  return references;
}

}  // namespace npuscope::query
