#include "decoder/input/sniff.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "decoder/input/bundle.h"
#include "decoder/input/gdb_line.h"
#include "decoder/input/rknn_container.h"

namespace npuscope {

namespace {

constexpr std::size_t probe_bytes = 4096;
constexpr std::size_t gdb_probe_bytes = std::size_t{1} << 20U;  // programs may print before

bool is_control(unsigned char c) {
  return c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != 0x1b;
}

// Nearly only printable characters, and at least one line end.
bool looks_like_text(std::string_view probe) {
  std::size_t control = 0;
  std::size_t high = 0;
  for (const char c : probe) {
    const auto byte = static_cast<unsigned char>(c);
    control += is_control(byte);
    high += byte >= 0x80;
  }
  return probe.find('\n') != std::string_view::npos && control * 20 <= probe.size() &&
         high * 4 <= probe.size();
}

bool holds_gdb_line(std::string_view text) {
  const std::size_t mark = text.substr(0, gdb_probe_bytes).find(gdb_line_mark);
  return mark != std::string_view::npos && gdb_line_length(text.substr(mark)).has_value();
}

}  // namespace

ContentKind sniff(std::span<const std::byte> bytes) {
  // Also the kinds that are refused: their reader says which it is.
  if (looks_like_rknn(bytes)) return ContentKind::model;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const bool has_nul = text.find('\0') != std::string_view::npos;
  if (has_nul && !looks_like_text(text.substr(0, probe_bytes))) return ContentKind::raw;
  if (looks_like_bundle_head(bytes)) return ContentKind::bundle_head;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{' &&
      text.find("\"body_rows\"") != std::string_view::npos) {
    return ContentKind::decoded_json;
  }
  return holds_gdb_line(text) ? ContentKind::gdb_log : ContentKind::text;
}

}  // namespace npuscope
