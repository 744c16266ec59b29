// A model file of any generation.
#include "decoder/check/model_check.h"
#include "decoder/model.h"
#include "decoder/program/relocation.h"
#include "tests/fuzz/consume.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

void fuzz_rknn(std::span<const std::byte> bytes) {
  auto capture = read_rknn(in_memory(bytes, "fuzzed.rknn"));
  if (!capture) return;
  require(capture->model != nullptr, "a model file gives a model");
  static_cast<void>(check_model(*capture));
  Bases bases = place_constants(*capture, 0xfff00000U);
  place_internal(*capture, 0xffe00000U, bases);
  static_cast<void>(place_regcmd(*capture, bases));
  static_cast<void>(place_tasks(*capture, 0xfff80000U));
  consume(std::move(*capture));
}

}  // namespace npuscope::fuzz
