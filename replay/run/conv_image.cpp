#include "replay/run/conv_image.h"

#include <algorithm>
#include <cstring>

#include "regdb/register_fields.h"
#include "replay/prepare/tensor_memory.h"
#include "replay/schedule/groups.h"
#include "replay/tensor/cube.h"
#include "replay/tensor/pixels.h"
#include "replay/tensor/weights.h"

namespace npuscope {

namespace {

std::span<const std::byte> part_of(const std::vector<std::uint16_t>& values, std::size_t first,
                                   std::size_t count) {
  return std::as_bytes(std::span(values)).subspan(2 * first, 2 * count);
}

CubeLayout cube_of(const TensorLayout& layout, std::uint32_t channels, std::uint32_t height,
                   std::uint32_t width) {
  CubeLayout cube = dense_cube(ElementKind::f16, channels, height, width);
  cube.row_pitch = layout.row_bytes;
  cube.surface_pitch = cube.group_pitch = layout.surface_bytes;
  return cube;
}

CubeLayout output_cube(const GeneratedProgram& program) {
  const ConvShape& shape = program.plan.shape;
  return cube_of(output_layout(shape, program.plan.site), shape.out_channels, shape.out_height(),
                 shape.out_width());
}

// Rows of an interleaved input are padded, and LINE_STRIDE gets their pitch.
void set_line_stride(const PixelLayout& pixels, std::vector<std::byte>& commands) {
  for (std::size_t at = 0; at + 8 <= commands.size(); at += 8) {
    Word word;
    std::memcpy(&word.raw, commands.data() + at, 8);
    if (word.target() != target_of(Block::cna) || word.offset() != reg::CNA_DMA_CON1) continue;
    word = Word::make(word.target(), word.offset(), row_pitch_in_pixels(pixels));
    std::memcpy(commands.data() + at, &word.raw, 8);
  }
}

PixelLayout pixels_of_shape(const ConvShape& shape) {
  return pixel_layout(ElementKind::f16, shape.in_channels, shape.in_height, shape.in_width);
}

Result<std::vector<std::byte>> packed_input(const GeneratedProgram& program,
                                            const std::vector<std::uint16_t>& input) {
  const ConvShape& shape = program.plan.shape;
  const TensorLayout layout = input_layout(shape, program.plan.site);
  std::vector<std::byte> memory(layout.bytes);
  const std::size_t image = std::size_t{shape.in_channels} * shape.in_height * shape.in_width;
  for (std::uint32_t n = 0; n < shape.batch; ++n) {
    const auto plain = part_of(input, n * image, image);
    const auto target = std::span(memory).subspan(n * layout.image_bytes);
    const auto packed =
        program.plan.site.pixel_input
            ? pack_pixels(pixels_of_shape(shape), plain, PlainOrder::nchw, target)
            : pack_cube(cube_of(layout, shape.in_channels, shape.in_height, shape.in_width), plain,
                        PlainOrder::nchw, 0, target);
    if (!packed) return tl::unexpected(packed.error());
  }
  return memory;
}

// The weights of one part in plain order: groups that are computed together meet zeros outside
// their own channels.
std::vector<std::uint16_t> weights_of(const ConvShape& shape, const ConvPart& part,
                                      const std::vector<std::uint16_t>& weights) {
  const std::size_t window = std::size_t{shape.kernel_height} * shape.kernel_width;
  const std::size_t ic = shape.group_in_channels(), oc = shape.group_out_channels();
  const bool depthwise = part.shape.depthwise();
  const std::size_t channels = part.shape.in_channels;
  const std::size_t kernels = depthwise ? 1 : part.shape.out_channels;
  std::vector<std::uint16_t> plain(kernels * channels * window);
  for (std::size_t k = 0; k < kernels; ++k)
    for (std::size_t c = 0; c < channels; ++c) {
      const std::size_t kernel = part.first_kernel + (depthwise ? c : k);
      const std::size_t first = kernel / oc * ic;  // of its group
      const std::size_t channel = part.first_channel + c;
      if (channel < first || channel >= first + ic) continue;
      for (std::size_t place = 0; place < window; ++place)
        plain[(k * channels + c) * window + place] =
            weights[(kernel * ic + channel - first) * window + place];
    }
  return plain;
}

Result<std::vector<std::byte>> packed_weights(const GeneratedProgram& program,
                                              const std::vector<std::uint16_t>& weights) {
  const ConvShape& shape = program.plan.shape;
  std::vector<std::byte> memory(stored_weight_bytes(shape, program.plan.site));
  for (const ConvPart& part : parts_of(shape, program.plan.site)) {
    const bool depthwise = part.shape.depthwise();
    const std::vector<std::uint16_t> plain = weights_of(shape, part, weights);
    const WeightShape form{depthwise ? 1 : part.shape.out_channels, part.shape.in_channels,
                           shape.kernel_height, shape.kernel_width};
    const auto tuples = depthwise ? depthwise_weights(ElementKind::f16, form)
                                  : direct_weights(ElementKind::f16, form);
    if (!tuples) return tl::unexpected(tuples.error());
    if (auto packed = pack_weights(*tuples, form, 2, std::as_bytes(std::span(plain)), {},
                                   std::span(memory).subspan(part.weight_offset));
        !packed)
      return tl::unexpected(packed.error());
  }
  return memory;
}

Result<std::vector<std::byte>> packed_residual(const GeneratedProgram& program,
                                               const std::vector<std::uint16_t>& residual) {
  const ConvShape& shape = program.plan.shape;
  const TensorLayout layout = output_layout(shape, program.plan.site);
  std::vector<std::byte> memory(layout.bytes);
  const std::size_t image = residual.size() / shape.batch;
  for (std::uint32_t n = 0; n < shape.batch; ++n)
    if (auto packed =
            pack_cube(output_cube(program), part_of(residual, n * image, image), PlainOrder::nchw,
                      0, std::span(memory).subspan(n * layout.image_bytes));
        !packed)
      return tl::unexpected(packed.error());
  return memory;
}

// The weight buffer: weights, bias, barrier, commands.
Result<std::vector<std::byte>> weight_memory(const GeneratedProgram& program,
                                             const ConvTensors& tensors) {
  const BufferLayout& layout = program.layout;
  auto weights = packed_weights(program, tensors.weights);
  if (!weights) return weights;
  std::vector<std::byte> commands = program.stream.link(layout.bases());
  if (program.plan.site.pixel_input) set_line_stride(pixels_of_shape(program.plan.shape), commands);
  std::vector<std::byte> memory(layout.weight.bytes);
  const auto put = [&memory](std::uint64_t at, std::span<const std::byte> bytes) {
    std::memcpy(memory.data() + at, bytes.data(), std::min(bytes.size(), memory.size() - at));
  };
  put(0, *weights);
  if (!tensors.bias.empty()) put(layout.bias_offset, std::as_bytes(std::span(tensors.bias)));
  put(layout.commands_offset, commands);
  return memory;
}

std::vector<sim::CoreTasks> lanes_of(const GeneratedProgram& program, unsigned cores) {
  const BufferLayout& layout = program.layout;
  const std::vector<Task> tasks =
      program.stream.tasks(layout.weight.address + layout.commands_offset);
  std::size_t first = 0;  // the table is list after list
  for (std::size_t list = 0; list < first_list(cores); ++list)
    first += program.stream.list(list).size();
  std::vector<sim::CoreTasks> lanes;
  for (unsigned core = 0; core < cores; ++core) {
    const std::size_t count = program.stream.list(first_list(cores) + core).size();
    const auto begin = tasks.begin() + static_cast<std::ptrdiff_t>(first);
    if (count > 0) lanes.push_back({core, {begin, begin + static_cast<std::ptrdiff_t>(count)}, 0});
    first += count;
  }
  return lanes;
}

// The only operator of the model has number 1; 0 is its input.
std::vector<Task> vendor_tasks(const GeneratedProgram& program, std::uint64_t commands) {
  std::vector<Task> tasks = program.stream.tasks(commands);
  for (Task& task : tasks) task.op_idx = 1;
  return tasks;
}

// Are the tensors those of the shape?
bool fit(const ConvShape& shape, const ConvTensors& tensors) {
  const std::size_t outputs =
      std::size_t{shape.batch} * shape.out_channels * shape.out_height() * shape.out_width();
  return tensors.input.size() ==
             std::size_t{shape.batch} * shape.in_channels * shape.in_height * shape.in_width &&
         tensors.weights.size() == std::size_t{shape.out_channels} * shape.group_in_channels() *
                                       shape.kernel_height * shape.kernel_width &&
         tensors.bias.size() == (shape.fusion.bias ? shape.out_channels : 0) &&
         tensors.residual.size() == (shape.fusion.residual ? outputs : 0);
}

}  // namespace

Result<Image> conv_image(const GeneratedProgram& program, const ConvTensors& tensors,
                         unsigned cores) {
  const ConvShape& shape = program.plan.shape;
  const BufferLayout& layout = program.layout;
  if (shape.element != Element::f16)
    return wrong_usage("tensors of this element type are not made here", "choose an f16 shape");
  if (!fit(shape, tensors)) return wrong_usage("the tensors are not of the shape's sizes");
  const auto weights = weight_memory(program, tensors);
  if (!weights) return tl::unexpected(weights.error());
  const auto input = packed_input(program, tensors.input);
  if (!input) return tl::unexpected(input.error());
  Image image;
  image.cores = cores;
  const auto add = [&image](std::string name, BufferRole role, const PlacedBuffer& buffer,
                            std::vector<std::byte> content) {
    if (buffer.bytes == 0) return;
    image.buffers.push_back({std::move(name), role, static_cast<std::uint32_t>(buffer.address),
                             buffer.bytes, std::move(content)});
  };
  if (shape.fusion.residual) {
    auto residual = packed_residual(program, tensors.residual);
    if (!residual) return tl::unexpected(residual.error());
    add("residual", BufferRole::input, layout.residual, std::move(*residual));
  }
  add("weight", BufferRole::constants, layout.weight, *weights);
  add("input", BufferRole::input, layout.input, *input);
  add("output", BufferRole::output, layout.output, {});
  std::ranges::sort(image.buffers, {}, &ImageBuffer::address);
  image.lanes = lanes_of(program, cores);
  return image;
}

WholeTable whole_table(const GeneratedProgram& program, unsigned cores) {
  const BufferLayout& layout = program.layout;
  WholeTable table{vendor_tasks(program, layout.weight.address + layout.commands_offset), {}};
  std::size_t first = 0;
  for (std::size_t list = 0; list < first_list(cores) + cores; ++list) {
    const std::size_t count = program.stream.list(list).size();
    if (list >= first_list(cores) && count > 0) table.first.push_back(first);
    first += count;
  }
  return table;
}

Image as_vendor_allocates(const GeneratedProgram& program, Image image) {
  const PlacedBuffer& internal = program.layout.internal;
  const std::vector<Task> copy = vendor_tasks(program, 0);
  for (ImageBuffer& buffer : image.buffers)
    if (buffer.name == "weight")
      std::memcpy(buffer.content.data() + program.layout.table_copy_offset, copy.data(),
                  copy.size() * task_bytes);
  image.buffers.push_back({"internal",
                           BufferRole::internal,
                           static_cast<std::uint32_t>(internal.address),
                           internal.bytes,
                           {}});
  std::ranges::sort(image.buffers, {}, &ImageBuffer::address);
  return image;
}

std::uint64_t conv_output_bytes(const GeneratedProgram& program) {
  return output_layout(program.plan.shape, program.plan.site).bytes;
}

Result<std::vector<std::uint16_t>> conv_output(const GeneratedProgram& program,
                                               std::span<const std::byte> memory) {
  const ConvShape& shape = program.plan.shape;
  const TensorLayout layout = output_layout(shape, program.plan.site);
  if (memory.size() < layout.bytes) return wrong_usage("the output buffer is too short");
  const std::size_t image =
      std::size_t{shape.out_channels} * shape.out_height() * shape.out_width();
  std::vector<std::uint16_t> plain(shape.batch * image);
  for (std::uint32_t n = 0; n < shape.batch; ++n)
    if (auto unpacked = unpack_cube(output_cube(program), memory.subspan(n * layout.image_bytes),
                                    PlainOrder::nchw,
                                    std::as_writable_bytes(std::span(plain))
                                        .subspan(std::size_t{2} * n * image, 2 * image));
        !unpacked)
      return tl::unexpected(unpacked.error());
  return plain;
}

}  // namespace npuscope
