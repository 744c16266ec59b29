// The numbers of a kernel log line in words: registers of the program controller with their fields,
// flags of a job, and addresses as places in the buffers of a capture.
//
//   for (const std::string& text : values_in_words(line.arguments, db, capture)) ...
//     "require_mask 0x300: INTERRUPT_MASK DPU_0, DPU_1"
//     "address 0xfff9f000: 0x1000 behind the end of GEM 5 (output)"
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "decoder/capture.h"
#include "decoder/input/scan.h"
#include "regdb/register_db.h"

namespace npuscope::host {

// One text for each argument that means more than its number; `capture` may be null.
[[nodiscard]] std::vector<std::string> values_in_words(const Arguments& arguments,
                                                       const RegisterDb& db,
                                                       const Capture* capture);

// "GEM 2 (constants) + 0x1080", or how far it is from the nearest buffer; "" when the capture knows
// no address.
[[nodiscard]] std::string place_in(const Capture& capture, std::uint64_t address);

}  // namespace npuscope::host
