// The blocks of the RK3588 NPU and how a command word names one.
//
//   block_of_target(0x0201) == Block::cna;      target_of(Block::cna) == 0x0201
//
// The upper 16 bits of a command word ("target") hold one block bit (57 + operation-enable bit of
// the whole word) and bit 0 (48 of the word), which is set in every ordinary register write.
// Source: 22,331 command words of public captures use nine targets and nothing else; CSC is defined
// by the manual and was never seen.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace npuscope {

enum class Block : std::uint8_t { pc, cna, csc, core, dpu, dpu_rdma, ppu, ppu_rdma };

inline constexpr std::size_t block_count = 8;

struct BlockFacts {
  std::string_view name;
  std::uint16_t target;  // upper 16 bits of a register write
  std::int8_t
      enable_bit;  // bit of OPERATION_ENABLE that starts it, -1 for the program controller itself
  std::uint16_t s_pointer;  // offset of its S_POINTER register, 0 if it has none
};

inline constexpr std::array<BlockFacts, block_count> block_facts{{
    {"PC", 0x0101, -1, 0},
    {"CNA", 0x0201, 0, 0x1004},
    {"CSC", 0x0401, 1, 0x2004},
    {"CORE", 0x0801, 2, 0x3004},
    {"DPU", 0x1001, 3, 0x4004},
    {"DPU_RDMA", 0x2001, 4, 0x5004},
    {"PPU", 0x4001, 5, 0x6004},
    {"PPU_RDMA", 0x8001, 6, 0x7004},
}};

// Targets that name no block: the word before OPERATION_ENABLE, and OPERATION_ENABLE itself (sent
// to all blocks).
inline constexpr std::uint16_t target_marker = 0x0041;
inline constexpr std::uint16_t target_operation_enable = 0x0081;

[[nodiscard]] constexpr const BlockFacts& facts_of(Block block) {
  return block_facts[static_cast<std::size_t>(block)];
}

[[nodiscard]] constexpr std::string_view name_of(Block block) {
  return facts_of(block).name;
}

[[nodiscard]] constexpr std::uint16_t target_of(Block block) {
  return facts_of(block).target;
}

// The whole 16 bits must match: weight data such as 0xbf01 shares single bits with real targets.
[[nodiscard]] constexpr std::optional<Block> block_of_target(std::uint16_t target) {
  for (std::size_t i = 0; i < block_count; ++i) {
    if (block_facts[i].target == target) return static_cast<Block>(i);
  }
  return std::nullopt;
}

// The page of a register offset: 0x0xxx PC, 0x1xxx CNA, 0x2xxx CSC, 0x3xxx CORE, ... 0x7xxx
// PPU_RDMA.
[[nodiscard]] constexpr std::optional<Block> block_of_offset(std::uint16_t offset) {
  const unsigned page = offset >> 12U;
  if (page >= block_count) return std::nullopt;
  return static_cast<Block>(page);
}

}  // namespace npuscope
