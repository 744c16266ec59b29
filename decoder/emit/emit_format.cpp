#include "decoder/emit/emit_format.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "decoder/emit/digits.h"

namespace npuscope {

namespace {

constexpr std::size_t emit_column = 14;  // "EMIT" begins here, counted from the block's name

std::string opening_of(std::string_view block, std::string_view full_name) {
  std::string text(block);
  text.resize(std::max(text.size() + 1, emit_column), ' ');
  text += "EMIT(REG_";
  text += full_name;
  text += ", ";
  return text;
}

}  // namespace

EmitFormat::EmitFormat(const RegisterDb& db) : db_(&db), line_of_offset_(65536, 0) {
  lines_.emplace_back();  // index 0: no register
  std::size_t longest = 64;
  for (const Register& reg : db.registers()) {
    if (!reg.block && reg.offset != offset_operation_enable) continue;
    Line line;
    const std::string_view block = reg.block ? name_of(*reg.block) : std::string_view("PC");
    line.opening = arena_.keep(opening_of(block, reg.full_name));
    line.block_column = static_cast<std::uint16_t>(std::max(block.size() + 1, emit_column));
    // OPERATION_ENABLE goes to all blocks at once, under a target of its own.
    const bool enables = reg.offset == offset_operation_enable && reg.block == Block::pc;
    line.target = enables ? target_operation_enable : target_of(reg.block.value_or(Block::pc));
    line.first_field = static_cast<std::uint32_t>(fields_.size());
    line.unowned = reg.unowned_bits();
    line.whole_value = reg.fields.size() <= 1;
    std::size_t length = line.opening.length;
    for (std::size_t i = 0; i < reg.fields.size(); ++i) {
      const Field& field = reg.fields[i];
      fields_.push_back({arena_.keep(field.full_name), field.mask(), field.low,
                         field.type == FieldType::boolean && field.low == field.high});
      for (unsigned bit = field.low; bit <= field.high && bit < 32; ++bit)
        line.owner[bit] = static_cast<std::uint8_t>(i);
      length += field.full_name.size() + 16;
    }
    longest = std::max(longest, length);
    line_of_offset_[reg.offset] = static_cast<std::uint16_t>(lines_.size());
    lines_.push_back(line);
  }
  arena_.close();
  max_line_ = longest + 128 + 2 * TextArena::chunk;
}

inline char* EmitFormat::write_arguments(char* out, const Line& line, std::uint32_t value) const {
  std::uint32_t rest = value & ~line.unowned;
  if (rest == 0 || line.whole_value) {
    std::memcpy(out, "0x", 2);
    return digits::hex8(out + 2, value);
  }
  // One round for each field that is not zero, highest first.
  for (;;) {
    const FieldText& field =
        fields_[line.first_field +
                line.owner[static_cast<std::size_t>(31 - std::countl_zero(rest))]];
    out = arena_.copy(out, field.name);
    if (!field.boolean) {
      *out++ = '(';
      out = digits::decimal(out, (rest & field.mask) >> field.low);
      *out++ = ')';
    }
    rest &= ~field.mask;
    if (rest == 0) break;
    std::memcpy(out, " | ", 3);
    out += 3;
  }
  if ((value & line.unowned) != 0) {
    out = put(out, " | 0x");
    out = digits::hex8(out, value & line.unowned);
  }
  return out;
}

char* EmitFormat::write_emit(char* out, Word word) const {
  const Line& line = lines_[line_of_offset_[word.offset()]];
  if (line.target != word.target() || line.target == 0) return write_stranger(out, word, false);
  // Without the block's name.
  const TextArena::Text emit{line.opening.at + line.block_column,
                             line.opening.length - line.block_column};
  out = arena_.copy(out, emit);
  out = write_arguments(out, line, word.value());
  return put(out, ");");
}

char* EmitFormat::write_line(char* out, std::uint64_t address, Word word) const {
  *out++ = '[';
  out = digits::address(out, address);
  std::memcpy(out, "] lsb ", 6);
  out = digits::hex16(out + 6, word.raw);
  std::memcpy(out, " - ", 3);
  out += 3;
  const Line& line = lines_[line_of_offset_[word.offset()]];
  if (line.target == word.target() && line.target != 0) {
    out = arena_.copy(out, line.opening);
    out = write_arguments(out, line, word.value());
    std::memcpy(out, ");\n", 3);
    return out + 3;
  }
  out = write_stranger(out, word, true);
  *out++ = '\n';
  return out;
}

char* EmitFormat::write_explanation(char* out, Word word) const {
  const Line& line = lines_[line_of_offset_[word.offset()]];
  if (line.target != word.target() || line.target == 0) return nullptr;
  std::memcpy(out, " - ", 3);
  out = arena_.copy(out + 3, line.opening);
  out = write_arguments(out, line, word.value());
  return put(out, ");");
}

// Words that write no register of the database: each says what it is, none is dropped.
char* EmitFormat::write_stranger(char* out, Word word, bool with_block) const {
  if (word.raw == 0) return put(out, "zero");
  if (is_marker(word)) return put(out, "marker        before OPERATION_ENABLE");
  const auto block = block_of_target(word.target());
  if (block && block == block_of_offset(word.offset())) {
    const std::string_view name = name_of(*block);
    if (with_block) {
      out = put(out, name);
      for (std::size_t column = name.size(); column < emit_column; ++column) *out++ = ' ';
    }
    out = put(out, "EMIT(REG_");
    out = put(out, name);
    out = put(out, "_UNKNOWN_");
    char offset[24];
    digits::hex8(offset, word.offset());
    out = put(out, std::string_view(offset + 4, 4));
    out = put(out, ", 0x");
    out = digits::hex8(out, word.value());
    return put(out, ");");
  }
  out = put(out, "unknown       target 0x");
  char digits_of[24];
  digits::hex8(digits_of, word.target());
  out = put(out, std::string_view(digits_of + 4, 4));
  digits::hex8(digits_of, word.offset());
  out = put(out, " offset 0x");
  out = put(out, std::string_view(digits_of + 4, 4));
  out = put(out, " value 0x");
  return digits::hex8(out, word.value());
}

const Register* EmitFormat::register_of(Word word) const {
  const Line& line = lines_[line_of_offset_[word.offset()]];
  return line.target == word.target() && line.target != 0 ? db_->at(word.offset()) : nullptr;
}

}  // namespace npuscope
