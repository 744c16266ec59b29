// What the numbers of a tensor are, and how many of them one 16-byte cell of memory holds.
//
//   lanes_per_cell(ElementKind::f16)    // 8: channels of one pixel in one surface
//   bytes_of(ElementKind::f32)          // 4
//   name_of(ElementKind::i8)            // "i8"
//
// Four-bit elements are left out: every function of this folder works on whole bytes.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

namespace npuscope {

static_assert(std::endian::native == std::endian::little, "tensors are copied, never byte-swapped");

enum class ElementKind : std::uint8_t { i8, u8, i16, f16, bf16, i32, f32, tf32 };

// A cell is what the hardware moves: 16 bytes, one pixel of one surface ("atom" in its manual).
inline constexpr std::uint32_t cell_bytes = 16;

[[nodiscard]] constexpr std::uint32_t bytes_of(ElementKind kind) {
  switch (kind) {
    case ElementKind::i8:
    case ElementKind::u8:
      return 1;
    case ElementKind::i16:
    case ElementKind::f16:
    case ElementKind::bf16:
      return 2;
    case ElementKind::i32:
    case ElementKind::f32:
    case ElementKind::tf32:
      break;
  }
  return 4;
}

// C2: 16 for 8-bit elements, 8 for 16-bit and 4 for 32-bit ones.
[[nodiscard]] constexpr std::uint32_t lanes_per_cell(ElementKind kind) {
  return cell_bytes / bytes_of(kind);
}

[[nodiscard]] constexpr std::string_view name_of(ElementKind kind) {
  constexpr std::string_view names[] = {"i8", "u8", "i16", "f16", "bf16", "i32", "f32", "tf32"};
  return names[static_cast<std::uint8_t>(kind)];
}

}  // namespace npuscope
