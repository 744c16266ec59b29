// Rules over the sizes and strides of one task.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "regdb/register_fields.h"
#include "replay/preflight/rules.h"
#include "replay/preflight/verdict.h"

namespace npuscope::preflight {

namespace {

std::int64_t ceil_of(std::int64_t a, std::int64_t b) {
  return b == 0 ? 0 : (a + b - 1) / b;
}

struct Size {
  std::int64_t width = 0, height = 0;
  friend bool operator==(const Size&, const Size&) = default;
};

std::string text_of(const Size& size) {
  return fmt::format("{} x {}", size.width, size.height);
}

Size core_size(Reading& read) {
  return {std::int64_t{read(reg::CORE_DATAOUT_SIZE_0_DATAOUT_WIDTH)} + 1,
          std::int64_t{read(reg::CORE_DATAOUT_SIZE_0_DATAOUT_HEIGHT)} + 1};
}

Size cube_size(Reading& read) {
  return {std::int64_t{read(reg::DPU_DATA_CUBE_WIDTH_WIDTH)} + 1,
          std::int64_t{read(reg::DPU_DATA_CUBE_HEIGHT_HEIGHT)} + 1};
}

// CNA, CORE and DPU each have the size of the output.
Judgement output_sizes_agree(const TaskView& task, Reading& read) {
  const Size core = core_size(read);
  if (read(reg::CNA_DATA_SIZE2_DATAOUT_WIDTH) != core.width)
    return Fault{reg::CNA_DATA_SIZE2,
                 fmt::format("width {}", read(reg::CNA_DATA_SIZE2_DATAOUT_WIDTH)),
                 fmt::format("{}, as CORE_DATAOUT_SIZE_0", core.width)};
  if (read(reg::CNA_DATA_SIZE3_DATAOUT_ATOMICS) != core.width * core.height)
    return Fault{
        reg::CNA_DATA_SIZE3, fmt::format("{} pixels", read(reg::CNA_DATA_SIZE3_DATAOUT_ATOMICS)),
        fmt::format("{} = {}, as CORE_DATAOUT_SIZE_0", text_of(core), core.width * core.height)};
  if (task.runs(Block::dpu) && cube_size(read) != core)
    return Fault{reg::DPU_DATA_CUBE_HEIGHT, text_of(cube_size(read)),
                 fmt::format("{}, as CORE_DATAOUT_SIZE_0", text_of(core))};
  return std::nullopt;
}

// Two surfaces at one place: one of them is lost.
Judgement surfaces_apart(const TaskView&, Reading& read) {
  if (read(reg::DPU_FEATURE_MODE_CFG_TP_EN) != 0 || read(reg::DPU_BS_OW_CFG_TP_ORG_EN) != 0 ||
      read(reg::DPU_DATA_FORMAT_MC_SURF_OUT) != 0)
    return std::nullopt;  // transposed stores place atoms, not surfaces
  const std::uint32_t bytes = element_bytes(read(reg::DPU_DATA_FORMAT_OUT_PRECISION));
  const std::int64_t channels = std::int64_t{read(reg::DPU_DATA_CUBE_CHANNEL_CHANNEL)} + 1;
  const std::int64_t surfaces = ceil_of(channels * bytes, 16);
  const std::int64_t group = std::int64_t{read(reg::DPU_BS_OW_CFG_SIZE_E_0)} + 1;
  const std::int64_t pitch = read(reg::DPU_DST_SURF_STRIDE_DST_SURF_STRIDE);
  const std::int64_t add = read(reg::DPU_SURFACE_ADD_SURF_ADD);
  std::set<std::int64_t> places;
  for (std::int64_t s = 0; s < surfaces; ++s) {
    if (places.insert(s / group * add + s % group * pitch).second) continue;
    const std::uint16_t at = s < group ? reg::DPU_DST_SURF_STRIDE : reg::DPU_SURFACE_ADD;
    return Fault{at, fmt::format("surface {} lies on another one", s),
                 fmt::format("{} surfaces at places of their own", surfaces)};
  }
  return std::nullopt;
}

// Registers with a 13-bit size minus one.
constexpr std::array<reg::RegisterField, 3> dpu_sizes{reg::DPU_DATA_CUBE_WIDTH_WIDTH,
                                                      reg::DPU_DATA_CUBE_HEIGHT_HEIGHT,
                                                      reg::DPU_DATA_CUBE_CHANNEL_CHANNEL};
constexpr std::uint32_t largest_size = 8191, largest_entries = 8191;

Judgement sizes_in_range(const TaskView& task, Reading& read) {
  for (const reg::RegisterField& field : dpu_sizes)
    if (read(field) == largest_size)
      return Fault{field.offset, "8192 (the field is full)", "at most 8191: the tail is corrupted"};
  if (!task.runs(Block::cna) || read(reg::CNA_CONV_CON1_ARGB_IN) != 0) return std::nullopt;
  const std::uint32_t entries = read(reg::CNA_CBUF_CON1_DATA_ENTRIES);
  if (entries <= largest_entries) return std::nullopt;
  return Fault{reg::CNA_CBUF_CON1, fmt::format("{} entries a line", entries), "at most 8191"};
}

// How the CNA walks its input, in atoms.
struct Walk {
  std::int64_t width = 0, height = 0, surfaces = 0, line = 0, pitch = 0;
  bool cube = false;
};

Walk walk_of(Reading& read) {
  Walk walk;
  const std::uint32_t bytes = element_bytes(read(reg::CNA_CONV_CON1_IN_PRECISION));
  walk.cube = read(reg::CNA_CONV_CON1_ARGB_IN) == 0 && bytes != 0;
  walk.width = read(reg::CNA_DATA_SIZE0_DATAIN_WIDTH);
  walk.height = read(reg::CNA_DATA_SIZE0_DATAIN_HEIGHT);
  walk.surfaces = ceil_of(std::int64_t{read(reg::CNA_DATA_SIZE1_DATAIN_CHANNEL)} * bytes, 16);
  const std::int64_t line = read(reg::CNA_DMA_CON1_LINE_STRIDE);
  const bool single = read(reg::CNA_CONV_CON1_GROUP_LINE_OFF) != 0;
  walk.line = single ? line : line / 4;
  walk.pitch = (single ? walk.width : line) + read.signed_field(reg::CNA_DMA_CON2_SURF_STRIDE);
  return walk;
}

// The rows of a surface must lie in front of the next surface.
Judgement input_pitch(const TaskView&, Reading& read) {
  const Walk walk = walk_of(read);
  const std::int64_t least = walk.width + (walk.height - 1) * walk.line;
  if (!walk.cube || walk.surfaces <= 1 || walk.pitch >= least) return std::nullopt;
  return Fault{reg::CNA_DMA_CON2, fmt::format("surfaces {} cells apart", walk.pitch),
               fmt::format("at least {}: {} rows of {}", least, walk.height, walk.line)};
}

// A model says how large the tensor is that the task reads.
void input_pitch_of_tensor(const Context& context, Verdict& verdict) {
  if (!context.capture().model) verdict.skip("the size of the tensors is not stated");
  if (!context.capture().model) return;
  for (const TaskView& task : context.tasks()) {
    if (!task.runs(Block::cna)) continue;
    Reading read(task);
    const Walk walk = walk_of(read);
    const auto target = context.memory().target_of(task, reg::CNA_FEATURE_DATA_ADDR);
    if (!walk.cube || walk.surfaces <= 1) continue;
    const auto& tensors = context.capture().model->tensors;
    if (!target || target->owner >= tensors.size() ||
        tensors[target->owner].native_shape.size() != 5) {
      verdict.skip("the shape of the tensor is not stated");
      continue;
    }
    if (!verdict.looked(read)) continue;
    const auto& shape = tensors[target->owner].native_shape;
    const std::int64_t cells = std::int64_t{shape[2]} * shape[3];
    if (walk.pitch == cells || walk.pitch == ceil_of(cells, 4) * 4) continue;
    verdict.find(
        context.where(task, reg::CNA_DMA_CON2), fmt::format("surfaces {} cells apart", walk.pitch),
        fmt::format("{}: tensor {} has {} x {} cells", cells, target->name, shape[3], shape[2]));
  }
}

Judgement copied_sizes(const TaskView& task, Reading& read) {
  const std::uint64_t kernels = read(reg::CNA_WEIGHT_SIZE2_WEIGHT_KERNELS);
  const std::uint64_t each = read(reg::CNA_WEIGHT_SIZE1_WEIGHT_BYTES_PER_KERNEL);
  const std::uint32_t bytes = read(reg::CNA_WEIGHT_SIZE0_WEIGHT_BYTES);
  if (bytes != each * kernels)
    return Fault{reg::CNA_WEIGHT_SIZE0, fmt::format("{} bytes of weights", bytes),
                 fmt::format("{} kernels of {} bytes", kernels, each)};
  // Of pixel input an older compiler wrote the width without padding.
  if (read(reg::CNA_CONV_CON1_ARGB_IN) == 0 &&
      read.whole(reg::CNA_FC_DATA_SIZE0) != read.whole(reg::CNA_DATA_SIZE0))
    return Fault{reg::CNA_FC_DATA_SIZE0, fmt::format("{:#x}", read.whole(reg::CNA_FC_DATA_SIZE0)),
                 fmt::format("{:#x}, as CNA_DATA_SIZE0", read.whole(reg::CNA_DATA_SIZE0))};
  if (!task.runs(Block::dpu)) return std::nullopt;
  const Size store{std::int64_t{read(reg::DPU_WDMA_SIZE_1_WIDTH_WDMA)} + 1,
                   std::int64_t{read(reg::DPU_WDMA_SIZE_1_HEIGHT_WDMA)} + 1};
  if (store != core_size(read))
    return Fault{reg::DPU_WDMA_SIZE_1, text_of(store),
                 fmt::format("{}, as CORE_DATAOUT_SIZE_0", text_of(core_size(read)))};
  if (read(reg::DPU_WDMA_SIZE_0_CHANNEL_WDMA) != read(reg::DPU_DATA_CUBE_CHANNEL_CHANNEL))
    return Fault{
        reg::DPU_WDMA_SIZE_0,
        fmt::format("{} channels", read(reg::DPU_WDMA_SIZE_0_CHANNEL_WDMA) + 1),
        fmt::format("{}, as DPU_DATA_CUBE_CHANNEL", read(reg::DPU_DATA_CUBE_CHANNEL_CHANNEL) + 1)};
  return std::nullopt;
}

// Real channels minus one, modulo 64. The cube has up to a cell more; pixels have no cells.
// Compiler 1.6.0 leaves the modulo out in int8 records.
Judgement real_channels(const TaskView&, Reading& read) {
  const std::uint32_t channels = read(reg::CNA_DATA_SIZE1_DATAIN_CHANNEL);
  const std::uint32_t real = read(reg::CNA_DATA_SIZE1_DATAIN_CHANNEL_REAL);
  const std::uint32_t pixels = read(reg::CNA_CONV_CON1_ARGB_IN);
  const std::uint32_t bytes = element_bytes(read(reg::CNA_CONV_CON1_IN_PRECISION));
  if (channels == 0 || bytes == 0) return std::nullopt;
  const std::uint32_t wanted = pixels >= 8 ? pixels - 8 : (channels - 1) % 64;
  const bool modulo = real < 64 || bytes == 1;
  const bool in_last_cell = pixels < 8 && (channels - 1 - real) % 64 < 16 / bytes;
  if (real == wanted || (modulo && in_last_cell)) return std::nullopt;
  return Fault{reg::CNA_DATA_SIZE1, fmt::format("DATAIN_CHANNEL_REAL {:#x}", real),
               fmt::format("{:#x} for {} channels", wanted, channels)};
}

Judgement several_kernels(const TaskView&, Reading& read) {
  if (read(reg::CNA_WEIGHT_SIZE2_WEIGHT_KERNELS) != 1 || read(reg::CNA_CONV_CON1_CONV_MODE) == 3)
    return std::nullopt;
  return Fault{reg::CNA_WEIGHT_SIZE2, "1 kernel", "2 or more, as clients that pass"};
}

Judgement whole_cells(const TaskView&, Reading& read) {
  const std::uint32_t channels = read(reg::CNA_DATA_SIZE1_DATAIN_CHANNEL);
  const std::uint32_t bytes = element_bytes(read(reg::CNA_CONV_CON1_IN_PRECISION));
  const std::uint32_t cell = bytes == 0 ? 1 : 16 / bytes;
  if (read(reg::CNA_CONV_CON1_ARGB_IN) != 0 || channels % cell == 0) return std::nullopt;
  return Fault{reg::CNA_DATA_SIZE1, fmt::format("{} channels", channels),
               fmt::format("a multiple of {}: a cell of memory", cell)};
}

Judgement tall_enough(const TaskView&, Reading& read) {
  const std::uint32_t height = read(reg::CNA_DATA_SIZE0_DATAIN_HEIGHT);
  if (height >= 4 || read(reg::CNA_DATA_SIZE0_DATAIN_WIDTH) != 1) return std::nullopt;
  return Fault{reg::CNA_DATA_SIZE0, fmt::format("a column of {} rows", height), "4 rows or more"};
}

Judgement line_stride(const TaskView&, Reading& read) {
  const Walk walk = walk_of(read);
  if (!walk.cube || read(reg::CNA_CONV_CON1_GROUP_LINE_OFF) != 0 || walk.line == walk.width ||
      walk.height <= 1)
    return std::nullopt;
  return Fault{reg::CNA_DMA_CON1, fmt::format("lines {} cells apart", walk.line),
               fmt::format("{}, the width", walk.width)};
}

Judgement surface_add(const TaskView&, Reading& read) {
  const std::uint32_t bytes = element_bytes(read(reg::DPU_DATA_FORMAT_OUT_PRECISION));
  const std::int64_t surfaces =
      ceil_of((std::int64_t{read(reg::DPU_DATA_CUBE_CHANNEL_CHANNEL)} + 1) * bytes, 16);
  const std::int64_t group = std::int64_t{read(reg::DPU_BS_OW_CFG_SIZE_E_0)} + 1;
  const std::int64_t add = read(reg::DPU_SURFACE_ADD_SURF_ADD);
  const std::int64_t wanted = group * read(reg::DPU_DST_SURF_STRIDE_DST_SURF_STRIDE);
  if (surfaces <= group || add == wanted) return std::nullopt;
  return Fault{reg::DPU_SURFACE_ADD, fmt::format("{} cells", add),
               fmt::format("{}: {} surfaces of a kernel group", wanted, group)};
}

// Rows and columns behind the input that the output size asks for.
Judgement padding_below(const TaskView&, Reading& read) {
  const Size out = core_size(read);
  const auto reach = [&](const reg::RegisterField& kernel, const reg::RegisterField& dilation) {
    return (std::int64_t{read(kernel)} - 1) * (std::int64_t{read(dilation)} + 1) + 1;
  };
  const std::int64_t rows =
      (out.height - 1) * read(reg::CNA_CONV_CON3_CONV_Y_STRIDE) +
      reach(reg::CNA_WEIGHT_SIZE2_WEIGHT_HEIGHT, reg::CNA_CONV_CON3_ATROUS_Y_DILATION);
  const std::int64_t columns =
      (out.width - 1) * read(reg::CNA_CONV_CON3_CONV_X_STRIDE) +
      reach(reg::CNA_WEIGHT_SIZE2_WEIGHT_WIDTH, reg::CNA_CONV_CON3_ATROUS_X_DILATION);
  const std::int64_t below =
      rows - read(reg::CNA_PAD_CON0_PAD_TOP) - read(reg::CNA_DATA_SIZE0_DATAIN_HEIGHT);
  const std::int64_t right =
      columns - read(reg::CNA_PAD_CON0_PAD_LEFT) - read(reg::CNA_DATA_SIZE0_DATAIN_WIDTH);
  if (below <= 0 && right <= 0) return std::nullopt;
  return Fault{reg::CORE_DATAOUT_SIZE_0,
               fmt::format("{} rows below and {} columns right of the input are read",
                           std::max<std::int64_t>(below, 0), std::max<std::int64_t>(right, 0)),
               "none, unless padding is meant"};
}

constexpr Rule rules[] = {
    {"HW-E6", "output-sizes", "", Severity::error, Scope::program,
     "CNA, CORE and DPU agree on the size of the output",
     "the DPU waits for pixels that never come, or drops them", "2,320 of 2,320 vendor records",
     "the same width and height in 1028, 102c, 3014, 4030, 4034",
     on_each_task<output_sizes_agree, Block::cna>},
    {"HW-E7", "surfaces-apart", "", Severity::error, Scope::program,
     "no two surfaces of an output lie at one place", "one of them is lost",
     "the address formula of 3,003 vendor records", "SURF_ADD = (SIZE_E + 1) * DST_SURF_STRIDE",
     on_each_task<surfaces_apart, Block::dpu>},
    {"HW-E8", "sizes-in-range", "", Severity::error, Scope::program,
     "sizes stay below the largest value of their fields",
     "a full 13-bit field corrupts the tail; more entries wrap",
     "measured by gregordinary/rockchip-npu-notes", "smaller tiles",
     on_each_task<sizes_in_range, Block::dpu>},
    {"HW-E11", "input-pitch", "SCHED-L10", Severity::error, Scope::program,
     "input surfaces are far enough apart for the rows of a task",
     "channels behind the first surface are read from wrong places; 12 shapes failed on a board",
     "12 board failures reproduced digit by digit; 2,082 vendor tasks",
     "SURF_STRIDE = W * (H - 4) with the height of the whole tensor, in 28 bits",
     on_each_task<input_pitch, Block::cna>},
    {"HW-E11-tensor", "input-pitch-tensor", "", Severity::error, Scope::model,
     "input surfaces are as far apart as those of the tensor",
     "channels behind the first surface are read from wrong places", "1,635 vendor tasks",
     "SURF_STRIDE = pitch of the tensor - 4 * W", input_pitch_of_tensor},
    {"SCHED-L7", "copied-sizes", "", Severity::warning, Scope::program,
     "sizes that stand in several registers agree",
     "no effect on results is known, but the vendor never differs: a value was copied from another "
     "record",
     "683 of 683 decoded records",
     "WEIGHT_SIZE0 = kernels * WEIGHT_SIZE1; FC_DATA_SIZE0 = DATA_SIZE0; WDMA = CORE",
     on_each_task<copied_sizes, Block::cna>},
    {"SCHED-L11", "real-channels", "", Severity::warning, Scope::program,
     "DATAIN_CHANNEL_REAL is (channels - 1) modulo 64",
     "no effect on results is known; hand notes have 0x04ff0500 for 0x003f0500",
     "687 of 687 decoded records; 35 int8 records leave the modulo out", "(C - 1) mod 64",
     on_each_task<real_channels, Block::cna>},
    {"HW-W5", "one-kernel", "", Severity::note, Scope::program,
     "a direct convolution has two kernels or more", "clients never use one; the vendor does",
     "71 vendor tasks", "pad to two kernels", on_each_task<several_kernels, Block::cna>},
    {"HW-W6", "whole-cells", "", Severity::warning, Scope::program,
     "channels of a cube fill whole cells (8 of 16 bits, 16 of 8 bits)",
     "the last cell's other lanes are read as channels", "all vendor records", "pad the channels",
     on_each_task<whole_cells, Block::cna>},
    {"HW-W9", "short-column", "", Severity::note, Scope::program, "a column has four rows or more",
     "one third party saw wrong matrix products below; others pass with less",
     "gregordinary/rockchip-npu-notes against board runs", "nothing, unless results are wrong",
     on_each_task<tall_enough, Block::cna>},
    {"HW-I-stride", "line-stride", "", Severity::note, Scope::program,
     "lines follow one another without gap", "none: a window of a wider tensor",
     "1,635 vendor tasks", "LINE_STRIDE = 4 * W", on_each_task<line_stride, Block::cna>},
    {"HW-I-add", "surface-add", "", Severity::note, Scope::program,
     "kernel groups of an output follow one another without gap",
     "none: row-major results have gaps", "857 of 857 vendor tasks",
     "SURF_ADD = (SIZE_E + 1) * DST_SURF_STRIDE", on_each_task<surface_add, Block::cna>},
    {"HW-I-padding", "padding-below", "", Severity::note, Scope::program,
     "the output needs no rows or columns behind the input",
     "none: padding below and right has no register", "vendor records",
     "nothing, if padding is meant", on_each_task<padding_below, Block::cna>},
};

}  // namespace

std::span<const Rule> geometry_rules() {
  return rules;
}

}  // namespace npuscope::preflight
