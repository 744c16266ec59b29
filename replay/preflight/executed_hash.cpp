#include "replay/preflight/executed_hash.h"

#include <span>
#include <vector>

#include "decoder/bundle/blob_name.h"
#include "decoder/compare/register_classes.h"

namespace npuscope::preflight {

namespace {

class ExecutedWords {
 public:
  template <typename Value>
  void add(const Value& value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void add_word(Word word) {
    static const RegisterClasses classes(RegisterDb::builtin());
    const bool link =
        word.target() == target_of(Block::pc) && word.offset() == offset_pc_base_address;
    const bool address = link || classes.is_address(word.offset());
    add((address ? Word::make(word.target(), word.offset(), 0) : word).raw);
  }
  [[nodiscard]] std::string name() const { return blob_name(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace

std::optional<std::string> executed_hash(const ProgramSet& set, const Program& program) {
  ExecutedWords words;
  for (const Lane& lane : program.lanes)
    for (std::size_t t = lane.first; t < lane.first + lane.count; ++t) {
      const Record* record = set.record_of(t);
      if (record == nullptr || !record->complete()) return std::nullopt;
      const Task& task = set.tasks[t].task;
      for (const std::uint32_t head : {std::uint32_t{lane.core}, task.int_mask, task.regcfg_amount})
        words.add(head);
      record->for_each_word([&](std::size_t, Word word) { words.add_word(word); });
    }
  return words.name();
}

}  // namespace npuscope::preflight
