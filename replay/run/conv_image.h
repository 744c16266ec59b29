// A generated convolution with its tensors, ready to run, and its output as a plain array.
//
//   Result<Image> image = conv_image(program, tensors, 3);
//   ... run it on a device ...
//   Result<std::vector<std::uint16_t>> output = conv_output(program, output_memory);
//
// f16 only. What the vendor's runtime does beside copying is done: rows of interleaved inputs are
// padded, and the word that holds their pitch gets it.
#pragma once

#include "replay/generate/generated.h"
#include "replay/prepare/replay_program.h"
#include "replay/run/conv_reference.h"

namespace npuscope {

// The program for so many cores, at the addresses of its layout. Errors (usage): an element type
// other than f16, tensors of other sizes than the shape's.
[[nodiscard]] Result<Image> conv_image(const GeneratedProgram& program, const ConvTensors& tensors,
                                       unsigned cores);

// What the vendor's runtime has beside that: the table of all sections; a copy of it behind the
// commands, and an internal buffer, of which a single convolution uses neither.
[[nodiscard]] WholeTable whole_table(const GeneratedProgram& program, unsigned cores);
[[nodiscard]] Image as_vendor_allocates(const GeneratedProgram& program, Image image);

// NCHW from the bytes of the output buffer. Errors (usage): too few bytes.
[[nodiscard]] Result<std::vector<std::uint16_t>> conv_output(const GeneratedProgram& program,
                                                             std::span<const std::byte> memory);

// Bytes that conv_output() reads from the begin of the buffer.
[[nodiscard]] std::uint64_t conv_output_bytes(const GeneratedProgram& program);

}  // namespace npuscope
