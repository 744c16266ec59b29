#include "regdb/xml_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>

namespace npuscope {
namespace {

tl::unexpected<Error> too_large(const std::string& name) {
  return unreadable(fmt::format("the file is larger than {} MiB", XmlFile::max_bytes >> 20U), name,
                    "give a register database; real ones have less than 2 MiB");
}

std::string_view attribute_value(pugi::xml_node node, std::string_view prefix) {
  for (const auto& attribute : node.attributes()) {
    const std::string_view name = attribute.name();
    if (name.substr(0, 5) != "xmlns") continue;
    const bool matches =
        prefix.empty() ? name.size() == 5 : name.size() > 6 && name.substr(6) == prefix;
    if (matches) return attribute.value();
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<XmlFile>> XmlFile::open(const std::string& path) {
  auto file = std::make_unique<XmlFile>();
  file->name_ = path;
  file->on_disk_ = true;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return unreadable("cannot open the file", path, "check the path");
  std::string block(std::size_t{1} << 16U, '\0');
  while (stream.read(block.data(), static_cast<std::streamsize>(block.size())) ||
         stream.gcount() > 0) {
    file->bytes_.append(block.data(), static_cast<std::size_t>(stream.gcount()));
    if (file->bytes_.size() > max_bytes) return too_large(path);
  }
  file->text_ = file->bytes_;
  if (file->text_.empty()) {
    return unreadable("the file is empty or not a file", path, "give an XML file");
  }
  if (auto error = file->parse_text()) return tl::unexpected<Error>(*error);
  return file;
}

Result<std::unique_ptr<XmlFile>> XmlFile::parse(std::string name, std::string_view text) {
  auto file = std::make_unique<XmlFile>();
  file->name_ = std::move(name);
  if (text.size() > max_bytes) return too_large(file->name_);
  file->text_ = text;
  if (auto error = file->parse_text()) return tl::unexpected<Error>(*error);
  return file;
}

std::optional<Error> XmlFile::parse_text() {
  const auto result =
      document_.load_buffer(text_.data(), text_.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!result) {
    return Error{ErrorKind::unreadable,
                 fmt::format("not well-formed XML: {}", result.description()),
                 place_of_byte(result.offset), "correct the file at this line"};
  }
  if (!root()) {
    return Error{ErrorKind::unreadable, "the file holds no XML element", name_, "give an XML file"};
  }
  return std::nullopt;
}

std::string XmlFile::place(pugi::xml_node node) const {
  return place_of_byte(node.offset_debug());
}

std::string XmlFile::place_of_byte(std::ptrdiff_t byte) const {
  const auto end = std::clamp<std::ptrdiff_t>(byte, 0, static_cast<std::ptrdiff_t>(text_.size()));
  const auto line = 1 + std::count(text_.begin(), text_.begin() + end, '\n');
  return fmt::format("{}:{}", name_, line);
}

std::string_view local_name(pugi::xml_node node) {
  const std::string_view name = node.name();
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view namespace_of(pugi::xml_node node) {
  const std::string_view name = node.name();
  const auto colon = name.find(':');
  const auto prefix = colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
  for (auto scope = node; scope; scope = scope.parent()) {
    const auto uri = attribute_value(scope, prefix);
    if (!uri.empty()) return uri;
  }
  return {};
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  int base = 10;
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    base = 16;
    text.remove_prefix(2);
  }
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number, base);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return number;
}

}  // namespace npuscope
