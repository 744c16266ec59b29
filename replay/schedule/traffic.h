// What a schedule costs: bytes that go over the bus, and a model of the time.
//
//   const Traffic traffic = traffic_of(*plan_convolution(shape, site), 1);
//   traffic.tasks, traffic.moved(), traffic.cycles
//
// The model is for comparing schedules with each other, not for promising times: each task takes
// as long as the slower of its products and its bytes. No board has confirmed it.
#pragma once

#include <cstdint>

#include "replay/schedule/plan.h"

namespace npuscope {

struct Traffic {
  std::uint64_t tasks = 0;
  std::uint64_t input_bytes = 0, weight_bytes = 0, output_bytes = 0;
  std::uint64_t products = 0;
  std::uint64_t cycles = 0;  // of the slowest core
  [[nodiscard]] std::uint64_t moved() const { return input_bytes + weight_bytes + output_bytes; }
};

// Of the program for 1, 2 or 3 cores.
[[nodiscard]] Traffic traffic_of(const ConvPlan& plan, unsigned cores);

// The same convolution if the convolution buffer had so many banks; an Error if it does not fit.
[[nodiscard]] Result<ConvPlan> plan_with_banks(const ConvShape& shape, ConvSite site,
                                               std::uint32_t banks);

// As many as no input needs.
inline constexpr std::uint32_t unlimited_banks = std::uint32_t{1} << 20U;

// The smallest number of banks with which the 1-core program has no more tasks than with unlimited
// ones, by bisection. An Error if the shape cannot be planned at all.
[[nodiscard]] Result<std::uint32_t> least_banks_without_tiles(const ConvShape& shape,
                                                              const ConvSite& site);

}  // namespace npuscope
