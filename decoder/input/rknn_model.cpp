// Opens a vendor model file: container, then the reader of its generation, then the cheap rules E1
// and E2 as warnings. The other rules are check_model's.
#include <fmt/format.h>

#include "decoder/input/rknn_container.h"
#include "decoder/input/rknn_mini.h"
#include "decoder/input/rknn_v2.h"
#include "decoder/input/rknn_v6.h"
#include "decoder/check/model_check.h"

namespace npuscope {
namespace {

Result<Capture> read_payload(const FileBytes& file, const RknnContainer& box) {
  if (box.generation == RknnGeneration::mini) return read_rknn_mini(file, box);
  if (box.payload.size() > max_payload_bytes || box.payload.size() < 8) {
    return unreadable(fmt::format("a payload of {} bytes cannot be a model", box.payload.size()),
                      file.name);
  }
  RknnSource source(file, box);
  return box.generation == RknnGeneration::v6 ? read_rknn_v6(source) : read_rknn_v2(source);
}

// Without the envelope the generation is known only from the payload: the old ones have schema
// version 1. Try both, the current one first.
Result<Capture> read_bare_payload(const FileBytes& file, RknnContainer box) {
  auto capture = read_payload(file, box);
  if (!capture || capture->model->tensors.empty() || capture->model->buffers.empty()) {
    box.generation = RknnGeneration::v2;
    box.version = 2;
    auto old = read_payload(file, box);
    if (old && !old->model->buffers.empty()) capture = std::move(old);
  }
  if (!capture) return capture;
  capture->note("a bare payload without the .rknn envelope", {file.name, 0, false});
  return capture;
}

}  // namespace

Result<Capture> read_rknn(const FileBytes& file) {
  auto box = open_rknn_container(file);
  if (!box) return tl::unexpected<Error>(box.error());
  auto capture = box->version == 0 ? read_bare_payload(file, *box) : read_payload(file, *box);
  if (!capture) return capture;
  for (Finding& finding : check_table(*capture)) {
    capture->warn(finding.id + ": " + finding.text, std::move(finding.place));
  }
  return capture;
}

}  // namespace npuscope
