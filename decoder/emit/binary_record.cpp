#include "decoder/emit/binary_record.h"

#include <cstring>

namespace npuscope {

namespace {

constexpr std::size_t offsets = 65536;

constexpr std::uint32_t says(std::uint16_t reg, std::uint8_t block, unsigned flags) {
  return reg | std::uint32_t{block} << 16U | flags << 24U;
}

// Words that write no register of the database.
[[gnu::noinline, gnu::cold]] std::uint32_t says_of_stranger(Word word) {
  if (word.raw == 0) return says(no_register, no_block, record_zero);
  if (is_marker(word)) return says(no_register, no_block, record_marker);
  if (is_operation_enable(word))
    return says(no_register, static_cast<std::uint8_t>(Block::pc), record_enable | record_unknown);
  const auto block = block_of_target(word.target());
  if (!block) return says(no_register, no_block, record_foreign);
  return says(no_register, static_cast<std::uint8_t>(*block), record_unknown);
}

}  // namespace

BinaryDecoder::BinaryDecoder(const RegisterDb& db) : entries_(offsets) {
  for (std::size_t i = 0; i < db.registers().size() && i < no_register; ++i) {
    const Register& reg = db.registers()[i];
    if (!reg.block) continue;
    const bool enables = reg.block == Block::pc && reg.offset == offset_operation_enable;
    Entry& entry = entries_[reg.offset];
    entry.target = enables ? target_operation_enable : target_of(*reg.block);
    entry.says = says(static_cast<std::uint16_t>(i), static_cast<std::uint8_t>(*reg.block),
                      enables ? unsigned{record_enable} : 0U);
  }
}

void BinaryDecoder::decode(WordView words, std::uint32_t first, BinaryRecord* out) const {
  const Entry* const entries = entries_.data();
  auto* const to = reinterpret_cast<std::byte*>(out);
  const std::byte* const in = words.bytes().data();
  const std::size_t count = words.size();
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t raw;
    std::memcpy(&raw, in + 8 * i, sizeof raw);
    const Entry entry = entries[raw & 0xffffU];
    const auto value = static_cast<std::uint32_t>(raw >> 16U);
    const std::uint32_t where = static_cast<std::uint32_t>(raw >> 32U & 0xffff0000U) |
                                static_cast<std::uint32_t>(raw & 0xffffU);
    std::uint32_t known = entry.says;
    if (entry.target != raw >> 48U) [[unlikely]]
      known = says_of_stranger(Word{raw});
    const std::uint32_t position = first + static_cast<std::uint32_t>(i);
    // Four stores: field by field the compiler makes seven of them, and twice the instructions.
    std::memcpy(to + 16 * i, &value, 4);
    std::memcpy(to + 16 * i + 4, &where, 4);
    std::memcpy(to + 16 * i + 8, &known, 4);
    std::memcpy(to + 16 * i + 12, &position, 4);
  }
}

}  // namespace npuscope
