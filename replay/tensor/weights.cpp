#include "replay/tensor/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "replay/tensor/sizes.h"

namespace npuscope {

namespace {

// The tuples that lie side by side at the begin of `tuples`.
std::span<const WeightTuple> first_group(std::span<const WeightTuple> tuples) {
  std::size_t count = 1;
  while (count < tuples.size() && tuples[count].out_blocks == tuples[0].out_blocks &&
         tuples[count].out_lanes == tuples[0].out_lanes)
    ++count;
  return tuples.first(count);
}

Result<void> check(std::span<const WeightTuple> tuples, const WeightShape& shape) {
  std::uint64_t kernels = 0;
  for (auto rest = tuples; !rest.empty();) {
    const auto group = first_group(rest);
    std::uint64_t channels = 0;
    for (const WeightTuple& tuple : group) {
      if (tuple.height != shape.height || tuple.width != shape.width)
        return wrong_usage(fmt::format("blocks of {}x{} for kernels of {}x{}", tuple.height,
                                       tuple.width, shape.height, shape.width));
      channels = size_sum(channels, size_product({tuple.in_blocks, tuple.in_lanes}));
    }
    if (channels < shape.channels)
      return wrong_usage(
          fmt::format("blocks for {} channels hold no kernel of {}", channels, shape.channels));
    kernels = size_sum(kernels, size_product({group[0].out_blocks, group[0].out_lanes}));
    rest = rest.subspan(group.size());
  }
  if (kernels < shape.kernels)
    return wrong_usage(fmt::format("blocks for {} kernels do not hold {}", kernels, shape.kernels));
  return {};
}

Result<void> check(std::span<const WeightTuple> tuples, const WeightShape& shape,
                   std::uint32_t element_bytes, std::size_t plain, std::size_t memory) {
  if (element_bytes != 1 && element_bytes != 2 && element_bytes != 4)
    return wrong_usage(fmt::format("weights have 1, 2 or 4 bytes, not {}", element_bytes));
  const std::uint64_t needed_plain =
      size_product({shape.kernels, shape.channels, shape.height, shape.width, element_bytes});
  if (needed_plain == 0) return wrong_usage("weights without any element");
  if (needed_plain != plain)
    return wrong_usage(
        fmt::format("the plain weights have {} bytes, {} were given", needed_plain, plain));
  if (auto covers = check(tuples, shape); !covers) return covers;
  const std::uint64_t needed_memory = size_product({elements_of(tuples), element_bytes});
  if (needed_memory > memory)
    return wrong_usage(
        fmt::format("the packed weights have {} bytes, the memory {}", needed_memory, memory));
  return {};
}

// Lanes of memory that follow one another: channels of one kernel at one place of its window.
struct Stretch {
  std::uint64_t plain = 0;   // index of the first element in plain weights
  std::uint64_t kernel = 0;  // may lie behind the last one: all lanes are padding
  std::uint32_t real = 0;    // lanes with a weight; plain.height * width apart
  std::uint32_t lanes = 0;
};

// Calls visit for the runs of one block, in the order of memory.
template <typename Visit>
void for_each_stretch_of_block(const WeightTuple& tuple, const WeightShape& shape,
                               std::uint64_t first_kernel, std::uint64_t first_channel,
                               const Visit& visit) {
  const std::uint64_t window = std::uint64_t{shape.height} * shape.width;
  const std::uint64_t left =
      shape.channels > first_channel ? shape.channels - first_channel : std::uint64_t{0};
  const auto real = static_cast<std::uint32_t>(std::min<std::uint64_t>(left, tuple.in_lanes));
  for (std::uint64_t place = 0; place < window; ++place)
    for (std::uint32_t out = 0; out < tuple.out_lanes; ++out) {
      const std::uint64_t kernel = first_kernel + out;
      const bool exists = kernel < shape.kernels && real != 0;
      visit(Stretch{exists ? (kernel * shape.channels + first_channel) * window + place : 0, kernel,
                    exists ? real : 0, tuple.in_lanes});
    }
}

// Tuples without lanes take no memory and no time, however many blocks they claim.
template <typename Visit>
void for_each_stretch(std::span<const WeightTuple> tuples, const WeightShape& shape,
                      const Visit& visit) {
  std::uint64_t kernel = 0;
  for (auto rest = tuples; !rest.empty();) {
    const auto group = first_group(rest);
    const std::uint32_t out_blocks = group[0].out_lanes == 0 ? 0 : group[0].out_blocks;
    for (std::uint32_t out = 0; out < out_blocks; ++out, kernel += group[0].out_lanes) {
      std::uint64_t channel = 0;
      for (const WeightTuple& tuple : group) {
        const std::uint32_t in_blocks = tuple.in_lanes == 0 ? 0 : tuple.in_blocks;
        for (std::uint32_t in = 0; in < in_blocks; ++in, channel += tuple.in_lanes)
          for_each_stretch_of_block(tuple, shape, kernel, channel, visit);
      }
    }
    rest = rest.subspan(group.size());
  }
}

template <typename T>
void pack(std::span<const WeightTuple> tuples, const WeightShape& shape, const std::byte* plain,
          const WeightPadding& padding, std::byte* memory) {
  const std::size_t step = std::size_t{shape.height} * shape.width * sizeof(T);
  for_each_stretch(tuples, shape, [&](const Stretch& run) {
    const std::byte* from = plain + run.plain * sizeof(T);
    if (step == sizeof(T)) {
      std::memcpy(memory, from, run.real * sizeof(T));
    } else {
      for (std::uint32_t lane = 0; lane < run.real; ++lane)
        std::memcpy(memory + lane * sizeof(T), from + lane * step, sizeof(T));
    }
    const bool own = run.kernel < padding.of_kernel.size();
    const T fill = static_cast<T>(own ? padding.of_kernel[run.kernel] : padding.otherwise);
    for (std::uint32_t lane = run.real; lane < run.lanes; ++lane)
      std::memcpy(memory + lane * sizeof(T), &fill, sizeof(T));
    memory += run.lanes * sizeof(T);
  });
}

template <typename T>
void unpack(std::span<const WeightTuple> tuples, const WeightShape& shape, const std::byte* memory,
            std::byte* plain) {
  const std::size_t step = std::size_t{shape.height} * shape.width * sizeof(T);
  for_each_stretch(tuples, shape, [&](const Stretch& run) {
    std::byte* to = plain + run.plain * sizeof(T);
    if (step == sizeof(T)) {
      std::memcpy(to, memory, run.real * sizeof(T));
    } else {
      for (std::uint32_t lane = 0; lane < run.real; ++lane)
        std::memcpy(to + lane * step, memory + lane * sizeof(T), sizeof(T));
    }
    memory += run.lanes * sizeof(T);
  });
}

}  // namespace

Result<void> pack_weights(std::span<const WeightTuple> tuples, const WeightShape& shape,
                          std::uint32_t element_bytes, std::span<const std::byte> plain,
                          const WeightPadding& padding, std::span<std::byte> memory) {
  if (auto fits = check(tuples, shape, element_bytes, plain.size(), memory.size()); !fits)
    return fits;
  if (!padding.of_kernel.empty() && padding.of_kernel.size() != shape.kernels)
    return wrong_usage(
        fmt::format("{} zero points for {} kernels", padding.of_kernel.size(), shape.kernels));
  if (element_bytes == 1) pack<std::uint8_t>(tuples, shape, plain.data(), padding, memory.data());
  if (element_bytes == 2) pack<std::uint16_t>(tuples, shape, plain.data(), padding, memory.data());
  if (element_bytes == 4) pack<std::uint32_t>(tuples, shape, plain.data(), padding, memory.data());
  return {};
}

Result<void> unpack_weights(std::span<const WeightTuple> tuples, const WeightShape& shape,
                            std::uint32_t element_bytes, std::span<const std::byte> memory,
                            std::span<std::byte> plain) {
  if (auto fits = check(tuples, shape, element_bytes, plain.size(), memory.size()); !fits)
    return fits;
  if (element_bytes == 1) unpack<std::uint8_t>(tuples, shape, memory.data(), plain.data());
  if (element_bytes == 2) unpack<std::uint16_t>(tuples, shape, memory.data(), plain.data());
  if (element_bytes == 4) unpack<std::uint32_t>(tuples, shape, memory.data(), plain.data());
  return {};
}

}  // namespace npuscope
