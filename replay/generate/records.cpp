#include "replay/generate/records.h"

#include <algorithm>
#include <array>

#include "decoder/word.h"
#include "regdb/register_fields.h"

namespace npuscope {

namespace {

constexpr std::uint32_t enable_of(std::initializer_list<Block> blocks) {
  std::uint32_t mask = 0;
  for (const Block block : blocks) mask |= 1U << static_cast<unsigned>(facts_of(block).enable_bit);
  return mask;
}

constexpr std::uint32_t dpu_done = 0x300;  // interrupt bits of the two groups
constexpr std::uint32_t ppu_done = 0xc00;

bool is_block(std::uint16_t offset, Block block) {
  return block_of_offset(offset) == block;
}

// Written in every short record, changed or not.
bool always_written(std::uint16_t offset, const ConvSite& site) {
  constexpr std::array<std::uint16_t, 13> always{reg::DPU_S_POINTER,
                                                 reg::DPU_RDMA_RDMA_S_POINTER,
                                                 reg::CNA_FEATURE_DATA_ADDR,
                                                 reg::CNA_FC_DATA_SIZE0,
                                                 reg::CNA_FC_DATA_SIZE1,
                                                 reg::CNA_DCOMP_ADDR0,
                                                 reg::DPU_DST_BASE_ADDR,
                                                 reg::DPU_WDMA_SIZE_0,
                                                 reg::DPU_WDMA_SIZE_1,
                                                 reg::DPU_RDMA_RDMA_SRC_BASE_ADDR,
                                                 reg::DPU_RDMA_RDMA_BS_BASE_ADDR,
                                                 reg::DPU_RDMA_RDMA_BN_BASE_ADDR,
                                                 reg::DPU_RDMA_RDMA_EW_BASE_ADDR};
  if (std::find(always.begin(), always.end(), offset) != always.end()) return true;
  // First layers: all of the CNA, presumably so that the runtime can set the pitch of the pixels.
  if (site.pixel_input && is_block(offset, Block::cna)) return true;
  // Compiler 1.6.0 repeats the banks in the body of every record (one file).
  return offset == reg::CNA_CBUF_CON0 && site.version < CompilerVersion{1, 6, 1};
}

// `before`: the registers of the record two back, nullptr for a full record.
std::vector<RegisterWrite> writes_of(const RecordRegisters& registers,
                                     const RecordRegisters* before, const ConvPlan& plan,
                                     bool leading) {
  std::vector<RegisterWrite> writes;
  writes.reserve(leading_registers.size() + body_order().size());
  if (leading)
    for (const std::uint16_t offset : leading_registers) writes.push_back(registers.write(offset));
  const bool operands = reads_operands(plan.shape);
  for (const std::uint16_t offset : body_order()) {
    if (!operands && is_block(offset, Block::dpu_rdma)) continue;
    if (before == nullptr || always_written(offset, plan.site) ||
        registers.write(offset) != before->write(offset))
      writes.push_back(registers.write(offset));
  }
  return writes;
}

}  // namespace

Result<std::vector<std::vector<RecordWrites>>> conv_records(const ConvPlan& plan, unsigned cores,
                                                            const ConvNumbers& numbers) {
  const ConvProgram& program = plan.program(cores);
  // Records of the 1-core program repeat four registers in front of the body, and only they are
  // ever short.
  const bool one_core = cores == 1 || program.repeats();
  const bool short_records =
      one_core && plan.basis != Basis::general && plan.shape.fusion.table == TableFunction::none;
  const std::uint32_t enable =
      reads_operands(plan.shape) ? enable_of({Block::cna, Block::core, Block::dpu, Block::dpu_rdma})
                                 : enable_of({Block::cna, Block::core, Block::dpu});
  std::vector<std::vector<RecordWrites>> lanes;
  for (const ConvLane& tiles : program.lanes) {
    std::vector<RecordRegisters> registers;
    registers.reserve(tiles.size());
    std::vector<RecordWrites>& lane = lanes.emplace_back();
    for (std::size_t i = 0; i < tiles.size(); ++i) {
      auto made = conv_registers(plan, tiles[i], numbers);
      if (!made) return tl::unexpected(made.error());
      registers.push_back(std::move(*made));
      const RecordRegisters* before = short_records && i >= 2 ? &registers[i - 2] : nullptr;
      lane.push_back({writes_of(registers[i], before, plan, one_core), enable, dpu_done, true});
    }
  }
  return lanes;
}

RecordWrites barrier_record() {
  using namespace reg;
  constexpr std::uint32_t channels = 32 - 1;
  constexpr std::uint32_t ping_pong = PPU_S_POINTER_POINTER_PP_MODE.at(1) |
                                      PPU_S_POINTER_EXECUTER_PP_EN.at(1) |
                                      PPU_S_POINTER_POINTER_PP_EN.at(1);
  constexpr std::uint32_t one_cell = PPU_DST_SURF_STRIDE_DST_SURF_STRIDE.at(1);
  return {{{PPU_S_POINTER, ping_pong},
           {PPU_RDMA_RDMA_S_POINTER, ping_pong},
           {PPU_DATA_CUBE_IN_WIDTH, 0},
           {PPU_DATA_CUBE_IN_HEIGHT, 0},
           {PPU_DATA_CUBE_IN_CHANNEL, channels},
           {PPU_DATA_CUBE_OUT_WIDTH, 0},
           {PPU_DATA_CUBE_OUT_HEIGHT, 0},
           {PPU_DATA_CUBE_OUT_CHANNEL, channels},
           {PPU_OPERATION_MODE_CFG,
            PPU_OPERATION_MODE_CFG_FLYING_MODE.at(1) | PPU_OPERATION_MODE_CFG_POOLING_METHOD.at(1)},
           {PPU_POOLING_KERNEL_CFG, 0},
           {PPU_RECIP_KERNEL_WIDTH, 0},
           {PPU_RECIP_KERNEL_HEIGHT, 0},
           {PPU_POOLING_PADDING_CFG, 0},
           {PPU_PADDING_VALUE_1_CFG, 0},
           {PPU_PADDING_VALUE_2_CFG, 0},
           {PPU_DST_BASE_ADDR, 0, Base::barrier},
           {PPU_DST_SURF_STRIDE, one_cell},
           {PPU_DATA_FORMAT, PPU_DATA_FORMAT_INDEX_ADD.at(1)},
           {PPU_MISC_CTRL, PPU_MISC_CTRL_BURST_LEN.at(3)},
           {PPU_RDMA_RDMA_CUBE_IN_WIDTH, 0},
           {PPU_RDMA_RDMA_CUBE_IN_HEIGHT, 0},
           {PPU_RDMA_RDMA_CUBE_IN_CHANNEL, channels},
           {PPU_RDMA_RDMA_SRC_BASE_ADDR, barrier_tensor_bytes, Base::barrier},
           {PPU_RDMA_RDMA_SRC_LINE_STRIDE, one_cell},
           {PPU_RDMA_RDMA_SRC_SURF_STRIDE, one_cell},
           {PPU_RDMA_RDMA_DATA_FORMAT, PPU_RDMA_RDMA_DATA_FORMAT_IN_PRECISION.at(1)}},
          enable_of({Block::ppu, Block::ppu_rdma}),
          ppu_done,
          false};
}

}  // namespace npuscope
