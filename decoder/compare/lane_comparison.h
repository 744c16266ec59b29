// The comparison of two lanes: the hot part. Two complete records that write the same registers in
// the same order are compared word by word; only where they do not, effective states are followed.
//
//   LaneComparison lanes(side_a, side_b, classes, result);
//   lanes.lane(lane_of_a, lane_of_b, where);  ...  lanes.finish();
#pragma once

#include <set>
#include <utility>
#include <vector>

#include "decoder/compare/address_book.h"
#include "decoder/compare/address_match.h"
#include "decoder/compare/difference.h"

namespace npuscope {

// One set of each input, and what their comparison needs.
struct ComparedSet {
  const ProgramSet& set;
  AddressBook book;
};

class LaneComparison {
 public:
  LaneComparison(const ComparedSet& a, const ComparedSet& b, const RegisterClasses& classes,
                 Comparison& result);

  // Aligns and compares the records of two lanes; `where` says which.
  void lane(const Lane& a, const Lane& b, const RecordPair& where);
  // A lane that only one side has.
  void only(const Lane& lane, const RecordPair& where, DifferenceClass kind);

  // When all lanes were seen: addresses that break the correspondence of the buffers, and links to
  // other records.
  void finish();

 private:
  using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;
  struct AddressPair {
    std::uint32_t pair, word_a, word_b;
    std::uint16_t offset;
    std::uint32_t a, b;
    SymbolicAddress place_a, place_b;
  };
  struct LinkPair {
    std::uint32_t pair;
    std::size_t task_a, task_b;
  };
  struct Written;
  struct States;

  [[nodiscard]] std::vector<std::uint64_t> keys(const ComparedSet& side, const Lane& lane) const;
  void record(std::size_t task_a, std::size_t task_b, const RecordPair& where);
  // Whether the records are counterparts already: a shared one is compared once.
  [[nodiscard]] bool seen(std::size_t record_a, std::size_t record_b) const;
  // False, and nothing said, if they write different registers.
  [[nodiscard]] bool same_sequence(const Record& a, const Record& b, std::uint32_t pair);
  void other_sequence(const Record& a, const Record& b, std::uint32_t pair);
  void value(std::uint32_t pair, std::uint32_t word_a, std::uint32_t word_b, std::uint16_t offset,
             std::uint32_t a, std::uint32_t b);
  void address(const Record& a, const Record& b, std::uint32_t pair, std::uint32_t word_a,
               std::uint32_t word_b, Word from_a, Word from_b);
  void tails(const TaskEntry& a, const TaskEntry& b, const Record& record_a, const Record& record_b,
             std::uint32_t pair);
  void tasks(const Task& a, const Task& b, std::uint32_t pair);
  void say(Subject subject, DifferenceClass kind, std::uint32_t pair, std::string text);
  void equal_addresses();

  const ComparedSet& a_;
  const ComparedSet& b_;
  const RegisterClasses& classes_;
  Comparison& result_;
  bool same_places_ = false;              // equal words are equal places, and skipped
  States* states_ = nullptr;              // of the lane that is compared
  std::vector<std::size_t> counterpart_;  // of each record of A: the first of B
  std::set<std::pair<std::size_t, std::size_t>> more_counterparts_;
  std::vector<AddressPair> addresses_;
  std::vector<std::uint32_t> skipped_;  // pairs whose equal addresses are not among them
  std::vector<LinkPair> links_;
  AddressMatch match_;
};

}  // namespace npuscope
