// Writes testdata/digits: a model that tells drawn digits apart, an image and its answer.
// Usage: make_digits testdata/digits
//
// The model is one convolution whose kernels are the pictures of the ten digits: +1 where a digit
// is drawn, -1 where it is not. Its program is what `npuscope generate` makes for the shape.
#include <fmt/format.h>

#include <array>
#include <cstring>
#include <fstream>

#include "replay/run/conv_image.h"
#include "replay/run/npy.h"
#include "replay/shape/shape_names.h"
#include "replay/tensor/float16.h"
#include "tests/support/rknn_writer.h"

using namespace npuscope;
using namespace npuscope::testing;

namespace {

constexpr std::size_t side = 8, digits = 10;

// Rows of five pixels, the uppermost first; the usual 5x7 letters of displays.
constexpr std::array<std::array<const char*, 7>, digits> pictures{{
    {".###.", "#...#", "#..##", "#.#.#", "##..#", "#...#", ".###."},
    {"..#..", ".##..", "..#..", "..#..", "..#..", "..#..", ".###."},
    {".###.", "#...#", "....#", "..##.", ".#...", "#....", "#####"},
    {"#####", "...#.", "..#..", "...#.", "....#", "#...#", ".###."},
    {"...#.", "..##.", ".#.#.", "#..#.", "#####", "...#.", "...#."},
    {"#####", "#....", "####.", "....#", "....#", "#...#", ".###."},
    {"..##.", ".#...", "#....", "####.", "#...#", "#...#", ".###."},
    {"#####", "....#", "...#.", "..#..", ".#...", ".#...", ".#..."},
    {".###.", "#...#", "#...#", ".###.", "#...#", "#...#", ".###."},
    {".###.", "#...#", "#...#", ".####", "....#", "...#.", ".##.."},
}};

using Plane = std::array<float, side * side>;

// A seven as a hand would draw it: bent, with a bar, and a spot that does not belong there.
constexpr std::array<const char*, side> drawn{"........", ".#####..", ".....#..", "....#...",
                                              "..###...", "...#....", "..#.....", "..#...#."};

Plane picture(std::size_t digit) {
  Plane plane{};
  for (std::size_t y = 0; y < pictures[digit].size(); ++y)
    for (std::size_t x = 0; x < 5; ++x)
      plane[(y + 1) * side + x + 1] = pictures[digit][y][x] == '#' ? 1 : 0;
  return plane;
}

std::uint32_t index_of(Base base) {
  enum : std::uint32_t { weights, input, output, barrier };
  switch (base) {
    case Base::input:
      return input;
    case Base::output:
      return output;
    case Base::barrier:
      return barrier;
    default:
      return weights;
  }
}

SyntheticRecord record_of(const RecordWrites& writes) {
  SyntheticRecord record;
  record.node = 1;
  record.enable_mask = writes.enable_mask;
  for (const RegisterWrite& write : writes.writes) {
    const auto block = static_cast<Block>(write.offset >> 12U);
    record.body.push_back(Word::make(target_of(block), write.offset, write.value));
    if (write.base == Base::none) continue;
    std::erase_if(record.relocations,
                  [&](const auto& other) { return other.register_offset == write.offset; });
    record.relocations.push_back({index_of(write.base), write.value, write.offset});
  }
  return record;
}

// The order of tensors is that of index_of().
SyntheticModel model_of(const GeneratedProgram& program, std::vector<std::uint8_t> weights) {
  SyntheticModel model;
  const auto weight_bytes = static_cast<std::uint32_t>(weights.size());
  const std::vector<std::uint8_t> barrier(2 * barrier_tensor_bytes);
  model.tensors = {
      {"digits",
       10,
       65,
       TensorKind::constant,
       {1, 1, 8, 8, 8, 10},
       {10, 1, 8, 8},
       weight_bytes,
       0,
       std::move(weights)},
      {"image", 10, 64, TensorKind::input, {1, 1, 8, 8, 1}, {1, 1, 8, 8}, 128, 0, {}},
      {"scores", 10, 64, TensorKind::output, {1, 2, 1, 1, 8}, {1, 10, 1, 1}, 32, 128, {}},
      {"barrier",
       3,
       64,
       TensorKind::constant,
       {1, 128, 1, 1, 16},
       {1, 2048, 1, 1},
       2 * barrier_tensor_bytes,
       0,
       barrier},
  };
  model.nodes = {
      {"InputOperator", 0, {}, {1}}, {"Conv", 2, {1, 0}, {2}}, {"OutputOperator", 0, {2}, {}}};
  model.inputs = {1};
  model.outputs = {2};
  for (std::size_t list = 0; list < list_count; ++list)
    for (const std::size_t record : program.stream.list(list))
      model.lists[list].push_back(record_of(program.stream.records()[record].body));
  return model;
}

bool write(const std::string& path, std::span<const std::byte> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.flush();
  if (!file) fmt::print(stderr, "{}: cannot be written\n", path);
  return file.good();
}

std::vector<std::byte> array_file(std::vector<std::uint64_t> shape, std::span<const float> values) {
  const auto bytes = std::as_bytes(values);
  return write_npy({"<f4", std::move(shape), {bytes.begin(), bytes.end()}});
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    fmt::print(stderr, "usage: make_digits testdata/digits\n");
    return 2;
  }
  const std::string folder = std::string(arguments[1]) + "/";
  const ConvShape shape = *parse_shape("b1_c1_h8_w8_oc10_wic1_k8x8_g1");
  const auto program = generate_program(shape, {});
  Plane image{};
  for (std::size_t y = 0; y < side; ++y)
    for (std::size_t x = 0; x < side; ++x) image[y * side + x] = drawn[y][x] == '#' ? 1 : 0;
  ConvTensors tensors;
  tensors.input.assign(side * side, 0);
  std::array<float, digits> scores{};
  for (std::size_t digit = 0; digit < digits; ++digit) {
    const Plane plane = picture(digit);
    for (std::size_t i = 0; i < plane.size(); ++i) {
      tensors.weights.push_back(f16_from_f32(2 * plane[i] - 1));
      scores[digit] += image[i] * (2 * plane[i] - 1);
    }
  }
  // The weights as they lie in memory are the begin of the weight buffer.
  const auto placed = conv_image(*program, tensors, 1);
  std::vector<std::uint8_t> weights(program->layout.bias_offset);
  for (const ImageBuffer& buffer : placed->buffers)
    if (buffer.role == BufferRole::constants)
      std::memcpy(weights.data(), buffer.content.data(), weights.size());
  const bool good = write(folder + "digits.rknn", write_rknn(model_of(*program, weights))) &&
                    write(folder + "seven.npy", array_file({1, 1, side, side}, image)) &&
                    write(folder + "scores.npy", array_file({1, digits, 1, 1}, scores));
  return good ? 0 : 1;
}
