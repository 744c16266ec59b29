#include "decoder/program.h"

#include <algorithm>

namespace npuscope {

std::size_t Record::known_words() const {
  std::size_t sum = 0;
  for (const WordRun& run : runs) sum += run.words.size();
  return sum;
}

std::optional<Word> Record::word(std::size_t index) const {
  for (const WordRun& run : runs) {
    if (index >= run.first && index - run.first < run.words.size())
      return run.words[index - run.first];
  }
  return std::nullopt;
}

std::string_view name_of(LinkKind kind) {
  switch (kind) {
    case LinkKind::unknown:
      return "unknown";
    case LinkKind::end:
      return "end";
    case LinkKind::next:
      return "next";
    case LinkKind::shared_continues_1core:
      return "shared-continues-1core";
    case LinkKind::jump_over_shared:
      return "jump-over-shared";
    case LinkKind::other_record:
      return "other-record";
    case LinkKind::broken:
      return "broken";
  }
  return "unknown";
}

std::string_view name_of(TailForm form) {
  switch (form) {
    case TailForm::standard:
      return "standard";
    case TailForm::foreign:
      return "non-standard";
    case TailForm::missing:
      return "missing";
  }
  return "unknown";
}

std::size_t Program::task_count() const {
  std::size_t sum = 0;
  for (const Lane& lane : lanes) sum += lane.count;
  return sum;
}

std::pair<std::uint64_t, std::uint64_t> ProgramSet::window() const {
  if (records.empty()) return {0, 0};
  std::uint64_t first = records.front().at.offset;
  std::uint64_t last = 0;
  for (const Record& record : records) {
    first = std::min(first, record.at.offset);
    last = std::max(last, record.at.offset + 8 * record.total_words());
  }
  // Records begin on 64-byte boundaries of the device, which need not be those of a text's first
  // address.
  const std::uint64_t padded =
      first + (last - first + record_alignment - 1) / record_alignment * record_alignment;
  return {first, std::max(last, std::min(padded, stream_size))};
}

const Program* ProgramSet::program_for(unsigned cores) const {
  const auto found = std::find_if(programs.begin(), programs.end(),
                                  [&](const Program& p) { return p.cores == cores; });
  return found == programs.end() ? nullptr : &*found;
}

}  // namespace npuscope
