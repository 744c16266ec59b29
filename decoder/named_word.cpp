#include "decoder/named_word.h"

#include <fmt/format.h>

#include <charconv>

namespace npuscope {

namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

bool read_number(std::string_view text, std::uint32_t& value) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

// The value of "A(1) | B | 0x4000" for this register, or the name that is not known.
Result<std::uint32_t> value_of(const Register& reg, std::string_view arguments) {
  std::uint32_t value = 0;
  while (true) {
    const std::size_t bar = arguments.find('|');
    const std::string_view item = trim(arguments.substr(0, bar));
    std::uint32_t number = 0;
    if (read_number(item, number)) {
      value |= number;
    } else {
      const std::size_t open = item.find('(');
      std::string_view name = item.substr(0, open);
      const std::string_view prefix = reg.full_name;
      if (name.size() > prefix.size() && name.starts_with(prefix) && name[prefix.size()] == '_')
        name.remove_prefix(prefix.size() + 1);
      const Field* field = reg.field(name);
      if (field == nullptr) {
        return unreadable(fmt::format("{} has no field {}", reg.full_name, item), {},
                          "`npuscope regs` lists the fields");
      }
      number = 1;
      if (open != std::string_view::npos) {
        if (item.back() != ')' ||
            !read_number(trim(item.substr(open + 1, item.size() - open - 2)), number)) {
          return unreadable(fmt::format("{} is not FIELD(number)", item), {});
        }
      }
      if (number > field->mask() >> field->low) {
        return unreadable(
            fmt::format("{} does not fit into {} bits", item, field->high - field->low + 1), {});
      }
      value |= number << field->low;
    }
    if (bar == std::string_view::npos) return value;
    arguments.remove_prefix(bar + 1);
  }
}

}  // namespace

Result<Word> word_from_names(const RegisterDb& db, std::string_view emit) {
  std::string_view text = trim(emit);
  if (text.starts_with("EMIT(")) {
    text.remove_prefix(5);
    const std::size_t close = text.rfind(')');
    if (close == std::string_view::npos) return unreadable("EMIT( is not closed", {});
    text = text.substr(0, close);
  }
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos)
    return unreadable(fmt::format("`{}` is not REG_NAME, VALUE", text), {});
  std::string_view name = trim(text.substr(0, comma));
  const std::string_view arguments = trim(text.substr(comma + 1));
  if (const Register* reg = db.named(name)) {
    auto value = value_of(*reg, arguments);
    if (!value) return tl::unexpected(value.error());
    const bool enables = reg->block == Block::pc && reg->offset == offset_operation_enable;
    if (!reg->block)
      return unreadable(fmt::format("{} cannot be reached by a command word", reg->full_name), {});
    return Word::make(enables ? target_operation_enable : target_of(*reg->block), reg->offset,
                      *value);
  }
  // A stub: REG_CNA_UNKNOWN_1ABC.
  if (name.starts_with("REG_")) name.remove_prefix(4);
  const std::size_t stub = name.find("_UNKNOWN_");
  std::uint32_t offset = 0, value = 0;
  if (stub != std::string_view::npos &&
      read_number(fmt::format("0x{}", name.substr(stub + 9)), offset) &&
      read_number(arguments, value) && offset <= 0xffff) {
    for (const BlockFacts& block : block_facts) {
      if (block.name == name.substr(0, stub))
        return Word::make(block.target, static_cast<std::uint16_t>(offset), value);
    }
  }
  return unreadable(fmt::format("there is no register {}", name), {},
                    "`npuscope regs` finds similar names");
}

}  // namespace npuscope
