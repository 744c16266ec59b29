// Rules over pooling tasks.
#include <fmt/format.h>

#include "regdb/register_fields.h"
#include "replay/preflight/rules.h"
#include "replay/preflight/verdict.h"

namespace npuscope::preflight {

namespace {

constexpr std::uint32_t largest_pooling = 15, largest_padding = 7;  // as the fields hold them

Judgement pooling_range(const TaskView&, Reading& read) {
  const bool wide = read(reg::PPU_POOLING_KERNEL_CFG_KERNEL_WIDTH) == largest_pooling &&
                    read(reg::PPU_POOLING_PADDING_CFG_PAD_LEFT) == largest_padding;
  const bool tall = read(reg::PPU_POOLING_KERNEL_CFG_KERNEL_HEIGHT) == largest_pooling &&
                    read(reg::PPU_POOLING_PADDING_CFG_PAD_TOP) == largest_padding;
  if (!wide && !tall) return std::nullopt;
  return Fault{reg::PPU_POOLING_KERNEL_CFG, "a window of 16 with a padding of 7",
               "a smaller window or padding"};
}

Judgement pooling_notch(const TaskView&, Reading& read) {
  const std::uint32_t notch = read(reg::PPU_OPERATION_MODE_CFG_NOTCH_ADDR);
  if (notch == 0) return std::nullopt;
  return Fault{reg::PPU_OPERATION_MODE_CFG, fmt::format("NOTCH_ADDR {}", notch), "0"};
}

// Maps below 4 x 4 that the PPU wrote and its reader reads again.
void small_maps(const Context& context, Verdict& verdict) {
  constexpr std::uint32_t least = 4;
  for (const TaskView& task : context.tasks()) {
    if (!task.runs(Block::ppu_rdma)) continue;
    const auto source = context.memory().target_of(task, reg::PPU_RDMA_RDMA_SRC_BASE_ADDR);
    if (!source) {
      verdict.skip("the source of the pooling is not known");
      continue;
    }
    verdict.looked();
    for (const TaskView& writer : context.before(task)) {
      if (!writer.runs(Block::ppu)) continue;
      const auto written = context.memory().target_of(writer, reg::PPU_DST_BASE_ADDR);
      Reading read(writer);
      const std::uint32_t width = read(reg::PPU_DATA_CUBE_OUT_WIDTH_CUBE_OUT_WIDTH) + 1;
      const std::uint32_t height = read(reg::PPU_DATA_CUBE_OUT_HEIGHT_CUBE_OUT_HEIGHT) + 1;
      const bool same = written && written->owner == source->owner &&
                        written->offset == source->offset && read.complete();
      if (!same || width >= least || height >= least) continue;
      verdict.find(
          context.where(task, reg::PPU_RDMA_RDMA_SRC_BASE_ADDR),
          fmt::format("reads a map of {} x {} that task {} pooled", width, height, writer.task),
          "a map of 4 x 4 or more");
    }
  }
}

constexpr Rule rules[] = {
    {"HW-W11", "pooling-range", "", Severity::warning, Scope::program,
     "a pooling window of 16 is not combined with a padding of 7", "wrong borders",
     "gregordinary/rockchip-npu-notes", "pool in two steps",
     on_each_task<pooling_range, Block::ppu>},
    {"HW-W11-notch", "pooling-notch", "", Severity::note, Scope::program,
     "the PPU writes rows without a gap",
     "one third party saw wrong results with one; a vendor model has them",
     "gregordinary/rockchip-npu-notes", "0", on_each_task<pooling_notch, Block::ppu>},
    {"HW-W11-small", "small-pooled-map", "", Severity::warning, Scope::program,
     "a pooled map below 4 x 4 is not pooled again", "one third party saw wrong results",
     "gregordinary/rockchip-npu-notes", "pool in one step", small_maps},
};

}  // namespace

std::span<const Rule> pooling_rules() {
  return rules;
}

}  // namespace npuscope::preflight
