#include "decoder/check/view.h"

#include <fmt/format.h>

#include <algorithm>

namespace npuscope::model_rules {

void Collector::add(std::string_view id, FindingLevel level, std::string text, Place place) {
  auto counter = std::find_if(counters_.begin(), counters_.end(),
                              [&](const Counter& c) { return c.id == id && c.level == level; });
  if (counter == counters_.end()) {
    counters_.push_back({std::string(id), level});
    counter = std::prev(counters_.end());
  }
  if (++counter->count > max_findings_per_rule) return;
  findings_.push_back({std::string(id), level, std::move(text), std::move(place)});
}

std::vector<Finding> Collector::take() && {
  for (const Counter& counter : counters_) {
    if (counter.count <= max_findings_per_rule) continue;
    findings_.push_back({counter.id,
                         counter.level,
                         fmt::format("{} more of this kind", counter.count - max_findings_per_rule),
                         {}});
  }
  return std::move(findings_);
}

ProgramView::ProgramView(const Capture& capture) : capture_(&capture) {
  const auto& m = model();
  if (!m.task_buffer || !m.regcmd_buffer) return;
  if (*m.task_buffer >= capture.buffers.size() || *m.regcmd_buffer >= capture.buffers.size())
    return;
  table_ = &capture.buffers[*m.task_buffer];
  stream_ = &capture.buffers[*m.regcmd_buffer];
  words_ = WordView(stream_->bytes_from(0));
  const auto bytes = table_->bytes_from(0);
  tasks_.reserve(bytes.size() / task_bytes);
  for (std::size_t at = 0; at + task_bytes <= bytes.size(); at += task_bytes) {
    tasks_.push_back(load_task(bytes.subspan(at, task_bytes)));
  }
}

WordView ProgramView::record(std::size_t task) const {
  const Task& t = tasks_[task];
  const std::uint64_t count = std::uint64_t{t.regcfg_amount} + tail_words;
  const std::uint64_t first = t.regcmd_addr / 8;
  if (t.regcfg_amount >= believable_amount) return {};
  if (t.regcmd_addr % 8 != 0 || first > words_.size() || count > words_.size() - first) return {};
  return words_.subview(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
}

WordView ProgramView::body(std::size_t task) const {
  const WordView whole = record(task);
  return whole.empty() ? whole : whole.subview(0, whole.size() - tail_words);
}

std::pair<std::size_t, std::size_t> ProgramView::list(std::size_t index) const {
  std::size_t first = 0;
  for (std::size_t i = 0; i < index; ++i) first += model().list_lengths[i];
  const std::size_t end = first + model().list_lengths[index];
  return {std::min(first, tasks_.size()), std::min(end, tasks_.size())};
}

const Relocation* ProgramView::relocation_of(std::size_t word) const {
  const auto& all = model().relocations;
  const auto at = std::lower_bound(all.begin(), all.end(), word,
                                   [](const Relocation& r, std::size_t w) { return r.word < w; });
  return at != all.end() && at->word == word ? &*at : nullptr;
}

Place ProgramView::place_of_task(std::size_t task) const {
  return {table_->place.file, table_->place.at + task * task_bytes, false};
}

Place ProgramView::place_of_word(std::size_t word) const {
  return {stream_->place.file, stream_->place.at + word * 8, false};
}

namespace {

struct Range {
  std::uint16_t first, last;  // every multiple of 4
};

constexpr Range known_registers[] = {
    {0x100c, 0x1014}, {0x1020, 0x1038}, {0x1040, 0x1044}, {0x104c, 0x1068}, {0x1070, 0x1070},
    {0x1074, 0x1088}, {0x1100, 0x1104}, {0x1110, 0x1110}, {0x1140, 0x1184}, {0x3010, 0x301c},
    {0x3030, 0x3030}, {0x4004, 0x4004}, {0x400c, 0x4014}, {0x4020, 0x4024}, {0x4030, 0x4088},
    {0x4090, 0x40ac}, {0x40c0, 0x40c4}, {0x4100, 0x412c}, {0x5004, 0x5004}, {0x500c, 0x5020},
    {0x5028, 0x502c}, {0x5034, 0x5034}, {0x5038, 0x5038}, {0x5040, 0x5040}, {0x5044, 0x504c},
    {0x5064, 0x506c}, {0x6004, 0x6004}, {0x600c, 0x6024}, {0x6034, 0x6048}, {0x6070, 0x6070},
    {0x607c, 0x607c}, {0x6084, 0x6084}, {0x60dc, 0x60dc}, {0x7004, 0x7004}, {0x700c, 0x7014},
    {0x701c, 0x701c}, {0x7024, 0x7028}, {0x7030, 0x7030},
};

struct SetIndex {
  std::array<std::array<std::int8_t, 0x400>, block_count> place{};  // by offset / 4 in the page
  std::array<std::uint8_t, block_count> size{};
};

SetIndex make_set_index() {
  SetIndex index;
  for (auto& page : index.place) page.fill(-1);
  for (const Range range : known_registers) {
    for (unsigned offset = range.first; offset <= range.last; offset += 4) {
      const unsigned page = offset >> 12U;
      index.place[page][(offset & 0xfffU) / 4] = static_cast<std::int8_t>(index.size[page]++);
    }
  }
  return index;
}

const SetIndex& sets() {
  static const SetIndex index = make_set_index();
  return index;
}

}  // namespace

int place_in_set(Block block, std::uint16_t offset) {
  if (block_of_offset(offset) != block || offset % 4 != 0) return -1;
  return sets().place[static_cast<std::size_t>(block)][(offset & 0xfffU) / 4];
}

std::size_t set_size(Block block) {
  return sets().size[static_cast<std::size_t>(block)];
}

bool is_address_register(std::uint16_t offset) {
  constexpr std::array<std::uint16_t, 9> addresses{0x1070, 0x1110, 0x4020, 0x5018, 0x5020,
                                                   0x502c, 0x5038, 0x6070, 0x701c};
  return std::find(addresses.begin(), addresses.end(), offset) != addresses.end();
}

}  // namespace npuscope::model_rules
