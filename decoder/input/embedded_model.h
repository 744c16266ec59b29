// Model files that lie in the memory of a device: the vendor's runtime copies them there.
//
//   std::optional<Capture> model = find_embedded_model(capture, buffer);
//
// A model begins at a multiple of 64 bytes.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "decoder/capture.h"
#include "decoder/input/read_input.h"

namespace npuscope {

struct EmbeddedModel {
  std::uint64_t offset = 0;
  FileBytes file;
  std::optional<Capture> capture;
  std::string problem;  // why there is none
};

// Calls visit(found) at each place that begins like a model, until it returns false. A hostile file has many: 16 are
// looked at.
void for_each_embedded_model(const FileBytes& memory,
                             const std::function<bool(const EmbeddedModel&)>& visit);

// The model in these bytes of the capture, which owns them.
[[nodiscard]] std::optional<Capture> read_embedded_model(const Capture& capture,
                                                         std::span<const std::byte> bytes);
// The first model in what is known from the begin of a buffer on.
[[nodiscard]] std::optional<Capture> find_embedded_model(const Capture& capture,
                                                         const Buffer& buffer);

}  // namespace npuscope
