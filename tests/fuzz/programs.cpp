// A capture in memory; what the bytes mean stands in fuzzed_capture.h.
#include "tests/fuzz/fuzzed_capture.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

void fuzz_programs(std::span<const std::byte> bytes) {
  if (auto fuzzed = fuzzed_capture(bytes)) consume(std::move(fuzzed->capture), fuzzed->selection);
}

}  // namespace npuscope::fuzz
