// A log of our gdb command files. Checks of lines are not repaired, so mutations meet the search
// for torn lines most; what stands behind the checks is the bundle reader, which has a target of
// its own.
#include "tests/fuzz/consume.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

void fuzz_gdb_log(std::span<const std::byte> bytes) {
  auto captures = read_gdb_log(in_memory(bytes, "fuzzed.log"));
  if (!captures) return;
  for (Capture& capture : *captures) consume(std::move(capture));
}

}  // namespace npuscope::fuzz
