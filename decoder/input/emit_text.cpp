// EMIT text: the 16 digits behind `lsb` are the word, the rest of the line is a guess of the tool
// that printed it (single bits of the target, any constant that matches an offset).

#include <fmt/format.h>

#include "decoder/input/text_formats.h"

namespace npuscope {

namespace {

constexpr bool is_name_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// "0x0", "12", or `FULL_FIELD(3) | FULL_FLAG`: nothing that a compiler would have to know.
bool is_literal(std::string_view text) {
  text = trimmed(text);
  if (whole_number(text)) return true;
  Scanner scan(text);
  while (true) {
    const std::string_view item = trimmed(scan.until("|"));
    const std::size_t name_end = item.find('(');
    const std::string_view name = item.substr(0, name_end);
    if (name.empty() || !(name[0] >= 'A' && name[0] <= 'Z')) return false;
    for (const char c : name) {
      if (!is_name_character(c)) return false;
    }
    if (name_end != std::string_view::npos) {
      const std::string_view value = item.substr(name_end + 1);
      if (!value.ends_with(')') || !whole_number(trimmed(value.substr(0, value.size() - 1)))) {
        return false;
      }
    }
    if (scan.at_end()) return !text.ends_with('|');
  }
}

}  // namespace

bool read_emit_word(TextContext& context, std::string_view line) {
  Scanner scan(line);
  if (!scan.literal("[0x")) return false;
  const auto address = scan.hex();
  if (!address || !scan.literal("] lsb ")) return false;
  const std::string_view rest = scan.rest();
  std::uint64_t word = 0;
  if (rest.size() < 16 || !fixed_hex(rest.data(), 16, word)) {
    context.complain("an EMIT line ends in the middle of its word and was ignored");
    return true;
  }
  context.listed_word(Listing::Dialect::emit, *address, word);
  // "- NAME  EMIT(": counted apart from words that the tool could not name.
  if (rest.find("EMIT(", 16) != std::string_view::npos) context.builder.count_line("EMIT");
  return true;
}

bool read_emit_name(TextContext& context, std::string_view line) {
  line = trimmed(line);
  Scanner scan(line);
  if (!scan.literal("EMIT(")) return false;
  const std::string_view name = trimmed(scan.until(","));
  const std::size_t end = scan.rest().rfind(')');
  const std::string_view arguments =
      end == std::string_view::npos ? std::string_view{} : trimmed(scan.rest().substr(0, end));
  if (!name.starts_with("REG_") || name.size() == 4 || !is_literal(arguments)) {
    ++context.c_source_lines;
    return true;
  }
  context.builder.capture().named_writes.push_back(
      {std::string(name.substr(4)), std::string(arguments), context.place});
  return true;
}

// What decoders say around their lines. The base matters: printed address - base = offset.
bool read_decoder_chatter(TextContext& context, std::string_view line) {
  Scanner scan(line);
  if (scan.literal("WARNING: target ") || scan.literal("lxml not found") ||
      scan.literal("Cannot find schema")) {
    return true;
  }
  if (!scan.literal("DEBUG: ")) return false;
  if (!scan.literal("base selection for GEM ")) return true;
  const auto gem = scan.decimal();
  scan.until("chosen=");
  const auto base = scan.number();
  if (gem && *gem <= 0xffffffffU && base) {
    context.listing_bases[static_cast<std::uint32_t>(*gem)] = *base;
  }
  return true;
}

}  // namespace npuscope
