#include "replay/sim/describe_task.h"

#include <fmt/format.h>

namespace npuscope::sim {

namespace {

std::string_view name_of_operation(EwOperation operation) {
  constexpr std::string_view names[] = {"",       "maximum",  "minimum",  "add",
                                        "divide", "subtract", "absolute", "negate",
                                        "floor",  "ceiling",  "multiply"};
  return names[static_cast<std::size_t>(operation)];
}

void append(std::string& text, std::string_view part) {
  if (part.empty()) return;
  if (!text.empty()) text += "; ";
  text += part;
}

std::string stage_text(const StageConfig& stage, std::string_view name) {
  std::string text;
  const auto list = [&text](std::string_view part) {
    text += text.empty() ? "" : ", ";
    text += part;
  };
  if (stage.adds) list(stage.subtracts ? "subtract" : "add");
  if (stage.adds && stage.add_from_memory) text += " per channel";
  if (stage.multiplies) list(stage.negative_only ? "multiply negatives" : "multiply");
  if (stage.multiplies && stage.multiply_from_memory) text += " per channel";
  if (stage.relu) list(stage.relu_limited ? "ReLU with limit" : "ReLU");
  return text.empty() ? text : fmt::format("{}: {}", name, text);
}

std::string stages_text(const DpuConfig& dpu) {
  std::string text;
  append(text, stage_text(dpu.bias_scale, "BS"));
  append(text, stage_text(dpu.batch_norm, "BN"));
  const EwConfig& ew = dpu.element_wise;
  if (ew.look_up) append(text, "table lookup");
  if (ew.operation != EwOperation::none)
    append(text, fmt::format("element-wise {}{}", name_of_operation(ew.operation),
                             ew.from_memory ? "" : " with a constant"));
  if (ew.relu) append(text, "ReLU");
  append(text, fmt::format("stored as {}", name_of(dpu.output)));
  if (dpu.store.transposes_channels) append(text, "channels transposed");
  if (dpu.store.transposes_columns) append(text, "columns to surfaces");
  return text;
}

}  // namespace

void describe(const ConvConfig& conv, const DpuConfig& dpu, TaskReport& report) {
  report.in_width = conv.width;
  report.in_height = conv.height;
  report.in_channels = conv.channels;
  std::string text =
      fmt::format("{}{} {}x{}, stride {}x{}, {}", conv.depthwise ? "depthwise " : "",
                  conv.deconvolution ? "deconvolution" : "convolution", conv.kernel_height,
                  conv.kernel_width, conv.stride_y, conv.stride_x, name_of(conv.precision));
  if (conv.step_x > 1 || conv.step_y > 1)
    text += fmt::format(", dilation {}x{}", conv.step_y, conv.step_x);
  if (conv.pad_top > 0 || conv.pad_left > 0)
    text += fmt::format(", padding {} above, {} left", conv.pad_top, conv.pad_left);
  if (conv.pixel_channels > 0) text += fmt::format(", pixels of {} channels", conv.pixel_channels);
  if (conv.window_sums && dpu.adds_window_sums) append(text, "zero points of weights");
  append(text, stages_text(dpu));
  report.operation = std::move(text);
}

void describe(const DpuConfig& dpu, const RdmaInput& input, TaskReport& report) {
  const CellCube& main = input.main;
  report.in_width = static_cast<std::uint32_t>(main.width);
  report.in_height = static_cast<std::uint32_t>(main.height);
  report.in_channels =
      static_cast<std::uint32_t>(main.surfaces * 16 / *bytes_of(input.main_precision));
  std::string text = fmt::format("from memory as {}", name_of(input.main_precision));
  if (input.unpooled_rows > 1) text += fmt::format(", unpooled {} rows", input.unpooled_rows);
  append(text, stages_text(dpu));
  report.operation = std::move(text);
}

void describe(const PoolConfig& pool, TaskReport& report) {
  constexpr std::string_view methods[] = {"average", "maximum", "minimum"};
  report.in_width = pool.width;
  report.in_height = pool.height;
  report.in_channels = pool.channels;
  report.out_width = pool.out_width;
  report.out_height = pool.out_height;
  report.out_channels = pool.out_channels;
  report.operation = fmt::format(
      "{} pooling {}x{}, stride {}x{}, {}", methods[static_cast<std::size_t>(pool.method)],
      pool.kernel_height, pool.kernel_width, pool.stride_y, pool.stride_x, name_of(pool.precision));
  if (pool.pad_top > 0 || pool.pad_left > 0)
    report.operation += fmt::format(", padding {} above, {} left", pool.pad_top, pool.pad_left);
}

}  // namespace npuscope::sim
