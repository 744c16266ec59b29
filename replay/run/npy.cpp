#include "replay/run/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

namespace npuscope {

namespace {

constexpr std::string_view magic = "\x93NUMPY";

tl::unexpected<Error> damaged(std::string what, const std::string& where) {
  return unreadable(std::move(what), where, "numpy.save writes arrays that can be read");
}

// The text behind 'key': in the dictionary of the header, up to the end of the value.
std::optional<std::string_view> value_of(std::string_view header, std::string_view key) {
  const std::size_t at = header.find(fmt::format("'{}':", key));
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = header.substr(at + key.size() + 3);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  if (rest.empty()) return std::nullopt;
  const char close = rest[0] == '\'' ? '\'' : rest[0] == '(' ? ')' : ',';
  const std::size_t end = rest.find(close, 1);
  if (end == std::string_view::npos) return std::nullopt;
  return rest[0] == '\'' || rest[0] == '(' ? rest.substr(1, end - 1) : rest.substr(0, end);
}

std::optional<std::vector<std::uint64_t>> shape_of(std::string_view text) {
  std::vector<std::uint64_t> shape;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(" ,"), text.size()));
    if (text.empty()) return shape;
    std::uint64_t extent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), extent);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.empty() && text[0] != ',' && text[0] != ' ') return std::nullopt;
    shape.push_back(extent);
  }
}

// Bytes of all elements; none: more than a file can hold.
std::optional<std::uint64_t> bytes_of(const NpyArray& array, std::uint64_t room) {
  if (std::ranges::find(array.shape, 0U) != array.shape.end()) return 0;
  std::uint64_t bytes = array.element_bytes();
  for (const std::uint64_t extent : array.shape) {
    if (bytes > room / extent) return std::nullopt;
    bytes *= extent;
  }
  return bytes;
}

}  // namespace

std::size_t NpyArray::element_bytes() const {
  if (type.size() != 3 || (type[0] != '<' && type[0] != '|')) return 0;
  if (std::string_view("fiub").find(type[1]) == std::string_view::npos) return 0;
  const auto bytes = static_cast<std::size_t>(type[2] - '0');
  if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8) return 0;
  return type[0] == '|' && bytes != 1 ? 0 : bytes;
}

bool is_npy(std::span<const std::byte> bytes) {
  return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

Result<NpyArray> read_npy(std::span<const std::byte> bytes, const std::string& where) {
  if (!is_npy(bytes) || bytes.size() < 12) return damaged("no .npy array", where);
  const auto version = std::to_integer<unsigned>(bytes[6]);
  if (version < 1 || version > 3)
    return damaged(fmt::format("version {} of the .npy format is not known", version), where);
  const auto at = [&bytes](std::size_t i) { return std::to_integer<std::uint32_t>(bytes[i]); };
  const std::size_t begin = version == 1 ? 10 : 12;
  const std::uint64_t length =
      version == 1 ? at(8) | at(9) << 8U : at(8) | at(9) << 8U | at(10) << 16U | at(11) << 24U;
  if (length > bytes.size() - begin) return damaged("cut off within its header", where);
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()) + begin, length);
  const auto type = value_of(header, "descr");
  const auto order = value_of(header, "fortran_order");
  const auto extents = value_of(header, "shape");
  if (!type || !order || !extents) return damaged("its header is no dictionary of numpy", where);
  if (*order != "False") return damaged("in Fortran order", where);
  NpyArray array{std::string(*type), {}, {}};
  auto shape = shape_of(*extents);
  if (!shape) return damaged(fmt::format("shape ({})", *extents), where);
  array.shape = std::move(*shape);
  if (array.element_bytes() == 0)
    return damaged(fmt::format("elements of type {}, not little-endian numbers", *type), where);
  const auto data = bytes.subspan(begin + length);
  const auto size = bytes_of(array, data.size());
  if (!size || *size != data.size())
    return damaged(
        fmt::format("shape ({}) of {} does not fit {} bytes", *extents, *type, data.size()), where);
  array.data.assign(data.begin(), data.end());
  return array;
}

std::vector<std::byte> write_npy(const NpyArray& array) {
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", array.type,
                  fmt::join(array.shape, ", "), array.shape.size() == 1 ? "," : "");
  constexpr std::size_t fixed = 10, alignment = 64;
  header.append(alignment - 1 - (fixed + header.size()) % alignment, ' ');
  header += '\n';
  std::string head(magic);
  head += {'\x01', '\x00', static_cast<char>(header.size() & 0xffU),
           static_cast<char>(header.size() >> 8U)};
  head += header;
  std::vector<std::byte> file(head.size() + array.data.size());
  std::memcpy(file.data(), head.data(), head.size());
  if (!array.data.empty())
    std::memcpy(file.data() + head.size(), array.data.data(), array.data.size());
  return file;
}

}  // namespace npuscope
