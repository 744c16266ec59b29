// Choices of the arithmetic that no number of a board pins, or that whole models decided: each can
// be set to another value, to see what depends on it.
//
//   Simulator simulator({.knobs = {.output = Rounding::truncate}});
//
// The defaults are the rules. Source of each: where the field is used.
#pragma once

#include "replay/sim/numerics.h"

namespace npuscope::sim {

struct Knobs {
  // How the integer pipeline rounds; see replay/sim/numerics.h.
  Rounding multiply = Rounding::half_up;  // shifts of BS and BN
  Rounding operand = Rounding::half_up;   // of the element-wise operand and product
  Rounding output = Rounding::half_up;    // of the last converter
  Rounding pooling = Rounding::half_up;   // of integer averages

  // Decided: undone alone, each changes outputs of public models.
  bool bias_scale_multiplies_first = false;  // the rule: BS adds, then multiplies
  bool batch_norm_adds_first = false;        // the rule: BN multiplies, then adds
  bool looks_up_last = false;                // the rule: the table, then the operation
  bool padding_wins = false;                 // the rule: padding never wins a maximum
  bool short_remainders = false;    // the rule: three cells of weights take the room of four
  bool pads_every_lane = false;     // the rule: padding has its value in channels that exist
  bool flushes_subnormals = false;  // the rule: f16 keeps them

  // Refused unless set: zeros between the pixels, kernels as they are stored. Whether the stored
  // kernels are mirrored already cannot be seen without a reference.
  bool assumes_deconvolution = false;
};

}  // namespace npuscope::sim
