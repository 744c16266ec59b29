#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "decoder/compare/register_classes.h"
#include "decoder/model.h"
#include "replay/ledger/compare_capture.h"
#include "replay/ledger/content.h"

namespace npuscope::ledger {

namespace {

// Bits that hold numbers of the quantisation or of a lookup table, not of the schedule.
std::uint32_t quantisation_bits(std::uint16_t offset, bool table) {
  switch (offset) {
    case 0x1184:  // padding value
    case 0x4054:  // zero point of the weights
    case 0x4064:
    case 0x4068:  // input scale of a table
    case 0x406c:  // limit of a clip
    case 0x4074:
    case 0x4078:  // residual
    case 0x4080:
    case 0x4084:
    case 0x4088:  // output
    case 0x4128:
    case 0x412c:  // slopes of a table
      return 0xffffffff;
    case 0x4010:
      return table ? 0xfc00 : 0;
    default:
      return 0;
  }
}

class NodeComparison {
 public:
  NodeComparison(const Opened& input, const ConvNode& node, const ConvPlan& plan)
      : set_(input.sets[node.set]), node_(node), plan_(plan) {
    for (const Relocation& relocation : input.capture.model->relocations)
      relocations_[relocation.word] = &relocation;
  }

  Result<ProgramDifference> program(unsigned cores) {
    const auto lanes = conv_records(plan_, cores, {});
    if (!lanes) return tl::unexpected(lanes.error());
    difference_ = {.cores = cores};
    const auto none = std::vector<RecordWrites>{};
    for (std::size_t lane = 0; lane < cores; ++lane)
      compare_lane(lane < lanes->size() ? (*lanes)[lane] : none,
                   captured(first_list(cores) + lane));
    return difference_;
  }

  [[nodiscard]] std::string content() const { return content_.name(); }

 private:
  [[nodiscard]] std::vector<const Record*> captured(std::size_t list) const {
    std::vector<const Record*> records;
    const TaskRange& range = node_.tasks[list];
    for (std::size_t t = range.first; t < range.first + range.count; ++t)
      if ((set_.tasks[t].task.enable_mask & 1U) != 0) records.push_back(set_.record_of(t));
    return records;
  }

  void differ(DifferenceClass kind, std::uint64_t count = 1) {
    difference_.differences[static_cast<std::size_t>(kind)] += count;
  }

  void compare_lane(const std::vector<RecordWrites>& made,
                    const std::vector<const Record*>& found) {
    for (std::size_t i = 0; i < std::max(made.size(), found.size()); ++i) {
      if (i >= made.size()) {
        differ(DifferenceClass::missing);
      } else if (i >= found.size()) {
        differ(DifferenceClass::extra);
      } else if (found[i] == nullptr) {
        difference_.not_compared += made[i].writes.size();
      } else {
        record(made[i], *found[i]);
      }
    }
  }

  void record(const RecordWrites& made, const Record& found) {
    if (made.writes.size() != found.body_words) differ(DifferenceClass::derived);
    const std::size_t common = std::min<std::size_t>(made.writes.size(), found.body_words);
    for (std::size_t i = 0; i < common; ++i) {
      const auto word = found.word(i);
      if (!word) {
        ++difference_.not_compared;
        continue;
      }
      compare_word(made.writes[i], *word, static_cast<std::uint32_t>(found.at.offset / 8 + i));
    }
  }

  void compare_word(const RegisterWrite& write, Word word, std::uint32_t place) {
    ++difference_.compared;
    const auto relocation = relocations_.find(place);
    content_.number(word.offset());
    content_.number(relocation == relocations_.end() ? word.value() : relocation->second->addend);
    if (word.offset() != write.offset) return differ(DifferenceClass::order);
    if (write.base != Base::none) {
      if (relocation == relocations_.end() || relocation->second->tensor != tensor_of(write.base) ||
          relocation->second->addend != write.value)
        differ(DifferenceClass::address);
      return;
    }
    const std::uint32_t data =
        quantisation_bits(write.offset, node_.shape.fusion.table != TableFunction::none);
    const std::uint32_t other = (word.value() ^ write.value) & ~data;
    if (relocation != relocations_.end()) return differ(DifferenceClass::address);
    if (other != 0) differ(classes_.of_bits(write.offset, other));
  }

  [[nodiscard]] std::size_t tensor_of(Base base) const {
    switch (base) {
      case Base::input:
        return node_.input;
      case Base::weights:
        return node_.weight;
      case Base::bias:
        return node_.bias;
      case Base::residual:
        return node_.residual;
      case Base::output:
        return node_.output;
      default:
        return no_index;
    }
  }

  const ProgramSet& set_;
  const ConvNode& node_;
  const ConvPlan& plan_;
  const RegisterClasses classes_{RegisterDb::builtin()};
  std::unordered_map<std::uint32_t, const Relocation*> relocations_;  // by word of the stream
  ProgramDifference difference_;
  ContentHash content_;
};

}  // namespace

Result<void> compare_node(const Opened& captured, const ConvNode& node, CaptureEvidence& evidence) {
  const auto plan = plan_convolution(node.shape, node.site);
  if (!plan) return tl::unexpected(plan.error());
  evidence.unit = Unit::words;
  evidence.one_core_tasks = node.tasks[0].count;
  NodeComparison comparison(captured, node, *plan);
  for (unsigned cores = 1; cores <= 3; ++cores) {
    auto program = comparison.program(cores);
    if (!program) return tl::unexpected(program.error());
    evidence.programs.push_back(*program);
  }
  evidence.content = comparison.content();
  return {};
}

}  // namespace npuscope::ledger
