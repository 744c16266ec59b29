// A program made from the shape alone: schedule, records, buffers; as a Capture it is an input like
// any other.
//
//   Result<GeneratedProgram> made =
//   generate_program(*parse_shape("b1_c64_h56_w56_oc128_wic64_k1x1_g1"), {}); Opened opened =
//   open_capture(capture_of(*made), RegisterDb::builtin());
#pragma once

#include "decoder/capture.h"
#include "replay/generate/buffer_layout.h"

namespace npuscope {

struct GenerateOptions {
  CompilerVersion version;
  ConvNumbers numbers;
  std::uint64_t top = 0xfffa0000;  // device address behind the first buffer
};

struct GeneratedProgram {
  ConvPlan plan;
  CommandStream stream;
  BufferLayout layout;
};

// A single convolution as the vendor compiles it: programs for 1, 2 and 3 cores. An Error names
// what the hardware or the generator cannot do.
[[nodiscard]] Result<GeneratedProgram> generate_program(const ConvShape& shape,
                                                        const GenerateOptions& options);

// The lists of all programs of a convolution, with a barrier at the end of each lane of a split
// one.
[[nodiscard]] Result<CommandStream> stream_of(const ConvPlan& plan, const ConvNumbers& numbers);

// Buffers, task table, commands and submit. Weights and tensors are left out: their bytes are not
// known.
[[nodiscard]] Capture capture_of(const GeneratedProgram& program);

// "generated program (vendor schedule)"; says so where the schedule is not the vendor's.
[[nodiscard]] std::string kind_of(const ConvPlan& plan);

}  // namespace npuscope
