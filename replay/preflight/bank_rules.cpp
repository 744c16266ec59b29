// Rules over the convolution buffer: twelve banks of 32 KiB, shared by input rows and weights.
#include <fmt/format.h>

#include <algorithm>

#include "regdb/register_fields.h"
#include "replay/preflight/dma.h"
#include "replay/preflight/rules.h"
#include "replay/preflight/verdict.h"
#include "replay/schedule/input_room.h"

namespace npuscope::preflight {

namespace {

std::uint64_t ceil_of(std::uint64_t a, std::uint64_t b) {
  return (a + b - 1) / b;
}

// Interleaved channels of pixel input, 0 for a cube.
std::uint32_t pixel_channels(Reading& read) {
  const std::uint32_t code = read(reg::CNA_CONV_CON1_ARGB_IN);
  return code >= 8 && code <= 11 ? code - 7 : 0;
}

std::uint64_t rows_bytes(Reading& read) {
  InputWindow input;
  input.width = read(reg::CNA_DATA_SIZE0_DATAIN_WIDTH);
  input.height = read(reg::CNA_DATA_SIZE0_DATAIN_HEIGHT);
  input.channels = read(reg::CNA_DATA_SIZE1_DATAIN_CHANNEL);
  input.element_bytes = element_bytes(read(reg::CNA_CONV_CON1_IN_PRECISION));
  input.entries = read(reg::CNA_CBUF_CON1_DATA_ENTRIES);
  input.pixel_channels = pixel_channels(read);
  input.out_height = std::uint64_t{read(reg::CORE_DATAOUT_SIZE_0_DATAOUT_HEIGHT)} + 1;
  input.stride = read(reg::CNA_CONV_CON3_CONV_Y_STRIDE);
  input.kernel_height = read(reg::CNA_WEIGHT_SIZE2_WEIGHT_HEIGHT);
  input.dilation = std::uint64_t{read(reg::CNA_CONV_CON3_ATROUS_Y_DILATION)} + 1;
  input.pad_top = read(reg::CNA_PAD_CON0_PAD_TOP);
  return buffer_bytes(input);
}

Judgement rows_fit_banks(Reading& read) {
  const std::uint64_t needed = rows_bytes(read);
  const std::uint64_t room = std::uint64_t{read(reg::CNA_CBUF_CON0_DATA_BANK)} * bank_bytes;
  // Without banks for data at all, bank-sum has the word.
  if (needed <= room || room == 0) return std::nullopt;
  return Fault{reg::CNA_CBUF_CON0, fmt::format("{} bytes of input rows", needed),
               fmt::format("at most {}: {} banks", room, room / bank_bytes)};
}

Judgement rows_fit(const TaskView&, Reading& read) {
  return pixel_channels(read) == 0 ? rows_fit_banks(read) : std::nullopt;
}

Judgement pixel_rows_fit(const TaskView&, Reading& read) {
  return pixel_channels(read) != 0 ? rows_fit_banks(read) : std::nullopt;
}

Judgement bank_sum(const TaskView&, Reading& read) {
  const std::uint32_t data = read(reg::CNA_CBUF_CON0_DATA_BANK);
  const std::uint32_t weights = read(reg::CNA_CBUF_CON0_WEIGHT_BANK);
  if (data != 0 && weights != 0 && data + weights == cbuf_banks) return std::nullopt;
  return Fault{reg::CNA_CBUF_CON0, fmt::format("{} data + {} weight banks", data, weights),
               "12 in all, each at least 1"};
}

Judgement fc_banks(const TaskView&, Reading& read) {
  const std::uint32_t banks = read(reg::CNA_CBUF_CON0_FC_DATA_BANK);
  if (banks == 0) return std::nullopt;
  return Fault{reg::CNA_CBUF_CON0, fmt::format("FC_DATA_BANK {}", banks), "0"};
}

// One group of kernels must fit; groups follow one another.
Judgement kernel_group(const TaskView&, Reading& read) {
  const std::uint32_t precision = read(reg::CNA_CONV_CON1_PROC_PRECISION);
  const std::uint32_t bytes = element_bytes(precision);
  const std::uint64_t channels = read(reg::CNA_DATA_SIZE1_DATAIN_CHANNEL);
  const std::uint64_t group =
      std::min<std::uint64_t>(read(reg::CNA_WEIGHT_SIZE2_WEIGHT_KERNELS), precision == 0 ? 32 : 16);
  const std::uint64_t needed = group * channels * bytes *
                               read(reg::CNA_WEIGHT_SIZE2_WEIGHT_HEIGHT) *
                               read(reg::CNA_WEIGHT_SIZE2_WEIGHT_WIDTH);
  const std::uint64_t banks = read(reg::CNA_CBUF_CON0_WEIGHT_BANK);
  if (read(reg::CNA_CONV_CON1_CONV_MODE) == 3) return std::nullopt;  // no groups of kernels
  if (needed <= banks * bank_bytes || banks == 0) return std::nullopt;
  return Fault{reg::CNA_CBUF_CON0, fmt::format("{} bytes for a group of {} kernels", needed, group),
               fmt::format("at most {}: {} banks", banks * bank_bytes, banks)};
}

// Measured on int8 columns: tail rows are garbled when the last bank is nearly full.
Judgement slack_bank(const TaskView&, Reading& read) {
  if (read(reg::CNA_CONV_CON1_IN_PRECISION) != 0 || read(reg::CNA_DATA_SIZE0_DATAIN_WIDTH) != 1 ||
      pixel_channels(read) != 0)
    return std::nullopt;
  const std::uint64_t needed = rows_bytes(read);
  const std::uint64_t banks = read(reg::CNA_CBUF_CON0_DATA_BANK);
  const std::uint64_t last = needed % bank_bytes == 0 ? bank_bytes : needed % bank_bytes;
  if (ceil_of(needed, bank_bytes) < banks || last * 100 < std::uint64_t{bank_bytes} * 97)
    return std::nullopt;
  return Fault{reg::CNA_CBUF_CON0, fmt::format("{} bytes of {} banks", needed, banks),
               "one bank more"};
}

Judgement entries_formula(const TaskView&, Reading& read) {
  if (pixel_channels(read) != 0 || read(reg::CNA_CONV_CON1_GROUP_LINE_OFF) != 0)
    return std::nullopt;
  const std::uint64_t width = read(reg::CNA_DATA_SIZE0_DATAIN_WIDTH);
  std::uint64_t atoms = ceil_of(std::uint64_t{read(reg::CNA_DATA_SIZE1_DATAIN_CHANNEL)} *
                                    element_bytes(read(reg::CNA_CONV_CON1_IN_PRECISION)),
                                16);
  if (atoms % 4 == 3) ++atoms;
  const std::uint64_t wanted = ceil_of(width * atoms, 4);
  const std::uint32_t entries = read(reg::CNA_CBUF_CON1_DATA_ENTRIES);
  if (entries == wanted) return std::nullopt;
  return Fault{reg::CNA_CBUF_CON1, fmt::format("{} entries a line", entries),
               fmt::format("{}, as the vendor writes", wanted)};
}

Judgement grains_cover_kernel(const TaskView&, Reading& read) {
  const std::uint32_t grains = read(reg::CNA_CONV_CON2_FEATURE_GRAINS);
  const std::uint32_t kernel = read(reg::CNA_WEIGHT_SIZE2_WEIGHT_HEIGHT);
  if (grains >= kernel) return std::nullopt;
  return Fault{reg::CNA_CONV_CON2, fmt::format("{} rows fetched ahead", grains),
               fmt::format("at least {}, the kernel's rows", kernel)};
}

constexpr Rule rules[] = {
    {"HW-E1", "rows-fit", "SCHED-L6", Severity::error, Scope::program,
     "the input rows of a task that its output reads fit into its data banks",
     "rows overwrite one another in the convolution buffer: wrong output, no error",
     "45 board failures, all above the limit; 2,320 vendor tasks and 583 passing ones, none above",
     "fewer rows in a tile, or more data banks", on_each_task<rows_fit, Block::cna>},
    {"HW-E1-pixels", "pixel-rows-fit", "", Severity::error, Scope::program,
     "the rows of pixel input that the output reads fit into the data banks",
     "rows overwrite one another in the convolution buffer: wrong output, no error",
     "239 vendor tasks, none above, several exactly at the limit; two channels are inferred",
     "fewer rows in a tile, or more data banks", on_each_task<pixel_rows_fit, Block::cna>},
    {"HW-E2", "bank-sum", "SCHED-L1", Severity::error, Scope::program,
     "data and weights share the twelve banks: both at least 1, together 12",
     "wrong output; values copied by hand (0x87, 0xa7) failed on a board",
     "3,003 of 3,003 vendor records", "WEIGHT_BANK = 12 - DATA_BANK",
     on_each_task<bank_sum, Block::cna>},
    {"HW-E3", "fc-banks", "", Severity::error, Scope::program, "FC_DATA_BANK is 0",
     "1 to 7 corrupt most of the result", "measured by gregordinary/rockchip-npu-notes", "0",
     on_each_task<fc_banks, Block::cna>},
    {"HW-W4", "kernel-group-fits", "", Severity::warning, Scope::program,
     "one group of kernels fits into the weight banks",
     "groups are fetched one by one, a part of one is not",
     "Mesa rocket driver; gregordinary/"
     "rockchip-npu-notes",
     "more weight banks", on_each_task<kernel_group, Block::cna>},
    {"HW-W8", "slack-bank", "", Severity::warning, Scope::program,
     "an int8 column leaves room in its last data bank", "tail rows are garbled",
     "measured by gregordinary/rockchip-npu-notes", "one data bank more",
     on_each_task<slack_bank, Block::cna>},
    {"HW-I-entries", "entries-formula", "", Severity::note, Scope::program,
     "DATA_ENTRIES is the vendor's formula of width and channels",
     "none known: clients write other values and pass", "1,635 vendor tasks",
     "ceil(W * atoms / 4), 3 atoms of a group of 4 counted as 4",
     on_each_task<entries_formula, Block::cna>},
    {"HW-I-grains", "grains-cover-kernel", "", Severity::note, Scope::program,
     "as many rows are fetched ahead as the kernel has", "slower; no effect on results is known",
     "clients pass with 0 and 1", "the vendor's formula: `npuscope generate --explain`",
     on_each_task<grains_cover_kernel, Block::cna>},
};

}  // namespace

std::span<const Rule> bank_rules() {
  return rules;
}

}  // namespace npuscope::preflight
