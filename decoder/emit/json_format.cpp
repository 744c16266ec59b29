#include "decoder/emit/json_format.h"

#include <fmt/format.h>

#include <algorithm>

#include "decoder/emit/digits.h"

namespace npuscope {

namespace {

constexpr std::size_t longest_prefix = 128;

// Fields of registers are mostly below 100.
inline char* number(char* out, std::uint32_t value) {
  if (value < 10) {
    *out = static_cast<char>('0' + value);
    return out + 1;
  }
  return digits::decimal(out, value);
}

}  // namespace

JsonFormat::JsonFormat(const RegisterDb& db) : line_of_offset_(65536, 0) {
  lines_.emplace_back();
  std::size_t longest = 128;
  for (const Register& reg : db.registers()) {
    if (!reg.block) continue;
    Line line;
    const bool enables = reg.offset == offset_operation_enable && reg.block == Block::pc;
    line.target = enables ? target_operation_enable : target_of(*reg.block);
    line.opening =
        arena_.keep(fmt::format(R"(","block":"{}","register":{},"offset":"0x{:04x}","value":)",
                                name_of(*reg.block), json_string(reg.full_name), reg.offset));
    line.first_field = static_cast<std::uint32_t>(fields_.size());
    line.field_count = static_cast<std::uint16_t>(reg.fields.size());
    line.unowned = reg.unowned_bits();
    std::size_t length = line.opening.length + 64;
    for (std::size_t i = 0; i < reg.fields.size(); ++i) {
      const Field& field = reg.fields[i];
      const std::string key =
          fmt::format("{}{}:", i == 0 ? R"(,"fields":{)" : ",", json_string(field.name));
      fields_.push_back({arena_.keep(key), field.mask(), field.low});
      length += key.size() + 12;
    }
    longest = std::max(longest, length);
    line_of_offset_[reg.offset] = static_cast<std::uint16_t>(lines_.size());
    lines_.push_back(line);
  }
  arena_.close();
  max_line_ = longest + longest_prefix + 256 + 2 * TextArena::chunk;
}

char* JsonFormat::write_line(char* out, std::string_view prefix, std::size_t index,
                             std::uint64_t address, Word word) const {
  out = put(out, prefix.substr(0, longest_prefix));
  out = digits::decimal64(out, index);
  out = put(out, R"(,"address":"0x)");
  out = digits::hex16(out, address);
  out = put(out, R"(","word":"0x)");
  out = digits::hex16(out, word.raw);
  const Line& line = lines_[line_of_offset_[word.offset()]];
  if (line.target != word.target() || line.target == 0) return write_stranger(out, word);
  out = arena_.copy(out, line.opening);
  const std::uint32_t value = word.value();
  out = digits::decimal(out, value);
  const FieldText* field = fields_.data() + line.first_field;
  for (const FieldText* end = field + line.field_count; field != end; ++field) {
    out = arena_.copy(out, field->key);
    out = number(out, (value & field->mask) >> field->low);
  }
  if (line.field_count > 0) *out++ = '}';
  if ((value & line.unowned) != 0) {
    out = put(out, R"(,"unknown_bits":)");
    out = digits::decimal(out, value & line.unowned);
  }
  return put(out, "}\n");
}

char* JsonFormat::write_stranger(char* out, Word word) const {
  const auto block = block_of_target(word.target());
  const bool plausible = block && block == block_of_offset(word.offset());
  out = put(out, plausible ? R"(","block":")" : R"(","block":null,"target":"0x)");
  char four[24];
  if (plausible) {
    out = put(out, name_of(*block));
    out = put(out, R"(")");
  } else {
    digits::hex8(four, word.target());
    out = put(put(out, {four + 4, 4}), R"(")");
  }
  digits::hex8(four, word.offset());
  out = put(out, is_marker(word) ? R"(,"register":null,"marker":true,"offset":"0x)"
                                 : R"(,"register":null,"offset":"0x)");
  out = put(put(out, {four + 4, 4}), R"(","value":)");
  out = digits::decimal(out, word.value());
  return put(out, "}\n");
}

std::string json_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      result += fmt::format("\\u{:04x}", byte);
    } else {
      result += c;
    }
  }
  return result += '"';
}

}  // namespace npuscope
