// The schedule of one convolution: for 1, 2 and 3 cores, which part of the output each record of
// each core makes, and from which rows and banks. No registers, no addresses.
//
//   Result<ConvPlan> plan = plan_convolution(shape, site);
//   for (const ConvTile& tile : plan->program(2).lanes[0]) ...
//
// The vendor's schedule where its formulas are known; else ours on the same mechanism, with images
// and groups as outer loops: correct, but nobody's copy. `basis` says which, and `reasons` why.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "regdb/error.h"
#include "replay/schedule/banks.h"
#include "replay/schedule/split.h"
#include "replay/schedule/tiles.h"

namespace npuscope {

// The part of the output that one record makes.
struct ConvTile {
  Extent output;                    // rows of the output
  InputRows input;                  // rows of the input it reads
  Extent channels;                  // input channels (depthwise: of the block; direct: all)
  Extent kernels;                   // output channels
  std::uint32_t image = 0;          // of the batch
  std::uint64_t weight_offset = 0;  // bytes from the first weight to those of this record
  std::uint32_t data_banks = 0;
  std::uint32_t grains = 0;
  std::uint32_t family = 0;     // CONV_CON2[31:28]: which program it belongs to
  bool reuses_weights = false;  // they are still in the buffer from the record before
};

using ConvLane = std::vector<ConvTile>;

struct ConvProgram {
  unsigned cores = 1;
  Split split = Split::none;
  // Each image and group is made by one core, the next one by the next core: where one alone cannot
  // be divided. Only in general plans.
  bool in_turns = false;
  std::vector<ConvLane>
      lanes;  // one for each core; with Split::none the only lane is that of one core
  // The tasks repeat the records of the 1-core program.
  [[nodiscard]] bool repeats() const { return cores > 1 && split == Split::none; }
};

enum class Basis : std::uint8_t {
  vendor,    // the vendor's formulas, verified on captures or models
  inferred,  // the vendor's formulas, in a place where no capture confirms them
  general,   // our own schedule: correct, not the vendor's
};

[[nodiscard]] std::string_view name_of(Basis basis);

struct ConvPlan {
  ConvShape shape;
  ConvSite site;
  Basis basis = Basis::vendor;
  std::vector<std::string> reasons;  // why not `vendor`, one sentence each
  BankPlan banks;                    // of the 1-core program
  BankPlan shared_banks;             // of the others; differs for depthwise
  std::array<ConvProgram, 3> programs;

  [[nodiscard]] const ConvProgram& program(unsigned cores) const { return programs[cores - 1]; }
};

// The shape must pass check(). An Error names what does not fit into the hardware.
[[nodiscard]] Result<ConvPlan> plan_convolution(const ConvShape& shape, const ConvSite& site);

}  // namespace npuscope
