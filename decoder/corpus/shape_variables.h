// The numbers of a shape that a register may be a formula of, from what tasks run with.
//
//   std::vector<Sample> samples = shape_samples(database, reference);
//   samples[0].variables[static_cast<std::size_t>(Variable::width)], samples[0].target
//
// All come from registers of the same task, or, for the whole tensors, from the tasks of its
// operator in the 1-core program: rows from addresses and heights of tiles. None from names.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/corpus/database.h"
#include "decoder/query/reference.h"

namespace npuscope::corpus {

enum class Variable : std::uint8_t {
  width,       // of the input
  height,      // of the input, whole
  rows,        // of the input, of this task
  channels,    // of the input, of this task
  out_width,   // of the output
  out_height,  // of the output, whole
  out_rows,    // of the output, of this task
  kernels,     // output channels of this task
  kernel_width,
  kernel_height,
  element_bytes,
};
inline constexpr std::size_t variable_count = 11;
[[nodiscard]] std::string_view name_of(Variable variable);

struct Sample {
  std::array<std::int64_t, variable_count> variables{};
  std::string operation;    // "conv f16", "depthwise i8", "conv f16 pixels", ...
  std::int64_t target = 0;  // of the field; negative if its highest bit is set in wide fields
  std::uint64_t layer = 0;  // hash of what the operator is: decides what is held out
  std::string example;      // path
  std::size_t tasks = 1;    // with all of these the same
};

// One for each distinct combination among all tasks that run the CNA. `bits` of the field from
// which on the highest one is a sign.
[[nodiscard]] std::vector<Sample> shape_samples(Database& database,
                                                const query::Reference& reference);

}  // namespace npuscope::corpus
