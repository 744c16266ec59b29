// The envelope of a .rknn file: which generation it is, where its payload and its JSON text lie.
//
//   auto box = open_rknn_container(file);
//   if (box) ... box->generation, box->payload, box->payload_offset ...
//
// Everything that is not a readable generation is refused by name, with what to do about it. Spans
// point into the FileBytes that was passed. Source of the layout: 343 public files.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "decoder/input/read_input.h"

namespace npuscope {

enum class RknnGeneration : std::uint8_t { v1, v2, v6, mini };

struct RknnContainer {
  RknnGeneration generation = RknnGeneration::v6;
  std::uint64_t version = 0;         // as the header says; 0 for a bare payload
  std::uint64_t payload_offset = 0;  // in the file
  std::span<const std::byte> payload;
  std::string_view json;  // without trailing NULs
};

// Errors: encrypted, another product line, not an RKNN model, cut off or with bytes left over (F1),
// a generation or chip family that we cannot read.
[[nodiscard]] Result<RknnContainer> open_rknn_container(const FileBytes& file);

// True if the bytes begin like any of the files that open_rknn_container knows, readable or
// refused.
[[nodiscard]] bool looks_like_rknn(std::span<const std::byte> bytes);

// How many bytes the file has that begins here, according to its own header: a copy in a memory
// object is followed by other bytes. Nothing if the header is not one, or says more than there is.
[[nodiscard]] std::optional<std::uint64_t> rknn_file_size(std::span<const std::byte> bytes);

// "target_platform" of a JSON text, "" if it names none. Only for files whose payload does not.
[[nodiscard]] std::string platform_of_json(std::string_view text);

// A text of a model as a person may see it: control characters and invalid UTF-8 replaced by '?'.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace npuscope
