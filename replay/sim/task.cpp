#include "replay/sim/task.h"

#include <fmt/format.h>

#include "replay/sim/describe_task.h"
#include "replay/sim/dpu_pipeline.h"
#include "replay/sim/ppu.h"
#include "replay/sim/rules.h"
#include "replay/sim/wdma.h"

namespace npuscope::sim {

namespace {

constexpr std::uint64_t most_products = std::uint64_t{1} << 37U;

class Task {
 public:
  Task(const TaskBlocks& blocks, const LutTables& tables, const CoreContext& context, Dma& dma,
       TaskReport& report)
      : blocks_(blocks), tables_(tables), context_(context), dma_(dma), report_(report) {}

  Modelled<bool> run() {  // true: a barrier
    if (blocks_.has(Block::cna)) return convolve();
    if (blocks_.has(Block::dpu)) return fly();
    if (blocks_.has(Block::ppu)) return pool();
    return refuse(fmt::format("OPERATION_ENABLE {:#x}: no block that works", report_.enable_mask));
  }

 private:
  [[nodiscard]] EventLog& events() { return context_.events; }

  Modelled<DpuConfig> configure_dpu(bool convolution) {
    const RegisterView* rdma =
        blocks_.has(Block::dpu_rdma) ? &blocks_.of(Block::dpu_rdma) : nullptr;
    check_readers(blocks_.of(Block::dpu), rdma, convolution, events());
    auto config = dpu_config(blocks_.of(Block::dpu));
    if (config && config->element_wise.look_up && config->lut.configuration != 0x68)
      events().add(EventKind::note, "",
                   fmt::format("DPU_LUT_CFG {:#x}: priorities are not modelled, only 0x68 was seen",
                               config->lut.configuration));
    return config;
  }

  Modelled<RdmaInput> read_operands() {
    if (!blocks_.has(Block::dpu_rdma)) return RdmaInput{};
    return read_rdma(blocks_.of(Block::dpu_rdma), dma_);
  }

  Modelled<bool> store(const CellCube& cube, const DpuConfig& config) {
    report_.out_width = static_cast<std::uint32_t>(cube.width);
    report_.out_height = static_cast<std::uint32_t>(cube.height);
    report_.out_channels = config.channels;
    if (auto stored = store_cube(cube, config.store, config.output, dma_); !stored)
      return tl::unexpected(stored.error());
    return false;
  }

  Modelled<bool> convolve() {
    if (!blocks_.has(Block::core) || !blocks_.has(Block::dpu))
      return refuse(
          fmt::format("OPERATION_ENABLE {:#x}: CNA without CORE and DPU", report_.enable_mask));
    auto conv = conv_config(blocks_.of(Block::cna), blocks_.of(Block::core));
    if (!conv) return tl::unexpected(conv.error());
    conv->short_remainders = context_.knobs.short_remainders;
    if (context_.knobs.pads_every_lane) conv->padded = conv->channels;
    const auto config = configure_dpu(true);
    if (!config) return tl::unexpected(config.error());
    check_convolution(blocks_.of(Block::cna), *conv, events());
    check_output(*config, &*conv,
                 (std::size_t{config->channels} * *bytes_of(config->output) + 15) / 16, events());
    describe(*conv, *config, report_);
    if (conv->deconvolution && !context_.knobs.assumes_deconvolution)
      return refuse("CNA_CONV_CON1.DECONV: no reference shows how the kernels are stored");
    if (conv->deconvolution)
      events().add(EventKind::note, "",
                   "CNA_CONV_CON1.DECONV: kernels are assumed to be as stored");
    const auto rdma = read_operands();
    if (!rdma) return tl::unexpected(rdma.error());
    const DpuTask task{*config, blocks_.has(Block::dpu_rdma) ? &*rdma : nullptr, tables_,
                       context_.knobs};
    if (auto fine = check_task(task, conv->precision, true); !fine)
      return tl::unexpected(fine.error());
    return conv->integer() ? accumulate<std::int64_t>(*conv, task) : accumulate<float>(*conv, task);
  }

  template <typename V>
  Modelled<bool> accumulate(const ConvConfig& conv, const DpuTask& dpu) {
    if (std::uint64_t{dpu.config.width} * dpu.config.height >
        ConvolutionSums<V>::most_elements / dpu.config.channels)
      return refuse("DPU_DATA_CUBE: a cube of more elements than the address space has bytes");
    auto sums = ConvolutionSums<V>::prepare(conv, dma_, context_.products);
    if (!sums) return tl::unexpected(sums.error());
    report_.macs = sums->macs();
    if (report_.macs > most_products)
      return refuse(fmt::format("a convolution of {} products", report_.macs));
    DpuConfig config = dpu.config;
    config.adds_window_sums = config.adds_window_sums && conv.window_sums;
    const DpuTask task{config, dpu.rdma, dpu.tables, dpu.knobs};
    return store(run_dpu(task, *sums), config);
  }

  Modelled<bool> fly() {
    auto config = configure_dpu(false);
    if (!config) return tl::unexpected(config.error());
    if (!blocks_.has(Block::dpu_rdma)) return refuse("a task of the DPU alone: there is no input");
    const auto rdma = read_operands();
    if (!rdma) return tl::unexpected(rdma.error());
    if (rdma->main.surfaces == 0)
      return refuse("DPU_RDMA_FEATURE_MODE_CFG.FLYING_MODE 0 in a task without CNA");
    // Copies of the vendor read any elements as 16-bit codes and name the type of the tensor as
    // that of the output: whole cells are moved.
    if (config->integer && rdma->main_precision == Precision::i16 && !config->computes())
      config->output = Precision::i16;
    describe(*config, *rdma, report_);
    const DpuTask task{*config, &*rdma, tables_, context_.knobs};
    if (auto fine = check_task(task, rdma->main_precision, false); !fine)
      return tl::unexpected(fine.error());
    const CellCube cube = config->integer ? run_dpu<std::int64_t>(task) : run_dpu<float>(task);
    check_output(*config, nullptr, cube.surfaces, events());
    return store(cube, *config);
  }

  Modelled<bool> pool() {
    if (!blocks_.has(Block::ppu_rdma)) return refuse("PPU without PPU_RDMA: there is no input");
    const auto config = pool_config(blocks_.of(Block::ppu), blocks_.of(Block::ppu_rdma));
    if (!config) return tl::unexpected(config.error());
    describe(*config, report_);
    if (auto done = run_pooling(*config, dma_, context_.knobs); !done)
      return tl::unexpected(done.error());
    return config->barrier();
  }

  const TaskBlocks& blocks_;
  const LutTables& tables_;
  const CoreContext& context_;
  Dma& dma_;
  TaskReport& report_;
};

}  // namespace

Launch run_task(const TaskBlocks& blocks, const LutTables& tables, const CoreContext& context,
                Dma& dma, TaskReport& report) {
  const auto done = Task(blocks, tables, context, dma, report).run();
  for (std::size_t i = 0; i < block_count; ++i)
    if (blocks.enabled[i]) check_unknown(blocks.views[i], context.events);
  check_traffic(report, context.events);
  if (!done) {
    context.events.add(EventKind::unsupported, "", done.error().text);
    return {};
  }
  return {true, *done};
}

}  // namespace npuscope::sim
