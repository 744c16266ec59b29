// One 64-bit register command.
//
//   63            48 47                          16 15             0
//   | target (16)  |        value (32)             |  offset (16)   |
//
//   Word w{0x0201000000b11040};   w.target() == 0x0201, w.value() == 0xb1, w.offset() == 0x1040
//   (CNA CBUF_CON0)
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "regdb/block.h"

namespace npuscope {

static_assert(std::endian::native == std::endian::little,
              "command words are little-endian in memory");

struct Word {
  std::uint64_t raw = 0;

  [[nodiscard]] constexpr std::uint16_t target() const {
    return static_cast<std::uint16_t>(raw >> 48U);
  }
  [[nodiscard]] constexpr std::uint32_t value() const {
    return static_cast<std::uint32_t>(raw >> 16U);
  }
  [[nodiscard]] constexpr std::uint16_t offset() const { return static_cast<std::uint16_t>(raw); }

  friend constexpr bool operator==(Word, Word) = default;

  [[nodiscard]] static constexpr Word make(std::uint16_t target, std::uint16_t offset,
                                           std::uint32_t value) {
    return Word{static_cast<std::uint64_t>(target) << 48U |
                static_cast<std::uint64_t>(value) << 16U | offset};
  }
};

static_assert(sizeof(Word) == 8);

inline constexpr std::uint16_t offset_operation_enable = 0x0008;
inline constexpr std::uint16_t offset_pc_base_address = 0x0010;
inline constexpr std::uint16_t offset_pc_register_amounts = 0x0014;

[[nodiscard]] constexpr bool is_marker(Word w) {
  return w.raw == std::uint64_t{target_marker} << 48U;
}
[[nodiscard]] constexpr bool is_operation_enable(Word w) {
  return w.target() == target_operation_enable && w.offset() == offset_operation_enable;
}
[[nodiscard]] constexpr bool is_link(Word w) {
  return w.target() == target_of(Block::pc) && w.offset() == offset_pc_base_address;
}
[[nodiscard]] constexpr bool is_register_amounts(Word w) {
  return w.target() == target_of(Block::pc) && w.offset() == offset_pc_register_amounts;
}

// A word that can stand in a record: a known target whose block owns the page of the offset, or one
// of the two special words. Weights fail this test almost always; only a task table decides what is
// a command, this is a check.
[[nodiscard]] constexpr bool is_plausible_command(Word w) {
  if (is_marker(w) || is_operation_enable(w)) return true;
  const auto block = block_of_target(w.target());
  return block && block == block_of_offset(w.offset());
}

// Words in memory of any alignment. Does not own the bytes.
class WordView {
 public:
  constexpr WordView() = default;
  // Uses the whole words of `bytes`; a rest of 1..7 bytes is left out.
  constexpr explicit WordView(std::span<const std::byte> bytes)
      : bytes_(bytes.first(bytes.size() & ~std::size_t{7})) {}

  [[nodiscard]] constexpr std::size_t size() const { return bytes_.size() / 8; }
  [[nodiscard]] constexpr bool empty() const { return bytes_.empty(); }
  [[nodiscard]] constexpr std::span<const std::byte> bytes() const { return bytes_; }

  [[nodiscard]] Word operator[](std::size_t index) const {
    Word word;
    std::memcpy(&word.raw, bytes_.data() + index * 8, 8);
    return word;
  }

  [[nodiscard]] constexpr WordView subview(std::size_t first, std::size_t count) const {
    return WordView(bytes_.subspan(first * 8, count * 8));
  }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace npuscope
