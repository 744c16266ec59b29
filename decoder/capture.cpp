#include "decoder/capture.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace npuscope {

std::string_view name_of(Trust trust) {
  switch (trust) {
    case Trust::raw:
      return "raw";
    case Trust::text:
      return "text";
    case Trust::filtered:
      return "filtered";
    case Trust::lossy:
      return "lossy";
    case Trust::text_only:
      return "text-only";
  }
  return "unknown";
}

std::string_view name_of(BufferRole role) {
  switch (role) {
    case BufferRole::unknown:
      return "unknown";
    case BufferRole::task_table:
      return "task table";
    case BufferRole::commands:
      return "commands";
    case BufferRole::constants:
      return "constants";
    case BufferRole::internal:
      return "internal";
    case BufferRole::input:
      return "input";
    case BufferRole::output:
      return "output";
    case BufferRole::model:
      return "model file";
  }
  return "unknown";
}

std::string Place::text() const {
  if (file.empty() && at == 0) return {};
  return is_line ? fmt::format("{}:{}", file, at) : fmt::format("{}, byte {:#x}", file, at);
}

std::span<const std::byte> Buffer::bytes_from(std::uint64_t offset) const {
  const auto after =
      std::upper_bound(pieces.begin(), pieces.end(), offset,
                       [](std::uint64_t at, const Piece& p) { return at < p.offset; });
  if (after == pieces.begin()) return {};
  const Piece& piece = *std::prev(after);
  if (offset >= piece.end()) return {};
  return piece.bytes.subspan(static_cast<std::size_t>(offset - piece.offset));
}

std::span<const std::byte> Buffer::bytes_at(std::uint64_t offset, std::uint64_t count) const {
  const auto known = bytes_from(offset);
  return known.size() < count ? std::span<const std::byte>{}
                              : known.first(static_cast<std::size_t>(count));
}

std::uint64_t Buffer::known_bytes() const {
  std::uint64_t sum = 0;
  for (const Piece& piece : pieces) sum += piece.bytes.size();
  return sum;
}

std::optional<std::uint64_t> Event::number(std::string_view key) const {
  for (const auto& [name, value] : arguments) {
    if (name != key) continue;
    std::string_view digits = value;
    const bool negative = digits.starts_with('-');
    if (negative) digits.remove_prefix(1);
    const bool hex = digits.starts_with("0x") || digits.starts_with("0X");
    if (hex) digits.remove_prefix(2);
    std::uint64_t number = 0;
    const auto end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, number, hex ? 16 : 10);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return negative ? std::uint64_t{0} - number : number;
  }
  return std::nullopt;
}

const Fact* Capture::fact(std::string_view key) const {
  const auto found =
      std::find_if(facts.begin(), facts.end(), [&](const Fact& f) { return f.key == key; });
  return found == facts.end() ? nullptr : &*found;
}

void Capture::note(std::string text, Place place) {
  diagnostics.push_back({Severity::note, std::move(text), std::move(place)});
}

void Capture::warn(std::string text, Place place) {
  diagnostics.push_back({Severity::warning, std::move(text), std::move(place)});
}

}  // namespace npuscope
