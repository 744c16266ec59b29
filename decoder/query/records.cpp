#include "decoder/query/records.h"

#include "decoder/model.h"

namespace npuscope::query {

const npuscope::Node* TaskPlace::node() const {
  const Model* model = capture.model.get();
  const std::uint32_t index = entry().task.op_idx;
  return model == nullptr || index >= model->nodes.size() ? nullptr : &model->nodes[index];
}

std::optional<std::uint64_t> TaskPlace::address(std::size_t word) const {
  if (set.relative || record() == nullptr) return std::nullopt;
  return set.link_base + record()->at.offset + 8 * word;
}

bool LaneRecord::runs(Block block) const {
  const int bit = facts_of(block).enable_bit;
  return bit >= 0 && (place.entry().task.enable_mask >> static_cast<unsigned>(bit) & 1U) != 0;
}

bool body_is_complete(const Record& record) {
  std::size_t known = 0;
  record.for_each_body_word([&](std::size_t, Word) { ++known; });
  return known == record.body_words;
}

}  // namespace npuscope::query
