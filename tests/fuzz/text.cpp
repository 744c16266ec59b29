// A text of any dialect or several of them: logs, hex rows, listings, EMIT lines.
#include "tests/fuzz/consume.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

void fuzz_text(std::span<const std::byte> bytes) {
  auto captures = read_text(in_memory(bytes, "fuzzed.log"));
  if (!captures) return;
  for (Capture& capture : *captures) consume(std::move(capture));
}

}  // namespace npuscope::fuzz
