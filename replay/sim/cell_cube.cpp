#include "replay/sim/cell_cube.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace npuscope::sim {

namespace {

template <typename V>
struct LoadF16 {
  using Code = std::uint16_t;
  static V number(Code code) { return static_cast<V>(f32_from_f16(code)); }
  static Code code(V value) { return store_f16(static_cast<float>(value)); }
};
template <typename V>
struct LoadF32 {
  using Code = std::uint32_t;
  static V number(Code code) { return static_cast<V>(std::bit_cast<float>(code)); }
  static Code code(V value) { return store_f32(static_cast<float>(value)); }
};
template <typename V, typename T>
struct LoadInteger {
  using Code = T;
  static V number(Code code) { return static_cast<V>(code); }
  static Code code(V value) { return saturate<T>(static_cast<std::int64_t>(value)); }
};

// Calls visit(surface, first lane of the block) for each surface that holds channels of the block.
template <typename Code, typename Visit>
void for_each_surface(const CellCube& cube, std::size_t block, const Visit& visit) {
  constexpr std::size_t lanes = CellCube::cell_bytes / sizeof(Code);
  for (std::size_t lane = 0; lane < block_kernels; lane += lanes) {
    const std::size_t surface = (block * block_kernels + lane) / lanes;
    if (surface < cube.surfaces) visit(surface, lane);
  }
}

template <typename Load, typename V>
void decode(const CellCube& cube, std::size_t block, std::size_t first, std::size_t count,
            V* values) {
  using Code = typename Load::Code;
  constexpr std::size_t lanes = CellCube::cell_bytes / sizeof(Code);
  for_each_surface<Code>(cube, block, [&](std::size_t surface, std::size_t lane) {
    const std::byte* cell = cube.cell(surface, first);
    for (std::size_t p = 0; p < count; ++p, cell += CellCube::cell_bytes) {
      Code codes[lanes];
      std::memcpy(codes, cell, sizeof codes);
      for (std::size_t i = 0; i < lanes; ++i)
        values[p * block_kernels + lane + i] = Load::number(codes[i]);
    }
  });
}

template <typename Load, typename V>
void encode(const V* values, std::size_t block, std::size_t first, std::size_t count,
            CellCube& cube) {
  using Code = typename Load::Code;
  constexpr std::size_t lanes = CellCube::cell_bytes / sizeof(Code);
  for_each_surface<Code>(cube, block, [&](std::size_t surface, std::size_t lane) {
    std::byte* cell = cube.cell(surface, first);
    for (std::size_t p = 0; p < count; ++p, cell += CellCube::cell_bytes) {
      Code codes[lanes];
      for (std::size_t i = 0; i < lanes; ++i)
        codes[i] = Load::code(values[p * block_kernels + lane + i]);
      std::memcpy(cell, codes, sizeof codes);
    }
  });
}

}  // namespace

template <typename V>
void decode_block(const CellCube& cube, Precision precision, std::size_t block, std::size_t first,
                  std::size_t count, V* values) {
  std::fill_n(values, count * block_kernels, V{0});
  if (first >= cube.pixels()) return;
  count = std::min(count, cube.pixels() - first);
  switch (precision) {
    case Precision::i8:
      return decode<LoadInteger<V, std::int8_t>>(cube, block, first, count, values);
    case Precision::i16:
      return decode<LoadInteger<V, std::int16_t>>(cube, block, first, count, values);
    case Precision::i32:
      return decode<LoadInteger<V, std::int32_t>>(cube, block, first, count, values);
    case Precision::f16:
      return decode<LoadF16<V>>(cube, block, first, count, values);
    default:
      return decode<LoadF32<V>>(cube, block, first, count, values);
  }
}

template <typename V>
void encode_block(const V* values, Precision precision, std::size_t block, std::size_t first,
                  std::size_t count, CellCube& cube) {
  switch (precision) {
    case Precision::i8:
      return encode<LoadInteger<V, std::int8_t>>(values, block, first, count, cube);
    case Precision::i16:
      return encode<LoadInteger<V, std::int16_t>>(values, block, first, count, cube);
    case Precision::i32:
      return encode<LoadInteger<V, std::int32_t>>(values, block, first, count, cube);
    case Precision::f16:
      return encode<LoadF16<V>>(values, block, first, count, cube);
    default:
      return encode<LoadF32<V>>(values, block, first, count, cube);
  }
}

template void decode_block(const CellCube&, Precision, std::size_t, std::size_t, std::size_t,
                           float*);
template void decode_block(const CellCube&, Precision, std::size_t, std::size_t, std::size_t,
                           std::int64_t*);
template void encode_block(const float*, Precision, std::size_t, std::size_t, std::size_t,
                           CellCube&);
template void encode_block(const std::int64_t*, Precision, std::size_t, std::size_t, std::size_t,
                           CellCube&);

}  // namespace npuscope::sim
