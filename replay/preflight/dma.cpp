#include "replay/preflight/dma.h"

#include <algorithm>
#include <array>

#include "regdb/register_fields.h"
#include "replay/preflight/dma_switches.h"
#include "replay/tensor/cube_registers.h"
#include "replay/tensor/sizes.h"
#include "replay/tensor/weight_tuples.h"

namespace npuscope::preflight {

namespace {

constexpr std::int64_t atom = 16;

std::int64_t cdiv(std::int64_t a, std::int64_t b) {
  return b == 0 ? 0 : (a + b - 1) / b;
}

// The range of `surfaces` surfaces of `rows` rows; pitches in atoms, may be negative.
DmaAccess cube_range(std::int64_t surfaces, std::int64_t surface_pitch, std::int64_t last_row,
                     std::int64_t width) {
  DmaAccess access;
  const std::int64_t last_surface = (surfaces - 1) * surface_pitch;
  access.first =
      atom * std::min<std::int64_t>({0, last_surface, last_row, last_surface + last_row});
  access.end =
      atom * (std::max<std::int64_t>({0, last_surface, last_row, last_surface + last_row}) + width);
  return access;
}

DmaAccess named(DmaAccess access, std::string_view path, std::uint16_t offset,
                const Reading& read) {
  access.path = path;
  access.address_register = offset;
  if (!read.complete()) access.unknown = read.reason();
  return access;
}

DmaAccess unknown(std::string why) {
  DmaAccess access;
  access.unknown = std::move(why);
  return access;
}

DmaAccess feature(const TaskView& task) {
  Reading read(task);
  const std::int64_t width = read(reg::CNA_DATA_SIZE0_DATAIN_WIDTH);
  const std::int64_t height = read(reg::CNA_DATA_SIZE0_DATAIN_HEIGHT);
  const std::int64_t line = read(reg::CNA_DMA_CON1_LINE_STRIDE);
  const std::uint32_t bytes = element_bytes(read(reg::CNA_CONV_CON1_IN_PRECISION));
  const std::uint32_t pixels = read(reg::CNA_CONV_CON1_ARGB_IN);
  const auto done = [&](DmaAccess access) {
    return named(std::move(access), "feature", reg::CNA_FEATURE_DATA_ADDR, read);
  };
  if (bytes == 0) return done(unknown("elements without whole bytes"));
  if (height == 0 || width == 0) return done({});
  if (pixels >= 8) {
    DmaAccess access;
    access.end = ((height - 1) * line + width) * (std::int64_t{pixels} - 7) * bytes;
    return done(access);
  }
  const std::int64_t stride = read.signed_field(reg::CNA_DMA_CON2_SURF_STRIDE);
  const std::int64_t surfaces =
      cdiv(std::int64_t{read(reg::CNA_DATA_SIZE1_DATAIN_CHANNEL)} * bytes, atom);
  // The DMA walks four lines (one with GROUP_LINE_OFF), then adds the surface stride.
  const bool single = read(reg::CNA_CONV_CON1_GROUP_LINE_OFF) != 0;
  const std::int64_t last = height - 1;
  const std::int64_t last_row = single ? last * line : last / 4 * line + last % 4 * (line / 4);
  const std::int64_t pitch = (single ? width : line) + stride;
  return done(cube_range(surfaces, pitch, last_row, width));
}

std::optional<ElementKind> weight_kind(std::uint32_t precision) {
  constexpr std::array<std::optional<ElementKind>, 8> kinds{
      ElementKind::i8, ElementKind::i16, ElementKind::f16, ElementKind::bf16,
      std::nullopt,    std::nullopt,     std::nullopt,     ElementKind::tf32};
  return kinds[precision & 7U];
}

DmaAccess weights(const TaskView& task) {
  Reading read(task);
  const auto kind = weight_kind(read(reg::CNA_CONV_CON1_PROC_PRECISION));
  const bool depthwise = read(reg::CNA_CONV_CON1_CONV_MODE) == 3;
  const WeightShape shape{
      read(reg::CNA_WEIGHT_SIZE2_WEIGHT_KERNELS), read(reg::CNA_DATA_SIZE1_DATAIN_CHANNEL),
      read(reg::CNA_WEIGHT_SIZE2_WEIGHT_HEIGHT), read(reg::CNA_WEIGHT_SIZE2_WEIGHT_WIDTH)};
  const bool compressed = read.whole(reg::CNA_DCOMP_CTRL) != 0;
  const auto done = [&](DmaAccess access) {
    return named(std::move(access), "weights", reg::CNA_DCOMP_ADDR0, read);
  };
  if (!kind) return done(unknown("weights of an element whose packing is not known"));
  if (compressed) return done(unknown("compressed weights"));
  const auto tuples = depthwise ? depthwise_weights(*kind, shape) : direct_weights(*kind, shape);
  if (!tuples) return done(unknown(tuples.error().what));
  const std::uint64_t bytes =
      size_product({elements_of(*tuples), element_bytes(read(reg::CNA_CONV_CON1_PROC_PRECISION))});
  if (bytes > UINT32_MAX) return done(unknown("more weights than the NPU can address"));
  DmaAccess access;
  access.end = static_cast<std::int64_t>(bytes);
  return done(access);
}

DmaAccess output(const TaskView& task) {
  Reading read(task);
  const auto done = [&](DmaAccess access) {
    access.writes = true;
    return named(std::move(access), "output", reg::DPU_DST_BASE_ADDR, read);
  };
  if (read(reg::DPU_FEATURE_MODE_CFG_TP_EN) != 0 || read(reg::DPU_BS_OW_CFG_TP_ORG_EN) != 0)
    return done(unknown("a transposed store"));
  if (read(reg::DPU_DATA_FORMAT_MC_SURF_OUT) != 0) return done(unknown("a multi-surface store"));
  const std::uint32_t bytes = element_bytes(read(reg::DPU_DATA_FORMAT_OUT_PRECISION));
  if (bytes == 0) return done(unknown("elements without whole bytes"));
  OutputRegisters registers;
  registers.surface_stride = read(reg::DPU_DST_SURF_STRIDE_DST_SURF_STRIDE);
  registers.surface_add = read(reg::DPU_SURFACE_ADD_SURF_ADD);
  registers.size_e = read(reg::DPU_BS_OW_CFG_SIZE_E_0);
  registers.notch = read(reg::DPU_DATA_CUBE_NOTCH_ADDR_NOTCH_ADDR_0);
  registers.element_bytes = bytes;
  // The real channels: whether the surplus of the cube is stored is not known. A vendor task with
  // 16 channels of 32 in fp32 reserves room for less.
  const std::uint32_t cube_channels = read(reg::DPU_DATA_CUBE_CHANNEL_CHANNEL) + 1;
  const std::uint32_t real_channels = read(reg::DPU_DATA_CUBE_CHANNEL_ORIG_CHANNEL) + 1;
  registers.channels = std::min(cube_channels, real_channels > 1 ? real_channels : cube_channels);
  registers.height = read(reg::DPU_DATA_CUBE_HEIGHT_HEIGHT) + 1;
  registers.width = read(reg::DPU_DATA_CUBE_WIDTH_WIDTH) + 1;
  const auto cube = cube_of(registers);
  if (!cube) return done(unknown(cube.error().what));
  const std::uint64_t size = bytes_of(*cube);
  DmaAccess access;
  access.end = static_cast<std::int64_t>(std::min<std::uint64_t>(size, INT64_MAX));
  return done(access);
}

// A cube as the DPU's readers walk it: pitch (H-1)*(W + line notch) + W + surface notch. The
// surface notch is signed; the line notch is not: a vendor transpose of 6,400 surfaces of 8 cells
// has 6,392, and ends exactly with its tensor.
DmaAccess reader_range(Reading& read, std::uint32_t bytes, std::int64_t line_notch,
                       std::int64_t surface_notch, std::int64_t readers) {
  const std::int64_t width = std::int64_t{read(reg::DPU_RDMA_RDMA_DATA_CUBE_WIDTH_WIDTH)} + 1;
  const std::int64_t height = std::int64_t{read(reg::DPU_RDMA_RDMA_DATA_CUBE_HEIGHT_HEIGHT)} + 1;
  const std::int64_t channels =
      std::int64_t{read(reg::DPU_RDMA_RDMA_DATA_CUBE_CHANNEL_CHANNEL)} + 1;
  const std::int64_t surfaces = cdiv(cdiv(channels * bytes, atom), readers);
  const std::int64_t last_row = (height - 1) * (width + line_notch);
  return cube_range(std::max<std::int64_t>(surfaces, 1), last_row + width + surface_notch, last_row,
                    width);
}

// Whether both readers deliver one stream: even surfaces from the one, odd ones from the other.
bool interleaved(Reading& read) {
  return (read(reg::DPU_RDMA_RDMA_FEATURE_MODE_CFG_COMB_USE) & 1U) != 0;
}

DmaAccess main_source(const TaskView& task) {
  Reading read(task);
  const auto done = [&](DmaAccess access) {
    return named(std::move(access), "main source", reg::DPU_RDMA_RDMA_SRC_BASE_ADDR, read);
  };
  const std::uint32_t bytes = element_bytes(read(reg::DPU_RDMA_RDMA_FEATURE_MODE_CFG_IN_PRECISION));
  if (bytes == 0) return done(unknown("elements without whole bytes"));
  if (read(reg::DPU_RDMA_RDMA_SRC_DMA_CFG_UNPOOLING_EN) != 0)
    return done(unknown("a source that is repeated (unpooling)"));
  return done(reader_range(read, bytes, read(reg::DPU_RDMA_RDMA_SRC_DMA_CFG_LINE_NOTCH_ADDR),
                           read.signed_field(reg::DPU_RDMA_RDMA_SURF_NOTCH_SURF_NOTCH_ADDR),
                           interleaved(read) ? 2 : 1));
}

DmaAccess operand(const TaskView& task) {
  Reading read(task);
  const auto done = [&](DmaAccess access) {
    return named(std::move(access), "element-wise operand", reg::DPU_RDMA_RDMA_EW_BASE_ADDR, read);
  };
  // 1, 2, 3: 8, 16, 32 bits.
  const std::uint32_t size = read(reg::DPU_RDMA_RDMA_ERDMA_CFG_ERDMA_DATA_SIZE);
  if (size == 0) return done(unknown("an operand of no size"));
  const std::uint32_t bytes = 1U << (size - 1);
  if (read(reg::DPU_RDMA_RDMA_ERDMA_CFG_ERDMA_DATA_MODE) == 0) {
    DmaAccess access;
    access.end = (std::int64_t{read(reg::DPU_RDMA_RDMA_DATA_CUBE_CHANNEL_CHANNEL)} + 1) * bytes;
    return done(access);
  }
  return done(reader_range(read, bytes,
                           read(reg::DPU_RDMA_RDMA_DATA_CUBE_HEIGHT_EW_LINE_NOTCH_ADDR),
                           read.signed_field(reg::DPU_RDMA_RDMA_EW_SURF_NOTCH_EW_SURF_NOTCH),
                           interleaved(read) ? 2 : 1));
}

// A record per channel: of 4 bytes (bit 0), 2 (bit 1) and 2 (bit 2).
DmaAccess per_channel(const TaskView& task, std::string_view path, std::uint16_t address,
                      const reg::RegisterField& use_field) {
  Reading read(task);
  const std::uint32_t use = read(use_field);
  const std::int64_t bytes = (use & 1U) * 4 + (use >> 1U & 1U) * 2 + (use >> 2U & 1U) * 2;
  DmaAccess access;
  access.end = (std::int64_t{read(reg::DPU_DATA_CUBE_CHANNEL_ORIG_CHANNEL)} + 1) * bytes;
  return named(access, path, address, read);
}

DmaAccess pooled(const TaskView& task) {
  Reading read(task);
  const std::uint32_t bytes = element_bytes(read(reg::PPU_DATA_FORMAT_PROC_PRECISION));
  const std::int64_t width = std::int64_t{read(reg::PPU_DATA_CUBE_OUT_WIDTH_CUBE_OUT_WIDTH)} + 1;
  const std::int64_t height = std::int64_t{read(reg::PPU_DATA_CUBE_OUT_HEIGHT_CUBE_OUT_HEIGHT)} + 1;
  const std::int64_t channels =
      std::int64_t{read(reg::PPU_DATA_CUBE_OUT_CHANNEL_CUBE_OUT_CHANNEL)} + 1;
  const std::int64_t line = width + read(reg::PPU_OPERATION_MODE_CFG_NOTCH_ADDR);
  DmaAccess access = bytes == 0 ? unknown("elements without whole bytes")
                                : cube_range(cdiv(channels * bytes, atom),
                                             read(reg::PPU_DST_SURF_STRIDE_DST_SURF_STRIDE),
                                             (height - 1) * line, width);
  access.writes = true;
  return named(std::move(access), "pooled output", reg::PPU_DST_BASE_ADDR, read);
}

DmaAccess pooling_source(const TaskView& task) {
  Reading read(task);
  const std::uint32_t code = read(reg::PPU_RDMA_RDMA_DATA_FORMAT_IN_PRECISION);
  const std::int64_t bytes = code == 1 ? 1 : 2;  // the storage width
  const std::int64_t width = std::int64_t{read(reg::PPU_RDMA_RDMA_CUBE_IN_WIDTH_CUBE_IN_WIDTH)} + 1;
  const std::int64_t height =
      std::int64_t{read(reg::PPU_RDMA_RDMA_CUBE_IN_HEIGHT_CUBE_IN_HEIGHT)} + 1;
  const std::int64_t channels =
      std::int64_t{read(reg::PPU_RDMA_RDMA_CUBE_IN_CHANNEL_CUBE_IN_CHANNEL)} + 1;
  const std::int64_t line = read(reg::PPU_RDMA_RDMA_SRC_LINE_STRIDE_SRC_LINE_STRIDE);
  return named(cube_range(cdiv(channels * bytes, atom),
                          read(reg::PPU_RDMA_RDMA_SRC_SURF_STRIDE_SRC_SURF_STRIDE),
                          (height - 1) * line, width),
               "pooling source", reg::PPU_RDMA_RDMA_SRC_BASE_ADDR, read);
}

void add_readers(const TaskView& task, std::vector<DmaAccess>& accesses) {
  Reading read(task);
  const auto on = [&read](AddressRole path) { return is_switched_on(path, read); };
  if (on(AddressRole::main_source)) accesses.push_back(main_source(task));
  if (on(AddressRole::bias))
    accesses.push_back(per_channel(task, "bias", reg::DPU_RDMA_RDMA_BS_BASE_ADDR,
                                   reg::DPU_RDMA_RDMA_BRDMA_CFG_BRDMA_DATA_USE));
  if (on(AddressRole::bn_operand))
    accesses.push_back(per_channel(task, "BN operand", reg::DPU_RDMA_RDMA_BN_BASE_ADDR,
                                   reg::DPU_RDMA_RDMA_NRDMA_CFG_NRDMA_DATA_USE));
  if (on(AddressRole::element_wise)) accesses.push_back(operand(task));
}

}  // namespace

std::uint32_t element_bytes(std::uint32_t precision) {
  constexpr std::array<std::uint32_t, 8> bytes{1, 2, 2, 2, 4, 4, 0, 4};
  return bytes[precision & 7U];
}

std::vector<DmaAccess> dma_accesses(const TaskView& task) {
  std::vector<DmaAccess> accesses;
  if (task.runs(Block::cna)) {
    accesses.push_back(feature(task));
    accesses.push_back(weights(task));
  }
  if (task.runs(Block::dpu)) accesses.push_back(output(task));
  if (task.runs(Block::dpu_rdma)) add_readers(task, accesses);
  if (task.runs(Block::ppu)) accesses.push_back(pooled(task));
  if (task.runs(Block::ppu_rdma)) accesses.push_back(pooling_source(task));
  return accesses;
}

}  // namespace npuscope::preflight
