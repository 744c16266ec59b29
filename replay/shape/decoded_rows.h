// What the rows of a decoded JSON say of registers, and of the shape of the convolution.
//
//   const DecodedJson& json = *capture.evidence;              // decoder/evidence.h
//   if (auto shape = infer_shape(json)) ... key_of(*shape) ...
//   register_of_key("cbuf0")                                  // 0x1040
//
// The slug of such a file leaves out the kernel and lies about depthwise ones; it is not looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "decoder/evidence.h"
#include "replay/shape/conv_shape.h"

namespace npuscope {

// The register that the capture harness calls so; none: it has no such name.
[[nodiscard]] std::optional<std::uint16_t> register_of_key(std::string_view key);

// How many rows belong to the program for one core: those before the first record without leading
// words (104 body words), or before the table repeats itself.
[[nodiscard]] std::size_t one_core_rows(const DecodedJson& json);

// From the rows of the program for one core; what a row does not write is that of the row two
// before.
[[nodiscard]] std::optional<ConvShape> infer_shape(const DecodedJson& json);

}  // namespace npuscope
