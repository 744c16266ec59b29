#include "decoder/program/scan.h"

#include <algorithm>
#include <array>

namespace npuscope {

namespace {

// The known words of a buffer in order, with their offsets. Words that span two pieces do not
// exist.
class WordCursor {
 public:
  explicit WordCursor(const Buffer& buffer) : buffer_(buffer) {}

  // Calls visit(offset, word) for every non-zero known word in [low, high) at a multiple of 8 from
  // the start of its piece.
  template <typename Visit>
  void for_each(Visit&& visit, std::uint64_t low = 0,
                std::uint64_t high = ~std::uint64_t{0}) const {
    auto piece = std::partition_point(buffer_.pieces.begin(), buffer_.pieces.end(),
                                      [&](const Piece& p) { return p.end() <= low; });
    for (; piece != buffer_.pieces.end() && piece->offset < high; ++piece) {
      const WordView words(piece->bytes);
      const auto first =
          static_cast<std::size_t>(low > piece->offset ? (low - piece->offset + 7) / 8 : 0);
      for (std::size_t i = first; i < words.size(); ++i) {
        const std::uint64_t at = piece->offset + 8 * i;
        if (at >= high) return;
        if (words[i].raw != 0) visit(at, words[i]);
      }
    }
  }

 private:
  const Buffer& buffer_;
};

// Where a record can begin in vendor streams: the first word of each known composition.
bool can_begin(Word word) {
  if (!block_of_target(word.target())) return false;
  const std::uint16_t o = word.offset();
  return is_plausible_command(word) && (o == 0x1040 || (o & 0xfffU) == 0x004 || o == 0x100c);
}

struct Tail {
  std::uint64_t enable_at = 0;
  std::uint32_t enable_mask = 0;
};

// Positions of OPERATION_ENABLE words that have the rest of a tail before them. In filtered text
// the marker and zero amounts are missing, so the enable word alone must do there.
std::vector<Tail> find_tails(const Buffer& buffer) {
  std::vector<Tail> tails;
  Word before{};
  std::uint64_t before_at = 0;
  WordCursor(buffer).for_each([&](std::uint64_t at, Word word) {
    const bool after_marker = is_marker(before) && before_at + 8 == at;
    if (is_operation_enable(word) && word.value() != 0 && word.value() < 0x80 &&
        (after_marker || buffer.trust == Trust::filtered || buffer.trust == Trust::text_only ||
         is_plausible_command(before))) {
      tails.push_back({at, word.value()});
    }
    before = word;
    before_at = at;
  });
  return tails;
}

// The remainder modulo 64 at which records begin. Printed addresses and dumps may start anywhere;
// the distance between tails is a multiple of 64 only up to the amounts, so the words that open
// records vote.
std::uint64_t find_phase(const Buffer& buffer) {
  std::array<std::size_t, 8> votes{};
  bool ended = true;
  WordCursor(buffer).for_each([&](std::uint64_t at, Word word) {
    if (ended && can_begin(word)) ++votes[at / 8 % 8];
    if (is_plausible_command(word)) ended = is_operation_enable(word);
  });
  const auto best = std::max_element(votes.begin(), votes.end());
  return 8 * static_cast<std::uint64_t>(best - votes.begin());
}

std::uint64_t align_up(std::uint64_t value, std::uint64_t phase) {
  const std::uint64_t above = value - phase + record_alignment - 1;
  return value <= phase ? phase : above / record_alignment * record_alignment + phase;
}

// The begin of the first record: go back from its tail as long as words are plausible commands,
// zero words and missing words being possible inside, and take the earliest aligned word that can
// begin a record.
std::uint64_t find_begin(const Buffer& buffer, std::uint64_t low, std::uint64_t enable_at,
                         std::uint64_t phase) {
  std::uint64_t begin = no_index;
  WordCursor(buffer).for_each(
      [&](std::uint64_t at, Word word) {
        if (!is_plausible_command(word)) {
          begin = no_index;
          return;
        }
        if (begin == no_index && at % record_alignment == phase && can_begin(word)) begin = at;
      },
      low, enable_at);
  return begin;
}

// A dump of one record without tail: every word from the first on is a register write.
std::vector<FoundRecord> single_record(const Buffer& buffer) {
  if (buffer.pieces.size() != 1) return {};
  const WordView words(buffer.pieces.front().bytes);
  if (words.empty() || !can_begin(words[0])) return {};
  std::size_t count = 0;
  std::uint32_t mask = 0;
  while (count < words.size() && words[count].raw != 0) {
    if (!is_plausible_command(words[count])) return {};
    const auto block = block_of_target(words[count].target());
    if (block && facts_of(*block).enable_bit >= 0)
      mask |= 1U << static_cast<unsigned>(facts_of(*block).enable_bit);
    ++count;
  }
  for (std::size_t i = count; i < words.size(); ++i) {
    if (words[i].raw != 0) return {};
  }
  FoundRecord found;
  found.offset = buffer.pieces.front().offset;
  found.task.enable_mask = mask;
  found.task.regcfg_amount = static_cast<std::uint32_t>(std::min<std::size_t>(count, 0xffff));
  found.task.regcmd_addr = found.offset;
  found.has_tail = false;
  return {found};
}

}  // namespace

std::vector<FoundRecord> scan_for_records(const Buffer& buffer) {
  const std::vector<Tail> tails = find_tails(buffer);
  if (tails.empty()) return single_record(buffer);
  const std::uint64_t phase = find_phase(buffer);
  std::vector<FoundRecord> records;
  std::uint64_t behind_last = no_index;  // the boundary behind the record before
  std::uint64_t last_tail = 0;           // no record reaches back over another's tail
  constexpr std::uint64_t longest_record = std::uint64_t{8} * 0x1000;
  for (const Tail& tail : tails) {
    const bool follows = behind_last != no_index && tail.enable_at > behind_last &&
                         tail.enable_at - behind_last < longest_record;
    const std::uint64_t reach =
        tail.enable_at > longest_record ? tail.enable_at - longest_record : 0;
    const std::uint64_t low = follows ? behind_last : std::max(reach, last_tail);
    last_tail = tail.enable_at + 8;
    const std::uint64_t begin = find_begin(buffer, low, tail.enable_at, phase);
    if (begin == no_index || tail.enable_at < begin + 8 * (tail_words - 1)) continue;
    FoundRecord found;
    found.offset = begin;
    found.task.enable_mask = tail.enable_mask;
    found.task.int_mask =
        (tail.enable_mask & 0x60U) != 0 && (tail.enable_mask & 0x8U) == 0 ? 0xc00 : 0x300;
    found.task.int_clear = 0x1ffff;
    found.task.regcfg_amount =
        static_cast<std::uint32_t>((tail.enable_at - begin) / 8 + 1 - tail_words);
    found.task.regcmd_addr = begin;
    if (found.task.regcfg_amount == 0) continue;
    records.push_back(found);
    behind_last = align_up(tail.enable_at + 8, phase);
  }
  return records;
}

}  // namespace npuscope
