// Opens a vendor model file: container, then the reader of its generation, then the cheap rules E1
// and E2 as warnings. The other rules are check_model's.
#include <fmt/format.h>

#include "decoder/check/model_check.h"
#include "decoder/input/rknn_container.h"
#include "decoder/input/rknn_mini.h"
#include "decoder/input/rknn_v2.h"
#include "decoder/input/rknn_v6.h"

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

// The bytes of the file that are in no buffer: header, size word and JSON text around the payload;
// tables, vectors and strings in it.
void account_for_file(const FileBytes& file, const RknnContainer& box, Capture& capture) {
  std::uint64_t in_buffers = 0;
  if (box.generation == RknnGeneration::mini) {
    for (const Buffer& buffer : capture.buffers) in_buffers += buffer.size;
  } else {
    for (const ModelBuffer& buffer : capture.model->buffers) in_buffers += buffer.size;
  }
  const auto fact = [&](std::string key, std::uint64_t bytes) {
    capture.facts.push_back({std::move(key), fmt::format("{}", bytes), {file.name, 0, false}});
  };
  const std::uint64_t payload = box.payload.size();
  fact("file.bytes", file.bytes.size());
  fact("file.envelope.bytes", file.bytes.size() - payload);
  // Damaged files may let buffers share bytes.
  if (in_buffers <= payload) fact("file.tables.bytes", payload - in_buffers);
}

}  // namespace

Result<Capture> read_rknn(const FileBytes& file) {
  auto box = open_rknn_container(file);
  if (!box) return tl::unexpected<Error>(box.error());
  auto capture = box->version == 0 ? read_bare_payload(file, *box) : read_payload(file, *box);
  if (!capture) return capture;
  capture->original = file.bytes;
  account_for_file(file, *box, *capture);
  for (Finding& finding : check_table(*capture)) {
    capture->warn(finding.id + ": " + finding.text, std::move(finding.place));
  }
  return capture;
}

}  // namespace npuscope
