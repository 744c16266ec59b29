#include "replay/generate/tensor_layout.h"

#include "replay/schedule/banks.h"
#include "replay/schedule/groups.h"

namespace npuscope {

TensorLayout input_layout(const ConvShape& shape, const ConvSite& site) {
  TensorLayout layout;
  const std::uint64_t pixels = std::uint64_t{shape.in_height} * shape.in_width;
  if (site.pixel_input) {
    // Rows start at whole blocks of 8 (f16) or 16 (i8; all seen are whole) pixels.
    layout.row_bytes = align_up(shape.in_width, cell_channels(shape.element)) * shape.in_channels *
                       element_bytes(shape.element);
    layout.surface_bytes = layout.row_bytes * shape.in_height;
    layout.image_bytes = align_up(layout.surface_bytes, entry_bytes);
    layout.bytes = shape.batch == 1 ? layout.surface_bytes : layout.image_bytes * shape.batch;
    return layout;
  }
  const std::uint64_t padded = surface_cells(shape.in_height, shape.in_width);
  layout.row_bytes = std::uint64_t{shape.in_width} * cell_bytes;
  layout.surface_bytes = (site.graph_input ? pixels : padded) * cell_bytes;
  layout.image_bytes =
      padded * cell_bytes * ceil_div(shape.in_channels, cell_channels(shape.element));
  layout.bytes = layout.image_bytes * shape.batch;
  return layout;
}

TensorLayout output_layout(const ConvShape& shape, const ConvSite& site) {
  const std::uint32_t unit =
      shape.depthwise() ? depthwise_unit(shape.element) : kernel_unit(shape.element);
  const std::uint32_t cell = site.writes_f32 ? cell_bytes / 4 : cell_channels(shape.element);
  TensorLayout layout;
  layout.row_bytes = std::uint64_t{shape.out_width()} * cell_bytes;
  layout.surface_bytes =
      std::uint64_t{surface_cells(shape.out_height(), shape.out_width())} * cell_bytes;
  layout.image_bytes = layout.surface_bytes * (align_up(shape.out_channels, unit) / cell);
  layout.bytes = layout.image_bytes * shape.batch;
  return layout;
}

std::uint64_t stored_weight_bytes(const ConvShape& shape, const ConvSite& site) {
  const std::vector<ConvPart> parts = parts_of(shape, site);
  const ConvPart& last = parts.back();
  const std::uint64_t one = kernel_bytes(last.shape, site, last.shape.in_channels);
  if (shape.depthwise()) return last.weight_offset + one;
  const std::uint32_t kernels = last.shape.out_channels;
  return last.weight_offset +
         one * (shape.element == Element::f16 ? kernels : align_up(kernels, 2));
}

std::uint64_t bias_bytes(const ConvShape& shape) {
  if (!shape.fusion.bias) return 0;
  const std::uint64_t channels =
      align_up(shape.out_channels,
               shape.depthwise() ? depthwise_unit(shape.element) : kernel_unit(shape.element));
  return channels * (shape.element == Element::f16 || one_channel_head(shape) ? 4 : 8);
}

}  // namespace npuscope
