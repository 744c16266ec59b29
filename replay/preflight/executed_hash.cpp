#include "replay/preflight/executed_hash.h"

#include <span>

#include "decoder/bundle/blob_name.h"
#include "decoder/compare/register_classes.h"

namespace npuscope::preflight {

namespace {

template <typename Value>
void append(std::vector<std::byte>& bytes, const Value& value) {
  const auto more = std::as_bytes(std::span(&value, 1));
  bytes.insert(bytes.end(), more.begin(), more.end());
}

}  // namespace

void ExecutedHash::begin_task(std::uint32_t core, std::uint32_t interrupt_mask,
                              std::uint32_t amount) {
  for (const std::uint32_t number : {core, interrupt_mask, amount}) append(bytes_, number);
}

void ExecutedHash::add_word(Word word) {
  static const RegisterClasses classes(RegisterDb::builtin());
  const bool link =
      word.target() == target_of(Block::pc) && word.offset() == offset_pc_base_address;
  const bool address = link || classes.is_address(word.offset());
  append(bytes_, (address ? Word::make(word.target(), word.offset(), 0) : word).raw);
}

std::string ExecutedHash::name() const {
  return blob_name(bytes_);
}

std::optional<std::string> executed_hash(const ProgramSet& set, const Program& program) {
  ExecutedHash hash;
  for (const Lane& lane : program.lanes)
    for (std::size_t t = lane.first; t < lane.first + lane.count; ++t) {
      const Record* record = set.record_of(t);
      if (record == nullptr || !record->complete()) return std::nullopt;
      const Task& task = set.tasks[t].task;
      hash.begin_task(lane.core, task.int_mask, task.regcfg_amount);
      record->for_each_word([&](std::size_t, Word word) { hash.add_word(word); });
    }
  return hash.name();
}

}  // namespace npuscope::preflight
