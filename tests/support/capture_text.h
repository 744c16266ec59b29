// A capture as a text that names everything it holds, so that two captures can be compared and the
// difference read.
//
//   EXPECT_EQ(capture_text(read_again), capture_text(capture));
#pragma once

#include <string>

#include "decoder/capture.h"

namespace npuscope::testing {

// Equal for equal captures, whoever owns their bytes. Bytes are shown as sizes and hashes.
[[nodiscard]] std::string capture_text(const Capture& capture);

}  // namespace npuscope::testing
