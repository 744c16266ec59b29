#include "tests/replay/sim/conv_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "regdb/register_fields.h"
#include "replay/schedule/groups.h"
#include "replay/tensor/cube.h"
#include "replay/tensor/float16.h"
#include "replay/tensor/pixels.h"
#include "replay/tensor/weights.h"

namespace npuscope::testing {

namespace {

GeneratedProgram generate(const ConvShape& shape) {
  auto program = generate_program(shape, {});
  if (!program) throw std::runtime_error(program.error().text());
  return *program;
}

std::span<const std::byte> bytes_of_vector(const std::vector<std::uint16_t>& values,
                                           std::size_t first, std::size_t count) {
  return std::as_bytes(std::span(values)).subspan(2 * first, 2 * count);
}

CubeLayout cube_of(const TensorLayout& layout, std::uint32_t channels, std::uint32_t height,
                   std::uint32_t width) {
  CubeLayout cube = dense_cube(ElementKind::f16, channels, height, width);
  cube.row_pitch = layout.row_bytes;
  cube.surface_pitch = cube.group_pitch = layout.surface_bytes;
  return cube;
}

std::vector<float> widened(const std::vector<std::uint16_t>& codes) {
  std::vector<float> values;
  values.reserve(codes.size());
  for (const std::uint16_t code : codes) values.push_back(f32_from_f16(code));
  return values;
}

// What a runtime does to the commands of a program on pixel input: rows of the image are padded,
// and LINE_STRIDE gets their pitch (the file lists these words).
void patch_line_stride(const ConvShape& shape, std::vector<std::byte>& commands) {
  for (std::size_t at = 0; at + 8 <= commands.size(); at += 8) {
    Word word;
    std::memcpy(&word.raw, commands.data() + at, 8);
    if (word.target() != target_of(Block::cna) || word.offset() != reg::CNA_DMA_CON1) continue;
    word = Word::make(word.target(), word.offset(), (shape.in_width + 7) / 8 * 8);
    std::memcpy(commands.data() + at, &word.raw, 8);
  }
}

}  // namespace

// MT19937 and the conversion to doubles as numpy.random.seed and uniform do it.
UniformHalves::UniformHalves(std::uint32_t seed) {
  state_[0] = seed;
  for (std::uint32_t i = 1; i < 624; ++i)
    state_[i] = 1812433253U * (state_[i - 1] ^ (state_[i - 1] >> 30U)) + i;
}

std::uint32_t UniformHalves::draw() {
  if (index_ == 624) {
    for (std::size_t i = 0; i < 624; ++i) {
      const std::uint32_t y = (state_[i] & 0x80000000U) | (state_[(i + 1) % 624] & 0x7fffffffU);
      state_[i] = state_[(i + 397) % 624] ^ (y >> 1U) ^ ((y & 1U) != 0 ? 0x9908b0dfU : 0U);
    }
    index_ = 0;
  }
  std::uint32_t y = state_[index_++];
  y ^= y >> 11U;
  y ^= (y << 7U) & 0x9d2c5680U;
  y ^= (y << 15U) & 0xefc60000U;
  return y ^ (y >> 18U);
}

double UniformHalves::next() {
  const std::uint32_t high = draw() >> 5U;
  const std::uint32_t low = draw() >> 6U;
  return -2 + 4 * ((high * 67108864.0 + low) / 9007199254740992.0);
}

std::vector<std::uint16_t> UniformHalves::halves(std::size_t count) {
  std::vector<std::uint16_t> values(count);
  for (std::uint16_t& value : values) value = f16_from_f64(next());
  return values;
}

ConvRun::ConvRun(const ConvShape& shape, std::uint32_t seed)
    : shape_(shape), program_(generate(shape)) {
  UniformHalves random(seed);
  input_ = random.halves(std::size_t{shape.batch} * shape.in_channels * shape.in_height *
                         shape.in_width);
  weights_ = random.halves(std::size_t{shape.out_channels} * shape.group_in_channels() *
                           shape.kernel_height * shape.kernel_width);
  const std::size_t outputs =
      std::size_t{shape.batch} * shape.out_channels * shape.out_height() * shape.out_width();
  if (shape.fusion.bias)
    for (std::uint32_t k = 0; k < shape.out_channels; ++k)
      bias_.push_back(static_cast<float>(8 * random.next()));
  if (shape.fusion.residual) residual_ = random.halves(outputs);
  reference();
}

// Nested loops over plain arrays; nothing of the project takes part. The f32 sum is that of the
// public client: for each place of the window a sum over the channels, the places added up.
void ConvRun::reference() {
  const ConvShape& s = shape_;
  const std::size_t ic = s.group_in_channels(), oc = s.group_out_channels();
  const std::size_t pixels = std::size_t{s.out_height()} * s.out_width();
  const std::vector<float> in = widened(input_), weights = widened(weights_);
  std::vector<double> sum(pixels), magnitude(pixels);
  std::vector<float> sum32(pixels), place(pixels);
  for (std::size_t n = 0; n < s.batch; ++n)
    for (std::size_t k = 0; k < s.out_channels; ++k) {
      std::ranges::fill(sum, 0.0);
      std::ranges::fill(magnitude, 0.0);
      std::ranges::fill(sum32, 0.0F);
      for (std::size_t i = 0; i < s.kernel_height; ++i)
        for (std::size_t j = 0; j < s.kernel_width; ++j) {
          std::ranges::fill(place, 0.0F);
          for (std::size_t c = 0; c < ic; ++c) {
            const float b = weights[((k * ic + c) * s.kernel_height + i) * s.kernel_width + j];
            const float* plane =
                in.data() + (n * s.in_channels + k / oc * ic + c) * s.in_height * s.in_width;
            for (std::size_t y = 0; y < s.out_height(); ++y) {
              const auto row =
                  static_cast<std::int64_t>(y * s.stride_y + i * s.dilation_y) - s.pad_top;
              if (row < 0 || row >= s.in_height) continue;
              for (std::size_t x = 0; x < s.out_width(); ++x) {
                const auto column =
                    static_cast<std::int64_t>(x * s.stride_x + j * s.dilation_x) - s.pad_left;
                if (column < 0 || column >= s.in_width) continue;
                const float product = plane[row * s.in_width + column] * b;  // exact
                const std::size_t p = y * s.out_width() + x;
                sum[p] += static_cast<double>(product);
                magnitude[p] += static_cast<double>(std::fabs(product));
                place[p] += product;
              }
            }
          }
          for (std::size_t p = 0; p < pixels; ++p) sum32[p] += place[p];
        }
      for (std::size_t p = 0; p < pixels; ++p) finish(k, sum[p], magnitude[p], sum32[p]);
    }
}

void ConvRun::finish(std::size_t kernel, double sum, double magnitude, float sum32) {
  const Fusion& fusion = shape_.fusion;
  if (fusion.bias) sum += static_cast<double>(bias_[kernel]);
  if (fusion.bias) magnitude += static_cast<double>(std::fabs(bias_[kernel]));
  if (fusion.relu) sum = std::max(sum, 0.0);
  if (fusion.residual) sum += static_cast<double>(f32_from_f16(residual_[expected_.size()]));
  if (fusion.relu_after_add) sum = std::max(sum, 0.0);
  expected_.push_back(sum);
  expected32_.push_back(sum32);
  magnitude_.push_back(magnitude);
}

std::vector<std::byte> ConvRun::packed_input() const {
  const ConvSite& site = program_.plan.site;
  const TensorLayout layout = input_layout(shape_, site);
  std::vector<std::byte> memory(layout.bytes);
  const std::size_t image = std::size_t{shape_.in_channels} * shape_.in_height * shape_.in_width;
  for (std::uint32_t n = 0; n < shape_.batch; ++n) {
    const auto plain = bytes_of_vector(input_, n * image, image);
    const auto target = std::span(memory).subspan(n * layout.image_bytes);
    if (site.pixel_input) {
      PixelLayout pixels =
          pixel_layout(ElementKind::f16, shape_.in_channels, shape_.in_height, shape_.in_width);
      EXPECT_TRUE(pack_pixels(pixels, plain, PlainOrder::nchw, target));
    } else {
      EXPECT_TRUE(pack_cube(cube_of(layout, shape_.in_channels, shape_.in_height, shape_.in_width),
                            plain, PlainOrder::nchw, 0, target));
    }
  }
  return memory;
}

std::vector<std::byte> ConvRun::packed_weights() const {
  const ConvSite& site = program_.plan.site;
  std::vector<std::byte> memory(stored_weight_bytes(shape_, site));
  const std::size_t window = std::size_t{shape_.kernel_height} * shape_.kernel_width;
  const std::size_t ic = shape_.group_in_channels(), oc = shape_.group_out_channels();
  for (const ConvPart& part : parts_of(shape_, site)) {
    const bool depthwise = part.shape.depthwise();
    const std::uint32_t channels = part.shape.in_channels;
    const std::uint32_t kernels = depthwise ? 1 : part.shape.out_channels;
    std::vector<std::uint16_t> plain(kernels * channels * window);
    for (std::size_t k = 0; k < kernels; ++k)
      for (std::size_t c = 0; c < channels; ++c) {
        const std::size_t kernel = part.first_kernel + (depthwise ? c : k);
        const std::size_t first = kernel / oc * ic;  // of its group
        const std::size_t channel = part.first_channel + c;
        if (channel < first || channel >= first + ic) continue;
        for (std::size_t place = 0; place < window; ++place)
          plain[(k * channels + c) * window + place] =
              weights_[(kernel * ic + channel - first) * window + place];
      }
    const WeightShape shape{kernels, channels, shape_.kernel_height, shape_.kernel_width};
    const auto tuples = depthwise ? depthwise_weights(ElementKind::f16, shape)
                                  : direct_weights(ElementKind::f16, shape);
    const auto packed = pack_weights(*tuples, shape, 2, std::as_bytes(std::span(plain)), {},
                                     std::span(memory).subspan(part.weight_offset));
    EXPECT_TRUE(packed) << packed.error().text();
  }
  return memory;
}

void ConvRun::place(sim::AddressSpace& memory) const {
  const BufferLayout& layout = program_.layout;
  const auto map = [&](const PlacedBuffer& buffer, const char* name) {
    if (buffer.bytes == 0) return;
    EXPECT_TRUE(memory.map(static_cast<std::uint32_t>(buffer.address), buffer.bytes, name));
  };
  map(layout.weight, "weight");
  map(layout.input, "input");
  map(layout.output, "output");
  map(layout.residual, "residual");
  fill(memory, true);
}

void ConvRun::fill(sim::AddressSpace& memory, bool with_commands) const {
  const BufferLayout& layout = program_.layout;
  const auto write = [&](std::uint64_t address, std::span<const std::byte> bytes) {
    EXPECT_TRUE(memory.write(static_cast<std::uint32_t>(address), bytes));
  };
  write(layout.weight.address, packed_weights());
  write(layout.weight.address + layout.bias_offset, std::as_bytes(std::span(bias_)));
  if (with_commands) {
    std::vector<std::byte> commands = program_.stream.link(layout.bases());
    if (program_.plan.site.pixel_input) patch_line_stride(shape_, commands);
    write(layout.weight.address + layout.commands_offset, commands);
  }
  write(layout.input.address, packed_input());
  if (residual_.empty()) return;
  const TensorLayout out = output_layout(shape_, program_.plan.site);
  std::vector<std::byte> cube(out.bytes);
  const std::size_t image = residual_.size() / shape_.batch;
  for (std::uint32_t n = 0; n < shape_.batch; ++n)
    EXPECT_TRUE(
        pack_cube(cube_of(out, shape_.out_channels, shape_.out_height(), shape_.out_width()),
                  bytes_of_vector(residual_, n * image, image), PlainOrder::nchw, 0,
                  std::span(cube).subspan(n * out.image_bytes)));
  write(layout.residual.address, cube);
}

std::vector<std::uint16_t> ConvRun::simulate(unsigned cores, sim::SimulatorOptions options) {
  sim::Simulator simulator(options);
  place(simulator.memory());
  const BufferLayout& layout = program_.layout;
  const std::uint64_t commands = layout.weight.address + layout.commands_offset;
  const std::vector<Task> tasks = program_.stream.tasks(commands);
  // The table is list after list.
  std::size_t first = 0;
  for (std::size_t list = 0; list < first_list(cores); ++list)
    first += program_.stream.list(list).size();
  result_ = {};
  for (unsigned core = 0; core < cores; ++core) {
    const std::size_t count = program_.stream.list(first_list(cores) + core).size();
    if (count == 0) continue;
    const Task& task = tasks.at(first);
    sim::RunResult part =
        simulator.run_chain({core, static_cast<std::uint32_t>(task.regcmd_addr),
                             link_amount(task.regcfg_amount), static_cast<std::uint32_t>(count)});
    EXPECT_EQ(part.status, sim::RunStatus::done) << key_of(shape_) << ": " << part.reason;
    for (const sim::Event& event : part.events)
      ADD_FAILURE() << key_of(shape_) << ", core " << core << ", task " << event.task << ": "
                    << event.rule << " " << event.text;
    result_.macs += part.macs;
    result_.tasks += part.tasks;
    result_.reports.insert(result_.reports.end(), part.reports.begin(), part.reports.end());
    first += count;
  }
  return output_in(simulator.memory());
}

std::vector<std::uint16_t> ConvRun::output_in(const sim::AddressSpace& memory) {
  const TensorLayout out = output_layout(shape_, program_.plan.site);
  output_memory_.assign(out.bytes, std::byte{0});
  EXPECT_TRUE(
      memory.read(static_cast<std::uint32_t>(program_.layout.output.address), output_memory_));
  std::vector<std::uint16_t> plain(expected_.size());
  const std::size_t image = plain.size() / shape_.batch;
  for (std::uint32_t n = 0; n < shape_.batch; ++n)
    EXPECT_TRUE(
        unpack_cube(cube_of(out, shape_.out_channels, shape_.out_height(), shape_.out_width()),
                    std::span(output_memory_).subspan(n * out.image_bytes), PlainOrder::nchw,
                    std::as_writable_bytes(std::span(plain)).subspan(2 * n * image, 2 * image)));
  return plain;
}

double ConvRun::worst_excess(const std::vector<std::uint16_t>& output) const {
  double worst = -1e9;
  for (std::size_t i = 0; i < output.size(); ++i) {
    int exponent = 0;
    (void)std::frexp(expected_[i], &exponent);
    const double step = std::ldexp(1.0, std::max(exponent - 11, -24));
    const double difference = std::fabs(f32_from_f16(output[i]) - expected_[i]);
    worst = std::max(worst, difference - 0.5 * step - 1e-6 * magnitude_[i]);
  }
  return worst;
}

double ConvRun::largest_difference(const std::vector<std::uint16_t>& output, bool float32) const {
  double worst = 0;
  for (std::size_t i = 0; i < output.size(); ++i) {
    const double got = f32_from_f16(output[i]);
    worst = std::max(
        worst, float32 ? std::fabs(static_cast<double>(static_cast<float>(got) - expected32_[i]))
                       : std::fabs(got - expected_[i]));
  }
  return worst;
}

}  // namespace npuscope::testing
