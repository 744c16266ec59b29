#include "decoder/input/embedded_model.h"

#include <fmt/format.h>

#include <cstring>

#include "decoder/input/rknn_container.h"

namespace npuscope {

namespace {

constexpr std::size_t model_alignment = 64;
constexpr int most_tries = 16;

// Keeps the memory of a capture alive for what is read from it.
FileBytes file_of(const Capture& capture, std::string name, std::span<const std::byte> bytes) {
  using Storage = std::vector<std::shared_ptr<const void>>;
  return {std::move(name), std::make_shared<const Storage>(capture.storage), bytes};
}

}  // namespace

void for_each_embedded_model(const FileBytes& memory,
                             const std::function<bool(const EmbeddedModel&)>& visit) {
  int tries = 0;
  for (std::size_t at = 0; at + 8 <= memory.bytes.size() && tries < most_tries;
       at += model_alignment) {
    if (std::memcmp(memory.bytes.data() + at, "RKNN", 4) != 0) continue;
    ++tries;
    const auto rest = memory.bytes.subspan(at);
    const std::uint64_t size = rknn_file_size(rest).value_or(rest.size());
    EmbeddedModel found{at,
                        {fmt::format("{} at {:#x}", memory.name, at), memory.owner,
                         rest.first(static_cast<std::size_t>(size))},
                        {},
                        {}};
    auto model = read_rknn(found.file);
    if (model) {
      found.capture = std::move(*model);
    } else {
      found.problem = model.error().what;
    }
    if (!visit(found)) return;
  }
}

std::optional<Capture> read_embedded_model(const Capture& capture,
                                           std::span<const std::byte> bytes) {
  auto model = read_rknn(file_of(capture, "the model file", bytes));
  if (!model) return std::nullopt;
  return std::move(*model);
}

std::optional<Capture> find_embedded_model(const Capture& capture, const Buffer& buffer) {
  std::optional<Capture> result;
  for_each_embedded_model(file_of(capture, buffer.name, buffer.bytes_from(0)),
                          [&](const EmbeddedModel& found) {
                            if (found.capture) result = found.capture;
                            return !result;
                          });
  return result;
}

}  // namespace npuscope
