#include "decoder/input/rknn_container.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

namespace npuscope {
namespace {

constexpr std::size_t short_header = 24;  // magic, zero, version, payload size
constexpr std::size_t long_header = 64;   // the same and 40 bytes, since version 2
constexpr std::uint64_t mini_version = 0x1004;

std::uint64_t read_u64(std::span<const std::byte> bytes, std::size_t at) {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

bool has_text_at(std::span<const std::byte> bytes, std::size_t at, std::string_view text) {
  return bytes.size() >= at + text.size() &&
         std::memcmp(bytes.data() + at, text.data(), text.size()) == 0;
}

// Files that are recognised and refused.
std::optional<Error> refuse_by_magic(const FileBytes& file) {
  const auto refuse = [&](std::string what, std::string remedy) {
    return Error{ErrorKind::unreadable, std::move(what), file.name, std::move(remedy)};
  };
  if (has_text_at(file.bytes, 0, "CYPTRKNN")) {
    return refuse("encrypted model", "export it again without encryption");
  }
  if (has_text_at(file.bytes, 0, "RKNX")) {
    return refuse("RKNX model of the RKNN3 product line, another NPU",
                  "compile the network for the RK3588 with RKNN-Toolkit2");
  }
  if (has_text_at(file.bytes, 0, "VPMN")) {
    return refuse("VPMN binary of an older VeriSilicon NPU",
                  "compile the network for the RK3588 with RKNN-Toolkit2");
  }
  return std::nullopt;
}

// F1: header + payload + size word + JSON = file.
Result<RknnContainer> split(const FileBytes& file, std::size_t header) {
  const auto damaged = [&](std::string what) {
    return unreadable(std::move(what), file.name, "copy or download the file again");
  };
  const std::uint64_t size = file.bytes.size();
  if (size < header) {
    return damaged(fmt::format("cut off: {} bytes, the header alone has {}", size, header));
  }
  const std::uint64_t payload = read_u64(file.bytes, 16);
  if (payload > size - header || size - header - payload < 8) {
    return damaged(
        fmt::format("cut off: the payload should be {} bytes, {} bytes follow the header", payload,
                    size - header));
  }
  const std::uint64_t json_at = header + payload + 8;
  const std::uint64_t json = read_u64(file.bytes, static_cast<std::size_t>(json_at - 8));
  if (json > size - json_at) {
    return damaged(
        fmt::format("cut off: the JSON text at byte {:#x} should be {} bytes, {} are there",
                    json_at, json, size - json_at));
  }
  if (json < size - json_at) {
    return damaged(fmt::format("{} bytes follow the end of the model, byte {:#x}",
                               size - json_at - json, json_at + json));
  }
  RknnContainer box;
  box.version = read_u64(file.bytes, 8);
  box.payload_offset = header;
  box.payload = file.bytes.subspan(header, static_cast<std::size_t>(payload));
  box.json = file.text().substr(static_cast<std::size_t>(json_at), static_cast<std::size_t>(json));
  while (!box.json.empty() && box.json.back() == '\0') box.json.remove_suffix(1);
  return box;
}

// Generation 1 is the name of two formats: RKNN-Toolkit2 1.2, and RKNN-Toolkit 1 for chips with
// another vendor's NPU, whose payload has no identifier.
Result<RknnContainer> open_generation_1(const FileBytes& file) {
  auto box = split(file, short_header);
  if (box && has_text_at(box->payload, 4, "RKNN")) {
    box->generation = RknnGeneration::v1;
    return box;
  }
  if (!box) {  // the older family has the longer header; its JSON text still names the chip
    if (const auto older = split(file, long_header); older) box = older;
  }
  if (!box) return box;
  const std::string platform = platform_of_json(box->json);
  for (const std::string_view chip : {"RK1808", "RK3399PRO", "RV1109", "RV1126"}) {
    if (platform != chip) continue;
    return unreadable(
        fmt::format("RKNN 1.x model for the {}, whose NPU is another vendor's (VeriSilicon)", chip),
        file.name, "compile the network for the RK3588 with RKNN-Toolkit2");
  }
  return unreadable(
      fmt::format("RKNN 1.x model for {}, its payload is not an RKNPU2 program",
                  platform.empty() ? "an unnamed chip" : '"' + printable(platform) + '"'),
      file.name, "compile the network for the RK3588 with RKNN-Toolkit2");
}

Result<RknnContainer> open_long(const FileBytes& file, RknnGeneration generation) {
  auto box = split(file, long_header);
  if (!box) return box;
  box->generation = generation;
  if (generation != RknnGeneration::mini && !has_text_at(box->payload, 4, "RKNN")) {
    return unreadable("the payload does not have the identifier RKNN",
                      fmt::format("{}, byte {:#x}", file.name, long_header + 4),
                      "the model is damaged or encrypted");
  }
  return box;
}

}  // namespace

Result<RknnContainer> open_rknn_container(const FileBytes& file) {
  if (const auto refused = refuse_by_magic(file)) return tl::unexpected<Error>(*refused);
  if (!has_text_at(file.bytes, 0, "RKNN")) {
    if (!has_text_at(file.bytes, 4, "RKNN")) {
      return unreadable("not an RKNN model: it does not begin with RKNN", file.name);
    }
    RknnContainer bare;  // the flatbuffer without its envelope, as some tools extract it
    bare.payload = file.bytes;
    return bare;
  }
  if (file.bytes.size() < short_header) {
    return unreadable(
        fmt::format("cut off: {} bytes, the header alone has {}", file.bytes.size(), short_header),
        file.name, "copy or download the file again");
  }
  const std::uint64_t version = read_u64(file.bytes, 8);
  switch (version) {
    case 6:
      return open_long(file, RknnGeneration::v6);
    case 2:
      return open_long(file, RknnGeneration::v2);
    case mini_version:
      return open_long(file, RknnGeneration::mini);
    case 1:
      return open_generation_1(file);
    default:
      return unreadable(fmt::format("unknown RKNN container generation {:#x}", version),
                        file.name + ", byte 0x8", "versions 1, 2, 6 and 0x1004 can be read");
  }
}

std::string platform_of_json(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return {};
  const auto found = json.find("target_platform");
  if (found == json.end()) return {};
  if (found->is_string()) return found->get<std::string>();
  if (!found->is_array() || found->empty() || !found->front().is_string()) return {};
  return found->front().get<std::string>();
}

std::optional<std::uint64_t> rknn_file_size(std::span<const std::byte> bytes) {
  if (bytes.size() < long_header || !has_text_at(bytes, 0, "RKNN")) return std::nullopt;
  const std::uint64_t header = read_u64(bytes, 8) == 1 ? short_header : long_header;
  const std::uint64_t payload = read_u64(bytes, 16);
  if (payload > bytes.size() || header + payload + 8 > bytes.size()) return std::nullopt;
  const std::uint64_t json = read_u64(bytes, static_cast<std::size_t>(header + payload));
  const std::uint64_t before_json = header + payload + 8;
  if (json > bytes.size() - before_json) return std::nullopt;
  return before_json + json;
}

bool looks_like_rknn(std::span<const std::byte> bytes) {
  constexpr std::array<std::string_view, 4> magics{"RKNN", "RKNX", "VPMN", "CYPTRKNN"};
  for (const std::string_view magic : magics) {
    if (has_text_at(bytes, 0, magic)) return true;
  }
  return has_text_at(bytes, 4, "RKNN");
}

std::string printable(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    std::size_t length = lead < 0x80 ? 1 : lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 ? 3 : 2;
    bool valid = lead >= 0x20 && lead != 0x7f && (lead < 0x80 || (lead >= 0xc2 && lead < 0xf5)) &&
                 length <= text.size() - at;
    for (std::size_t k = 1; valid && k < length; ++k) {
      valid = (static_cast<unsigned char>(text[at + k]) & 0xc0U) == 0x80U;
    }
    clean.append(valid ? text.substr(at, length) : std::string_view("?"));
    at += valid ? length : 1;
  }
  return clean;
}

}  // namespace npuscope
