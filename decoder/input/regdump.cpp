#include "decoder/input/regdump.h"

namespace npuscope {

namespace {

// A constant buffer is no register dump: so many words must look like writes.
constexpr std::uint64_t least_writes = 8;

std::optional<Block> block_of_normalised(std::uint16_t target) {
  if (target == 0 || target % 2 != 0) return std::nullopt;
  const auto block = block_of_target(static_cast<std::uint16_t>(target | 1U));
  return block == Block::csc ? std::nullopt : block;
}

}  // namespace

bool is_regdump(std::span<const std::byte> bytes) {
  const WordView words(bytes);
  if (bytes.size() % 8 != 0) return false;
  std::uint64_t writes = 0;
  std::uint64_t foreign_pages = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Word word = words[i];
    if (word.target() == 0) continue;
    const auto block = block_of_normalised(word.target());
    if (!block) return false;
    ++writes;
    foreign_pages += block_of_offset(word.offset()) != block;
  }
  return writes >= least_writes && foreign_pages * 10 <= writes;
}

Regdump restore_regdump(std::span<const std::byte> bytes) {
  const WordView view(bytes);
  Regdump dump;
  dump.words.reserve(view.size());
  bool constant = true;
  for (std::size_t i = 0; i < view.size(); ++i) {
    const Word word = view[i];
    constant = constant && word.value() == view[0].value();
    const Word next = i + 1 < view.size() ? view[i + 1] : Word{};
    std::uint16_t target = word.target();
    if (block_of_normalised(target)) {
      target = static_cast<std::uint16_t>(target | 1U);
    } else if (word.target() == 0 && word.offset() == offset_operation_enable) {
      target = target_operation_enable;
    } else if (word.raw == 0 && next.target() == 0 && next.offset() == offset_operation_enable) {
      // The marker always stands before OPERATION_ENABLE; other zero words are padding.
      target = target_marker;
    }
    dump.restored_targets += target != word.target();
    dump.words.push_back(Word::make(target, word.offset(), word.value()));
  }
  if (constant && view.size() >= least_writes) dump.constant_value = view[0].value();
  return dump;
}

}  // namespace npuscope
