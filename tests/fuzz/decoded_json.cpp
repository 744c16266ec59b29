// The text of a decoded JSON file.
#include "tests/fuzz/consume.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

void fuzz_decoded_json(std::span<const std::byte> bytes) {
  auto capture = read_decoded_json(in_memory(bytes, "fuzzed.json"));
  if (capture) consume(std::move(*capture));
}

}  // namespace npuscope::fuzz
