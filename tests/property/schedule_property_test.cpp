// Random convolutions: whatever the shape, the programs for 1, 2 and 3 cores make every output
// element exactly once, share twelve banks, hold what they keep in the buffer, and stay inside
// their tensors.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "decoder/open.h"
#include "decoder/program/register_state.h"
#include "regdb/register_fields.h"
#include "replay/generate/generated.h"
#include "replay/schedule/groups.h"

namespace npuscope {
namespace {

std::uint32_t any(int low, int high) {
  return static_cast<std::uint32_t>(*rc::gen::inRange(low, high + 1));
}

// Any shape that passes check(): ordinary ones often, odd ones too.
ConvShape any_shape() {
  ConvShape shape;
  const int kind = *rc::gen::inRange(0, 4);
  shape.element = *rc::gen::element(Element::f16, Element::i8);
  shape.batch = *rc::gen::weightedElement<std::uint32_t>({{6, 1}, {1, 2}, {1, 3}});
  if (kind == 0) {  // depthwise
    shape.in_channels = shape.out_channels = shape.groups = any(2, 700);
  } else if (kind == 1) {  // grouped
    shape.groups = any(2, 9);
    shape.in_channels = shape.groups * any(1, 24);
    shape.out_channels = shape.groups * any(1, 40);
  } else {
    shape.in_channels = *rc::gen::element(any(1, 4), any(5, 64), any(65, 1100));
    shape.out_channels = *rc::gen::element(any(1, 64), any(65, 1100));
  }
  shape.in_height = *rc::gen::element(any(1, 16), any(17, 240));
  shape.in_width = *rc::gen::element(shape.in_height, any(1, 240));
  shape.kernel_height = std::min(any(1, 7), shape.in_height);
  shape.kernel_width = std::min(any(1, 7), shape.in_width);
  shape.stride_y = any(1, 3);
  shape.stride_x = *rc::gen::element(shape.stride_y, any(1, 3));
  shape.pad_top = any(0, static_cast<int>(shape.kernel_height) - 1);
  shape.pad_bottom = any(0, static_cast<int>(shape.kernel_height) - 1);
  shape.pad_left = any(0, static_cast<int>(shape.kernel_width) - 1);
  shape.pad_right = any(0, static_cast<int>(shape.kernel_width) - 1);
  shape.fusion.bias = *rc::gen::arbitrary<bool>();
  shape.fusion.relu = *rc::gen::arbitrary<bool>();
  shape.fusion.residual = *rc::gen::weightedElement<bool>({{4, false}, {1, true}});
  return shape;
}

// The registers of one record and what they say, without asking the planner.
class RecordView {
 public:
  RecordView(const RegisterState& state, const GeneratedProgram& program)
      : state_(state), program_(program) {}

  [[nodiscard]] std::uint32_t value(std::uint16_t offset) const {
    const Cell* cell = state_.find(offset);
    RC_ASSERT(static_cast<bool>(cell != nullptr));
    return cell->value;
  }
  [[nodiscard]] std::uint32_t field(const reg::RegisterField& f) const {
    return f.in(value(f.offset));
  }

  void check_banks() const {
    using namespace reg;
    const std::uint32_t data = field(CNA_CBUF_CON0_DATA_BANK);
    RC_ASSERT(data >= 1U);
    RC_ASSERT(data + field(CNA_CBUF_CON0_WEIGHT_BANK) == 12U);
    // All rows of the task stay in the buffer, pixels in blocks of eight and 1, 2 or 4 lanes of
    // four elements.
    if (program_.plan.site.pixel_input) {
      const ConvShape& shape = program_.plan.shape;
      const std::uint64_t lanes = shape.in_channels <= 2 ? 4ULL * shape.in_channels : 16;
      RC_ASSERT(align_up(shape.in_width, 8) * field(CNA_DATA_SIZE0_DATAIN_HEIGHT) * lanes *
                    element_bytes(shape.element) <=
                32768ULL * data);
      return;
    }
    RC_ASSERT(std::uint64_t{field(CNA_DATA_SIZE0_DATAIN_HEIGHT)} *
                  field(CNA_CBUF_CON1_DATA_ENTRIES) <=
              512ULL * data);
  }

  void check_windows() const {
    using namespace reg;
    const ConvShape& shape = program_.plan.shape;
    const BufferLayout& layout = program_.layout;
    const std::uint64_t height = field(CNA_DATA_SIZE0_DATAIN_HEIGHT),
                        width = field(CNA_DATA_SIZE0_DATAIN_WIDTH);
    if (program_.plan.site.pixel_input) {
      const std::uint64_t row = input_layout(shape, program_.plan.site).row_bytes;
      inside(value(CNA_FEATURE_DATA_ADDR), height * row, layout.input);
    } else {
      const std::int64_t line = field(CNA_DMA_CON1_LINE_STRIDE);
      std::int64_t step = field(CNA_DMA_CON2_SURF_STRIDE);
      if (step >= 1LL << 27U) step -= 1LL << 28U;
      const auto surfaces = static_cast<std::int64_t>(
          ceil_div(field(CNA_FC_DATA_SIZE1_DMA_CHANNEL), cell_channels(shape.element)));
      const auto cells = (surfaces - 1) * (line + step) + static_cast<std::int64_t>(height * width);
      inside(value(CNA_FEATURE_DATA_ADDR), static_cast<std::uint64_t>(cells) * cell_bytes,
             layout.input);
    }
    PlacedBuffer weights = layout.weight;
    weights.bytes = layout.bias_offset;
    inside(value(CNA_DCOMP_ADDR0), value(CNA_WEIGHT_SIZE0), weights);
    const std::uint64_t surface =
        std::uint64_t{field(DPU_DST_SURF_STRIDE_DST_SURF_STRIDE)} * cell_bytes;
    const std::uint64_t surfaces =
        ceil_div(field(DPU_DATA_CUBE_CHANNEL_CHANNEL) + 1, cell_channels(shape.element));
    const std::uint64_t pixels = std::uint64_t{field(DPU_DATA_CUBE_HEIGHT_HEIGHT) + 1} *
                                 (field(DPU_DATA_CUBE_WIDTH_WIDTH) + 1);
    inside(value(DPU_DST_BASE_ADDR), (surfaces - 1) * surface + pixels * cell_bytes, layout.output);
    if (shape.fusion.bias) {
      const std::uint64_t each = field(DPU_RDMA_RDMA_BRDMA_CFG_BRDMA_DATA_USE) == 7 ? 8 : 4;
      PlacedBuffer bias{layout.barrier_offset - layout.bias_offset,
                        layout.weight.address + layout.bias_offset};
      inside(value(DPU_RDMA_RDMA_BS_BASE_ADDR),
             each * (field(DPU_DATA_CUBE_CHANNEL_ORIG_CHANNEL) + 1), bias);
    }
  }

  // Marks the output elements of this record.
  void cover(std::vector<std::uint8_t>& made) const {
    using namespace reg;
    const ConvShape& shape = program_.plan.shape;
    const TensorLayout output = output_layout(shape, program_.plan.site);
    const std::uint64_t offset = value(DPU_DST_BASE_ADDR) - program_.layout.output.address;
    const std::uint64_t image = offset / output.image_bytes, in_image = offset % output.image_bytes;
    const std::uint64_t first_channel =
        in_image / output.surface_bytes * cell_channels(shape.element);
    const std::uint64_t first_row = in_image % output.surface_bytes / output.row_bytes;
    const std::uint32_t rows = field(DPU_DATA_CUBE_HEIGHT_HEIGHT) + 1;
    const std::uint32_t channels = field(DPU_DATA_CUBE_CHANNEL_ORIG_CHANNEL) + 1;
    RC_ASSERT(field(DPU_DATA_CUBE_WIDTH_WIDTH) + 1 == shape.out_width());
    RC_ASSERT(first_row + rows <= shape.out_height());
    RC_ASSERT(first_channel + channels <= shape.out_channels);
    for (std::uint64_t c = first_channel; c < first_channel + channels; ++c)
      for (std::uint64_t y = first_row; y < first_row + rows; ++y)
        ++made[(image * shape.out_channels + c) * shape.out_height() + y];
  }

 private:
  static void inside(std::uint32_t address, std::uint64_t bytes, const PlacedBuffer& buffer) {
    RC_ASSERT(std::uint64_t{address} >= buffer.address);
    RC_ASSERT(std::uint64_t{address} + bytes <= buffer.address + buffer.bytes);
  }

  const RegisterState& state_;
  const GeneratedProgram& program_;
};

void check_program(const GeneratedProgram& made, const Opened& opened, unsigned cores) {
  const ProgramSet& set = opened.sets.front();
  const ConvShape& shape = made.plan.shape;
  const Program* program = set.program_for(cores);
  RC_ASSERT(static_cast<bool>(program != nullptr));
  std::vector<std::uint8_t> covered(std::size_t{shape.batch} * shape.out_channels *
                                    shape.out_height());
  for (const Lane& lane : program->lanes) {
    RegisterState state;
    for (std::size_t t = lane.first; t < lane.first + lane.count; ++t) {
      state.apply(t, *set.record_of(t));
      const std::uint32_t enable = set.tasks[t].task.enable_mask;
      if ((enable & 1U) != 0) {
        const RecordView record(state, made);
        record.check_banks();
        record.check_windows();
        record.cover(covered);
      }
      state.launch(enable);
    }
  }
  RC_ASSERT(
      std::all_of(covered.begin(), covered.end(), [](std::uint8_t times) { return times == 1; }));
}

RC_GTEST_PROP(Schedule, EveryProgramMakesEveryOutputOnce, ()) {
  const ConvShape shape = any_shape();
  RC_PRE(check(shape).has_value());
  const auto made = generate_program(shape, {});
  RC_CLASSIFY(!made, "refused by name");
  if (!made) {
    RC_ASSERT(made.error().text().find(key_of(shape)) != std::string::npos ||
              made.error().text().find("_k") != std::string::npos);
    return;
  }
  RC_CLASSIFY(made->plan.basis == Basis::vendor, "vendor");
  RC_CLASSIFY(made->plan.basis == Basis::inferred, "inferred");
  RC_CLASSIFY(made->plan.basis == Basis::general, "general");
  const Opened opened = open_capture(capture_of(*made), RegisterDb::builtin());
  RC_ASSERT(opened.sets.size() == 1U);
  for (unsigned cores = 1; cores <= 3; ++cores) check_program(*made, opened, cores);
}

}  // namespace
}  // namespace npuscope
