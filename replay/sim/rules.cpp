#include "replay/sim/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "regdb/register_db.h"
#include "regdb/register_fields.h"
#include "replay/schedule/input_room.h"
#include "replay/sim/weight_fetch.h"

namespace npuscope::sim {

namespace {

using namespace reg;

void violation(EventLog& events, std::string rule, std::string text) {
  events.add(EventKind::violation, std::move(rule), std::move(text));
}

// Room in the buffer: replay/schedule/input_room.h.
void check_room(const RegisterView& cna, const ConvConfig& config, EventLog& events) {
  InputWindow input;
  input.width = config.width;
  input.height = config.height;
  input.channels = config.channels;
  input.element_bytes = config.element_bytes();
  input.entries = cna[CNA_CBUF_CON1_DATA_ENTRIES];
  input.pixel_channels = config.pixel_channels;
  input.out_height = config.out_height;
  input.stride = config.stride_y;
  input.kernel_height = config.kernel_height;
  input.dilation = config.step_y;
  input.pad_top = config.pad_top;
  const std::uint64_t data_banks = cna[CNA_CBUF_CON0_DATA_BANK];
  const std::uint64_t room = bank_bytes * data_banks;
  if (buffer_bytes(input) > room)
    violation(events, "E1",
              fmt::format("CNA_CBUF_CON0.DATA_BANK {}: {} lines of {} bytes take {} of the "
                          "buffer, the banks have {}",
                          data_banks, lines_in_buffer(input), line_bytes(input),
                          buffer_bytes(input), room));
}

void check_banks(const RegisterView& cna, EventLog& events) {
  const std::uint32_t data = cna[CNA_CBUF_CON0_DATA_BANK];
  const std::uint32_t weights = cna[CNA_CBUF_CON0_WEIGHT_BANK];
  if (data == 0 || weights == 0 || data + weights != cbuf_banks)
    violation(events, "E2",
              fmt::format("CNA_CBUF_CON0: {} data banks and {} weight banks, expected at least one "
                          "of each and {} together",
                          data, weights, cbuf_banks));
  if (cna[CNA_CBUF_CON0_FC_DATA_BANK] != 0)
    violation(
        events, "E3",
        fmt::format("CNA_CBUF_CON0.FC_DATA_BANK {}, expected 0", cna[CNA_CBUF_CON0_FC_DATA_BANK]));
}

void check_weights(const RegisterView& cna, const ConvConfig& config, EventLog& events) {
  const std::uint64_t group = config.precision == Precision::i8 ? 32 : 16;
  const std::uint64_t kernels =
      config.depthwise ? 1 : std::min<std::uint64_t>(group, config.kernels);
  const std::uint64_t bytes =
      weight_bytes(config) / (config.depthwise ? 1 : config.kernels) * kernels;
  const std::uint64_t room = std::uint64_t{bank_bytes} * cna[CNA_CBUF_CON0_WEIGHT_BANK];
  if (!config.depthwise && bytes > room)
    events.add(EventKind::warning, "W4",
               fmt::format("CNA_CBUF_CON0.WEIGHT_BANK {}: a group of {} kernels has {} bytes, the "
                           "banks {}",
                           cna[CNA_CBUF_CON0_WEIGHT_BANK], kernels, bytes, room));
  if (!config.depthwise && config.kernels == 1)
    events.add(EventKind::warning, "W5",
               "CNA_WEIGHT_SIZE2.WEIGHT_KERNELS 1 outside a depthwise convolution");
  if (config.pixel_channels == 0 && config.channels % config.cell_lanes() != 0)
    events.add(EventKind::warning, "W6",
               fmt::format("CNA_DATA_SIZE1.DATAIN_CHANNEL {}: not whole cells of {} channels",
                           config.channels, config.cell_lanes()));
}

}  // namespace

void check_convolution(const RegisterView& cna, const ConvConfig& config, EventLog& events) {
  check_room(cna, config, events);
  check_banks(cna, events);
  check_weights(cna, config, events);
  const std::uint32_t width = cna[CNA_DATA_SIZE2_DATAOUT_WIDTH];
  const std::uint64_t pixels = cna[CNA_DATA_SIZE3_DATAOUT_ATOMICS];
  if (width != config.out_width || pixels != config.out_pixels())
    violation(events, "E6",
              fmt::format("CNA_DATA_SIZE2, _SIZE3: {} columns, {} pixels; CORE_DATAOUT_SIZE_0 says "
                          "{}x{}",
                          width, pixels, config.out_width, config.out_height));
  if (config.pixel_channels == 0 && cna[CNA_CBUF_CON1_DATA_ENTRIES] > 8191)
    violation(events, "E8",
              fmt::format("CNA_CBUF_CON1.DATA_ENTRIES {}, expected at most 8191",
                          cna[CNA_CBUF_CON1_DATA_ENTRIES]));
}

void check_output(const DpuConfig& config, const ConvConfig* convolution, std::size_t surfaces,
                  EventLog& events) {
  if (convolution != nullptr &&
      (config.width != convolution->out_width || config.height != convolution->out_height))
    violation(events, "E6",
              fmt::format("DPU_DATA_CUBE: {}x{}; CORE_DATAOUT_SIZE_0 says {}x{}", config.width,
                          config.height, convolution->out_width, convolution->out_height));
  if (config.width == 8192 || config.height == 8192 || config.channels == 8192)
    violation(events, "E8",
              fmt::format("DPU_DATA_CUBE: {}x{}x{}: a size of 8192 loses its tail", config.width,
                          config.height, config.channels));
  const StoreConfig& store = config.store;
  if (store.transposes_channels || store.transposes_columns || surfaces < 2) return;
  std::vector<std::uint64_t> places(surfaces);
  for (std::size_t s = 0; s < surfaces; ++s)
    places[s] = s / store.group_surfaces * std::uint64_t{store.surface_add} +
                s % store.group_surfaces * std::uint64_t{store.surface_stride};
  std::ranges::sort(places);
  if (const auto twice = std::ranges::adjacent_find(places); twice != places.end())
    violation(events, "E7",
              fmt::format("DPU_DST_SURF_STRIDE {}, DPU_SURFACE_ADD {}, {} surfaces in groups of "
                          "{}: two begin {} cells behind the base",
                          store.surface_stride, store.surface_add, surfaces, store.group_surfaces,
                          *twice));
}

void check_readers(const RegisterView& dpu, const RegisterView* rdma, bool convolution,
                   EventLog& events) {
  const bool flying = dpu[DPU_FEATURE_MODE_CFG_FLYING_MODE] != 0;
  if (rdma == nullptr) {
    if (flying)
      violation(events, "E10",
                "DPU_FEATURE_MODE_CFG.FLYING_MODE 1 in a task that does not start DPU_RDMA");
    return;
  }
  const RegisterView& reader = *rdma;
  const bool reader_flies = reader[DPU_RDMA_RDMA_FEATURE_MODE_CFG_FLYING_MODE] != 0;
  const bool disabled = reader[DPU_RDMA_RDMA_FEATURE_MODE_CFG_MRDMA_DISABLE] != 0;
  if (flying != reader_flies)
    violation(events, "E10",
              fmt::format("DPU_FEATURE_MODE_CFG.FLYING_MODE {}, DPU_RDMA_FEATURE_MODE_CFG "
                          ".FLYING_MODE {}, expected equal ones",
                          flying ? 1 : 0, reader_flies ? 1 : 0));
  if (flying && disabled)
    violation(events, "E10", "DPU_RDMA_FEATURE_MODE_CFG.MRDMA_DISABLE 1 in a flying task");
  if (!convolution) return;
  if (!disabled && reader[DPU_RDMA_RDMA_FEATURE_MODE_CFG_COMB_USE] == 0)
    violation(events, "E9",
              "DPU_RDMA_FEATURE_MODE_CFG.MRDMA_DISABLE 0 and COMB_USE 0 in a convolution: the "
              "reader waits for ever");
  if (reader[DPU_RDMA_RDMA_ERDMA_CFG_ERDMA_DISABLE] == 0 &&
      (dpu[DPU_EW_CFG_EW_BYPASS] != 0 || dpu[DPU_EW_CFG_EW_OP_BYPASS] != 0))
    violation(events, "E9",
              "DPU_RDMA_ERDMA_CFG.ERDMA_DISABLE 0 without an operation in DPU_EW_CFG");
}

void check_traffic(const TaskReport& report, EventLog& events) {
  for (std::size_t i = 0; i < dma_path_count; ++i) {
    const DmaTraffic& traffic = report.traffic[i];
    const std::string_view path = name_of(static_cast<DmaPath>(i));
    if (traffic.faulty > 0)
      violation(events, "E4",
                fmt::format("{}: {} bytes outside all buffers, the first at {:#x}", path,
                            traffic.faulty, traffic.first_fault));
    if (traffic.unwritten > 0)
      events.add(EventKind::warning, "",
                 fmt::format("{}: {} bytes that nothing wrote, the first near {:#x}", path,
                             traffic.unwritten, traffic.first_unwritten));
  }
}

void check_unknown(const RegisterView& view, EventLog& events) {
  for (const std::uint16_t offset : view.unknown()) {
    const Register* known = RegisterDb::builtin().at(offset);
    events.add(EventKind::warning, "W1",
               fmt::format("{} was never written in the group that runs; read as 0",
                           known != nullptr ? known->full_name : fmt::format("{:#06x}", offset)));
  }
}

}  // namespace npuscope::sim
