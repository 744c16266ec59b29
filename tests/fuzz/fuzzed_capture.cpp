#include "tests/fuzz/fuzzed_capture.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "decoder/model.h"

namespace npuscope::fuzz {

namespace {

constexpr std::size_t header_bytes = 16;

Buffer buffer_of(std::string name, std::span<const std::byte> bytes) {
  Buffer buffer;
  buffer.name = std::move(name);
  buffer.size = bytes.size();
  if (!bytes.empty()) buffer.pieces.push_back({0, bytes});
  return buffer;
}

// Cuts eight bytes out of the middle, as a filter does.
void cut_gap(Buffer& buffer) {
  if (buffer.size < 64 || buffer.pieces.size() != 1) return;
  const auto bytes = buffer.pieces[0].bytes;
  const std::size_t at = bytes.size() / 2 & ~std::size_t{7};
  buffer.pieces = {{0, bytes.first(at)}, {at + 8, bytes.subspan(at + 8)}};
}

// What a model file must state about its buffers for the reader to let it pass.
void add_model(Capture& capture, std::span<const std::uint8_t, 6> lists) {
  auto model = std::make_shared<Model>();
  model->platform = "rk3588";
  model->task_buffer = 0;
  model->regcmd_buffer = static_cast<std::uint32_t>(capture.buffers.size() - 1);
  std::copy(lists.begin(), lists.end(), model->list_lengths.begin());
  const std::uint64_t sum = std::accumulate(lists.begin(), lists.end(), std::uint64_t{0});
  model->has_lists = sum == capture.buffers[0].size / task_bytes;
  capture.model = std::move(model);
}

}  // namespace

std::optional<FuzzedCapture> fuzzed_capture(std::span<const std::byte> bytes) {
  if (bytes.size() < header_bytes) return std::nullopt;
  std::uint8_t header[header_bytes];
  std::memcpy(header, bytes.data(), header_bytes);
  const auto bit = [&](unsigned number) { return (header[0] >> number & 1U) != 0; };
  const FileBytes file = in_memory(bytes.subspan(header_bytes), "fuzzed");
  Capture capture;
  capture.source = file.name;
  capture.kind = "fuzzed";
  capture.storage.push_back(file.owner);
  std::uint16_t split = 0;
  std::uint32_t address = 0;
  std::memcpy(&split, header + 2, sizeof split);
  std::memcpy(&address, header + 4, sizeof address);
  const std::size_t first = bit(1) ? std::min(std::size_t{split} * 8, file.bytes.size()) : 0;
  if (bit(1)) capture.buffers.push_back(buffer_of("tasks", file.bytes.first(first)));
  capture.buffers.push_back(buffer_of("commands", file.bytes.subspan(first)));
  Buffer& last = capture.buffers.back();
  if (bit(0)) last.device_address = address;
  if (bit(2)) cut_gap(last);
  if (bit(5)) last.trust = Trust::filtered;
  if (bit(3)) {
    capture.buffers.front().object_address = 0xffffff8100000000U;
    Submit submit;
    submit.task_obj_addr = capture.buffers.front().object_address;
    submit.task_start = header[14];
    submit.task_number = header[15];
    submit.subcore[0] = {header[14], header[15]};
    capture.submits.push_back(submit);
  }
  if (bit(4)) add_model(capture, std::span<const std::uint8_t, 6>(header + 8, 6));
  return FuzzedCapture{std::move(capture), {.cores = header[1] & 3U, .state = bit(6)}};
}

}  // namespace npuscope::fuzz
