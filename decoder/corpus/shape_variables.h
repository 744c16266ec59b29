// The numbers of a shape that a register may be a formula of, from what tasks run with.
//
//   std::vector<Sample> samples = shape_samples(database, reference);
//   samples[0].variables[static_cast<std::size_t>(Variable::width)], samples[0].target
//
// All come from registers of the same task, or, for the whole tensors, from the tasks of its
// operator in the 1-core program: rows from addresses and heights of tiles. Of a model also which
// tensor is read: whether it is an input of the graph, and its channels as the graph states them.
// None from names.
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
  width,          // of the input
  height,         // of the input, whole
  rows,           // of the input, of this task
  channels,       // of the input, of this task, as they are stored
  real_channels,  // the same without what a model pads them with
  out_width,      // of the output
  out_height,     // of the output, whole
  out_rows,       // of the output, of this task
  kernels,        // output channels of this task
  kernel_width,
  kernel_height,
  element_bytes,
};
inline constexpr std::size_t variable_count = 12;
[[nodiscard]] std::string_view name_of(Variable variable);

struct Sample {
  std::array<std::int64_t, variable_count> variables{};
  // What the task does, always closer: "conv", " of an input", ", f16", " (compiler 2.3.2)".
  std::vector<std::string> operation;
  std::int64_t target = 0;  // of the field; negative if its highest bit is set in wide fields
  // Hash of the sizes of the whole operator: equal ones are fitted together or held out together.
  std::uint64_t layer = 0;
  std::string example;    // path
  std::size_t tasks = 1;  // with all of these the same
};

// One for each distinct combination among all tasks that run the CNA.
[[nodiscard]] std::vector<Sample> shape_samples(Database& database,
                                                const query::Reference& reference);

}  // namespace npuscope::corpus
