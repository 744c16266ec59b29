#include "tests/replay/run/expanded_records.h"

#include <algorithm>
#include <cstring>

#include "regdb/register_fields.h"

namespace npuscope::testing {

namespace {

bool is_pointer(std::uint16_t offset) {
  return (offset & 0xfffU) == 4;
}
// Each write of a table's port counts.
bool is_port(std::uint16_t offset) {
  return offset == reg::DPU_LUT_ACCESS_CFG || offset == reg::DPU_LUT_ACCESS_DATA;
}

}  // namespace

std::vector<Word> Expander::expand(std::size_t task, std::span<const Word> words,
                                   std::uint32_t mask) {
  std::vector<Word> full, ports;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (is_pointer(words[i].offset())) full.push_back(words[i]);
    if (is_port(words[i].offset())) ports.push_back(words[i]);
    state_.write(task, i, words[i]);
  }
  for (std::size_t i = 0; i < block_count; ++i) {
    const int bit = block_facts[i].enable_bit;
    if (bit < 0 || (mask >> static_cast<unsigned>(bit) & 1U) == 0) continue;
    const auto block = static_cast<Block>(i);
    state_.for_each(block, [&](std::uint16_t offset, const Cell& cell) {
      if (!is_pointer(offset) && !is_port(offset))
        full.push_back(Word::make(target_of(block), offset, cell.value));
    });
  }
  full.insert(full.end(), ports.begin(), ports.end());
  if (deep_) state_.launch(mask);
  return full;
}

std::size_t expand_records(Image& image, const std::function<void(std::vector<Word>&)>& edit,
                           bool deep) {
  constexpr std::uint32_t at = 0xe0000000;
  ImageBuffer records{"expanded records", BufferRole::commands, at, 0, {}};
  std::size_t added = 0;
  for (sim::CoreTasks& lane : image.lanes) {
    Expander expander(deep);
    for (std::size_t t = 0; t < lane.tasks.size(); ++t) {
      Task& task = lane.tasks[t];
      const auto bytes = image.at(task.regcmd_addr, std::uint64_t{8} * task.regcfg_amount);
      std::vector<Word> words(bytes.size() / 8);
      if (!words.empty()) std::memcpy(words.data(), bytes.data(), bytes.size());
      std::vector<Word> full = expander.expand(t, words, task.enable_mask);
      added += full.size() - std::min(full.size(), words.size());
      if (edit) edit(full);
      task.regcmd_addr = at + records.content.size();
      task.regcfg_amount = static_cast<std::uint32_t>(full.size());
      const auto more = std::as_bytes(std::span(full));
      records.content.insert(records.content.end(), more.begin(), more.end());
    }
  }
  records.bytes = records.content.size() + 16;
  image.buffers.push_back(std::move(records));
  return added;
}

}  // namespace npuscope::testing
