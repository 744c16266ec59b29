#include "regdb/regtask_message.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <charconv>

#include "regdb/describe.h"

namespace npuscope {
namespace {

constexpr std::size_t longest_line = 4096;

std::optional<std::string> find_text(std::string_view line, const RE2& pattern) {
  std::string found;
  if (!RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), pattern, &found)) {
    return std::nullopt;
  }
  return found;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  const bool hexadecimal = text.size() > 2 && (text[1] == 'x' || text[1] == 'X');
  if (hexadecimal) text.remove_prefix(2);
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number, hexadecimal ? 16 : 10);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> find_number(std::string_view line, const RE2& pattern) {
  const auto text = find_text(line, pattern);
  return text ? number_of(*text) : std::nullopt;
}

const Field* field_with_bit(const Register& reg, std::uint32_t bit) {
  for (const auto& field : reg.fields) {
    if (field.low <= bit && bit <= field.high) return &field;
  }
  return nullptr;
}

std::string with_unit(std::int64_t quantity, const Field& field) {
  return field.unit.empty() ? fmt::format("{}", quantity)
                            : fmt::format("{} {}", quantity, field.unit);
}

void explain_value(const RegtaskMessage& message, RegtaskExplanation& why) {
  const auto& field = *why.field;
  if (!message.value) {
    why.sentences.emplace_back("The message does not say which value was asked for.");
    return;
  }
  if (*message.value > 0xffffffffU) {
    why.sentences.emplace_back("The value has more than 32 bits: a negative or wrapped number.");
    return;
  }
  const auto scale = std::int64_t{1} << field.shift;
  why.wanted = (static_cast<std::int64_t>(*message.value) + field.bias) * scale;
  if (*message.value <= why.largest) {
    why.sentences.push_back(fmt::format("{} ({:#x}) fits; the layout '{}' may be another chip's.",
                                        with_unit(*why.wanted, field), *message.value,
                                        message.target));
    return;
  }
  why.sentences.push_back(
      fmt::format("Asked for: {} (raw {:#x}), {} too many. The layer needs a "
                  "smaller tile or another layout.",
                  with_unit(*why.wanted, field), *message.value, *why.wanted - *why.most));
}

void explain_field(const RegtaskMessage& message, RegtaskExplanation& why) {
  const auto& field = *why.field;
  why.width = field.high - field.low + 1U;
  why.largest = field.mask() >> field.low;
  if (field.is_signed) why.largest >>= 1U;
  why.most = field.quantity(why.largest << field.low);
  why.sentences.push_back(fmt::format("{} is bits {} of {} (offset {:#06x}).", field.name,
                                      bit_range(field), why.reg->full_name, why.reg->offset));
  if (field.low != message.shift) {
    why.sentences.push_back(
        fmt::format("The message's shift {} lies inside the field, not at its "
                    "lowest bit {}.",
                    message.shift, field.low));
  }
  why.sentences.push_back(fmt::format("Its {} bits hold at most {} (raw {:#x}).", why.width,
                                      with_unit(*why.most, field), why.largest));
  if (message.limit && *message.limit != why.largest) {
    why.sentences.push_back(
        fmt::format("The message's limit {:#x} differs from this width.", *message.limit));
  }
  explain_value(message, why);
  if (!field.note.empty()) why.sentences.push_back(field.note + ".");
}

}  // namespace

Result<RegtaskMessage> parse_regtask_message(std::string_view line) {
  static const RE2 kind("(?i)REGTASK|bit width of field value exceeds");
  static const RE2 target("(?i)\\btarget\\s*[:=]\\s*([\\w.+-]+)");
  static const RE2 offset("(?i)\\boffset\\s*[:=]\\s*(0x[0-9a-f]+|[0-9]+)\\b");
  static const RE2 shift("(?i)\\bshift\\s*[:=]\\s*(0x[0-9a-f]+|[0-9]+)\\b");
  static const RE2 limit("(?i)\\blimit\\s*[:=]\\s*(0x[0-9a-f]+|[0-9]+)\\b");
  static const RE2 value("(?i)\\bvalue\\s*[:=]\\s*(0x[0-9a-f]+|[0-9]+)\\b");
  line = line.substr(0, longest_line);
  if (!RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), kind)) {
    return wrong_usage("the line is no REGTASK message",
                       "give a line such as 'REGTASK: The bit width of field value exceeds the "
                       "limit, target: v2, offset: 0x4038, shift = 16, limit: 0x1fff'");
  }
  const auto at = find_number(line, offset);
  const auto bit = find_number(line, shift);
  if (!at || *at > 0xffff || !bit || *bit > 31) {
    return wrong_usage("the REGTASK message has no offset below 0x10000 or no shift below 32",
                       "give the whole line of the log");
  }
  RegtaskMessage message;
  message.target = find_text(line, target).value_or("");
  message.offset = static_cast<std::uint32_t>(*at);
  message.shift = static_cast<std::uint32_t>(*bit);
  message.limit = find_number(line, limit);
  message.value = find_number(line, value);
  return message;
}

RegtaskExplanation explain(const RegisterDb& db, const RegtaskMessage& message) {
  RegtaskExplanation why;
  why.reg = db.at(static_cast<std::uint16_t>(message.offset));
  if (why.reg == nullptr) {
    why.sentences.push_back(fmt::format("There is no register at offset {:#06x}.", message.offset));
    return why;
  }
  why.field = field_with_bit(*why.reg, message.shift);
  if (why.field == nullptr) {
    why.sentences.push_back(fmt::format("No field of {} (offset {:#06x}) holds bit {}.",
                                        why.reg->full_name, why.reg->offset, message.shift));
    return why;
  }
  explain_field(message, why);
  return why;
}

}  // namespace npuscope
