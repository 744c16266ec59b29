// The libFuzzer program of the target that the build names.
#include <cstdint>
#include <cstdlib>

#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const npuscope::fuzz::FuzzTarget run = npuscope::fuzz::target_named(NPUSCOPE_FUZZ_TARGET);
  if (run == nullptr) std::abort();
  run(std::as_bytes(std::span(data, size)));
  return 0;
}
