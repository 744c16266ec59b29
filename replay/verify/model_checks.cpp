// Whether everything in the input speaks of the same convolution.
#include "replay/verify/checks.h"

namespace npuscope {

Verdict check_shape(const Run& run) {
  const auto listed = shape_from_tensors(run.capture());
  const auto computed = shape_from_registers(*run.input);
  if (!listed && !computed)
    return absent("neither tensors nor registers state the shape of a single convolution");
  Verdict verdict;
  std::string from;
  for (const auto* shape : {&listed, &computed}) {
    if (!*shape) continue;
    from += fmt::format("{}{}", from.empty() ? "" : " and ", (*shape)->source);
    if (verdict.place.file.empty()) verdict.place = (*shape)->place;
    if (run.model == nullptr || !run.model->shape) continue;
    verdict.expect(fmt::format("the convolution, from {}", (*shape)->source),
                   key_of(*run.model->shape), key_of((*shape)->shape), (*shape)->place,
                   "--model names the one that ran; names of files and tests may lie");
  }
  if (listed && computed && (run.model == nullptr || !run.model->shape))
    verdict.expect("the convolution that the registers compute", key_of(listed->shape),
                   key_of(computed->shape), computed->place);
  verdict.passed =
      fmt::format("{}, from {}", key_of(listed ? listed->shape : computed->shape), from);
  return verdict;
}

}  // namespace npuscope
