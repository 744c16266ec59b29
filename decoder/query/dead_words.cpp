#include "decoder/query/dead_words.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "decoder/program/register_state.h"

namespace npuscope::query {

namespace {

// S_STATUS and S_POINTER exist once in a block and act at once.
bool acts_when_read(Block block, std::uint16_t offset) {
  return block == Block::pc || (offset & 0xfffU) < 8 || is_port(offset);
}

class Finder {
 public:
  std::vector<DeadWord> run(const ProgramSet& set, const Lane& lane) {
    for (auto& banks : last_launch_) banks.fill(no_index);
    for (std::size_t task = lane.first; task < lane.first + lane.count; ++task) {
      if (const Record* record = set.record_of(task))
        record->for_each_body_word(
            [&](std::size_t index, Word word) { this->word(task, index, word); });
      launch(task, set.tasks[task].task.enable_mask);
    }
    end_of_lane();
    std::sort(found_.begin(), found_.end(), [](const DeadWord& a, const DeadWord& b) {
      return std::tie(a.task, a.index) < std::tie(b.task, b.index);
    });
    return std::move(found_);
  }

 private:
  void word(std::size_t task, std::size_t index, Word word) {
    if (is_marker(word) || is_operation_enable(word)) return;
    const auto number = static_cast<std::uint32_t>(index);
    const auto block = block_of_target(word.target());
    if (!block || block != block_of_offset(word.offset())) {
      found_.push_back({DeadKind::unreachable, task, number, word});
      return;
    }
    const Cell* before =
        acts_when_read(*block, word.offset()) ? nullptr : state_.find(word.offset());
    if (before != nullptr && !consumed(*block, state_.bank(*block), *before)) {
      const bool repeats = before->task == task && before->value == word.value();
      found_.push_back({repeats ? DeadKind::repeated : DeadKind::overwritten, before->task,
                        before->word, Word::make(word.target(), word.offset(), before->value), task,
                        number, word.value()});
    }
    state_.write(task, index, word);
  }

  void launch(std::size_t task, std::uint32_t enable_mask) {
    for (std::size_t i = 0; i < block_count; ++i) {
      const int bit = block_facts[i].enable_bit;
      if (bit < 0 || (enable_mask >> static_cast<unsigned>(bit) & 1U) == 0) continue;
      last_launch_[i][state_.bank(static_cast<Block>(i))] = task;
    }
    state_.launch(enable_mask);
  }

  // Tasks of a lane have ascending indices.
  [[nodiscard]] bool consumed(Block block, unsigned bank, const Cell& cell) const {
    const std::size_t last = last_launch_[static_cast<std::size_t>(block)][bank];
    return last != no_index && last >= cell.task;
  }

  void end_of_lane() {
    for (std::size_t i = 0; i < block_count; ++i) {
      const auto block = static_cast<Block>(i);
      for (const unsigned bank : {0U, 1U}) {
        state_.for_each(block, bank, [&](std::uint16_t offset, const Cell& cell) {
          if (acts_when_read(block, offset) || consumed(block, bank, cell)) return;
          found_.push_back({DeadKind::unconsumed, cell.task, cell.word,
                            Word::make(target_of(block), offset, cell.value)});
        });
      }
    }
  }

  RegisterState state_;
  std::array<std::array<std::size_t, 2>, block_count> last_launch_{};
  std::vector<DeadWord> found_;
};

}  // namespace

std::string_view name_of(DeadKind kind) {
  switch (kind) {
    case DeadKind::overwritten:
      return "overwritten";
    case DeadKind::unconsumed:
      return "unconsumed";
    case DeadKind::unreachable:
      return "unreachable";
    case DeadKind::repeated:
      return "repeated";
  }
  return "unconsumed";
}

std::vector<DeadWord> dead_words(const ProgramSet& set, const Lane& lane) {
  return Finder().run(set, lane);
}

}  // namespace npuscope::query
