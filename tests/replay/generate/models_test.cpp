// Every convolution inside the corpus' models again, in each of its three programs: which registers
// each record writes, in which order, and their values; addresses as tensor + addend. Numbers of
// the quantisation are left out.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "decoder/model.h"
#include "decoder/open.h"
#include "replay/generate/records.h"
#include "replay/shape/conv_node.h"
#include "tests/support/manifest.h"

namespace npuscope {
namespace {

using testing::manifest;

// Bits that hold numbers of the quantisation or of a table, not of the schedule.
std::uint32_t data_bits(std::uint16_t offset, bool table) {
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

struct Count {
  std::size_t nodes = 0, programs = 0, equal_programs = 0, records = 0, equal_records = 0,
              words = 0, equal_words = 0;
  Count& operator+=(const Count& other) {
    nodes += other.nodes;
    programs += other.programs;
    equal_programs += other.equal_programs;
    records += other.records;
    equal_records += other.equal_records;
    words += other.words;
    equal_words += other.equal_words;
    return *this;
  }
};

class NodeComparison {
 public:
  NodeComparison(const Opened& input, const ConvNode& node,
                 const std::unordered_map<std::uint32_t, const Relocation*>& relocations)
      : set_(input.sets[node.set]),
        node_(node),
        relocations_(relocations),
        name_(input.capture.source + ": " + node.name) {}

  Count run() {
    count_.nodes = 1;
    count_.programs = 3;
    const auto plan = plan_convolution(node_.shape, node_.site);
    if (!plan) {
      ADD_FAILURE() << name_ << ": " << plan.error().text();
      return count_;
    }
    EXPECT_NE(plan->basis, Basis::general) << name_;
    for (unsigned cores = 1; cores <= 3; ++cores) program(*plan, cores);
    return count_;
  }

 private:
  // The convolution records of the node in one list.
  [[nodiscard]] std::vector<const Record*> captured(std::size_t list) const {
    std::vector<const Record*> records;
    const TaskRange& range = node_.tasks[list];
    for (std::size_t t = range.first; t < range.first + range.count; ++t)
      if ((set_.tasks[t].task.enable_mask & 1U) != 0) records.push_back(set_.record_of(t));
    return records;
  }

  void program(const ConvPlan& plan, unsigned cores) {
    const auto lanes = conv_records(plan, cores, {});
    ASSERT_TRUE(lanes) << name_ << ": " << lanes.error().text();
    const std::size_t first = cores == 1 ? 0 : cores == 2 ? 1 : 3;
    bool equal = true;
    for (std::size_t lane = 0; lane < cores; ++lane) {
      const std::vector<const Record*> records = captured(first + lane);
      const std::size_t made = lane < lanes->size() ? (*lanes)[lane].size() : 0;
      if (made != records.size()) {
        ADD_FAILURE() << name_ << ": " << cores << " cores, lane " << lane << ": " << made
                      << " records, captured " << records.size();
        equal = false;
        continue;
      }
      for (std::size_t i = 0; i < made; ++i) {
        const bool same = record((*lanes)[lane][i], *records[i], cores, lane, i);
        equal = equal && same;
        ++count_.records;
        count_.equal_records += same ? 1 : 0;
      }
    }
    count_.equal_programs += equal ? 1 : 0;
  }

  bool record(const RecordWrites& made, const Record& captured, unsigned cores, std::size_t lane,
              std::size_t index) {
    const auto where = [&] { return fmt_where(cores, lane, index); };
    bool equal = made.writes.size() == captured.body_words;
    if (!equal) {
      ADD_FAILURE() << where() << made.writes.size() << " words, captured " << captured.body_words;
    }
    for (std::size_t i = 0; i < std::min<std::size_t>(made.writes.size(), captured.body_words);
         ++i) {
      const RegisterWrite& write = made.writes[i];
      const Word word = captured.word(i).value_or(Word{});
      const std::uint32_t mask =
          ~data_bits(write.offset, node_.shape.fusion.table != TableFunction::none);
      ++count_.words;
      bool same = word.offset() == write.offset;
      const auto relocation =
          relocations_.find(static_cast<std::uint32_t>(captured.at.offset / 8 + i));
      if (write.base != Base::none) {
        same = same && relocation != relocations_.end() &&
               relocation->second->tensor == tensor_of(write.base) &&
               relocation->second->addend == write.value;
      } else {
        same = same && relocation == relocations_.end() &&
               (word.value() & mask) == (write.value & mask);
      }
      if (!same && equal) {
        ADD_FAILURE() << where() << "word " << i << std::hex << " register " << write.offset
                      << " value " << write.value << ", captured " << word.offset() << " "
                      << word.value();
      }
      count_.equal_words += same ? 1 : 0;
      equal = equal && same;
    }
    return equal;
  }

  [[nodiscard]] std::string fmt_where(unsigned cores, std::size_t lane, std::size_t index) const {
    return name_ + " (" + key_of(node_.shape) + "): " + std::to_string(cores) + " cores, lane " +
           std::to_string(lane) + ", record " + std::to_string(index) + ": ";
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
  const std::unordered_map<std::uint32_t, const Relocation*>& relocations_;
  std::string name_;
  Count count_;
};

std::string family_of_node(const ConvNode& node) {
  const std::string type = node.shape.element == Element::f16 ? "f16" : "i8";
  if (node.site.pixel_input) return type + " first layer";
  return type + (node.shape.depthwise() ? " depthwise" : " direct");
}

TEST(Models, EveryConvolutionIsReproducedInEachProgram) {
  NPUSCOPE_NEEDS_CORPUS();
  std::map<std::string, Count> families;
  std::map<std::string, std::size_t> refused;
  for (const auto& row : manifest()) {
    if (!row.path.starts_with("rknn/rk3588/") || !row.path.ends_with(".rknn")) continue;
    const auto inputs = open_input(row.full_path(), RegisterDb::builtin());
    ASSERT_TRUE(inputs) << row.path;
    const Opened& input = inputs->front();
    const auto nodes = find_convolutions(input);
    if (!nodes) continue;
    std::unordered_map<std::uint32_t, const Relocation*> relocations;
    for (const Relocation& relocation : input.capture.model->relocations)
      relocations[relocation.word] = &relocation;
    for (const ConvNode& node : *nodes) {
      if (!node.refusal.empty()) {
        ++refused[node.refusal];
        continue;
      }
      if (node.site.version < oldest_compiler) {
        ++refused["compiler " + node.compiler + " writes records of another form"];
        EXPECT_FALSE(plan_convolution(node.shape, node.site));
        continue;
      }
      families[family_of_node(node)] += NodeComparison(input, node, relocations).run();
    }
  }
  Count all;
  std::printf("%-16s %6s %13s %13s %17s\n", "family", "nodes", "programs", "records", "words");
  const auto print = [](const std::string& name, const Count& c) {
    std::printf("%-16s %6zu %6zu/%6zu %6zu/%6zu %8zu/%8zu\n", name.c_str(), c.nodes,
                c.equal_programs, c.programs, c.equal_records, c.records, c.equal_words, c.words);
  };
  for (const auto& [name, count] : families) {
    print(name, count);
    all += count;
  }
  print("all", all);
  for (const auto& [reason, count] : refused)
    std::printf("refused: %s: %zu nodes\n", reason.c_str(), count);
  EXPECT_EQ(all.equal_programs, all.programs);
  EXPECT_EQ(all.equal_records, all.records);
  EXPECT_GE(all.nodes, 300U);
}

}  // namespace
}  // namespace npuscope
