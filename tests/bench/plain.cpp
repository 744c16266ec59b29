#include "tests/bench/plain.h"

#include <fmt/format.h>

namespace npuscope::bench {

namespace {

const RegisterDb& db() {
  return RegisterDb::builtin();
}

// The register that a word writes, nullptr if target and offset do not name one.
const Register* written_register(Word word) {
  const Register* reg = db().at(word.offset());
  if (reg == nullptr || !reg->block) return nullptr;
  const bool enables = reg->offset == offset_operation_enable;
  return word.target() == (enables ? target_operation_enable : target_of(*reg->block)) ? reg
                                                                                       : nullptr;
}

std::string arguments(const Register& reg, std::uint32_t value) {
  const std::uint32_t unowned = reg.unowned_bits();
  if ((value & ~unowned) == 0 || reg.fields.size() <= 1) return fmt::format("0x{:08x}", value);
  std::string text;
  for (const Field& field : reg.fields) {
    const std::uint32_t raw = field.extract(value);
    if (raw == 0) continue;
    if (!text.empty()) text += " | ";
    text += field.full_name;
    if (field.type != FieldType::boolean || field.low != field.high)
      text += fmt::format("({})", raw);
  }
  if ((value & unowned) != 0) text += fmt::format(" | 0x{:08x}", value & unowned);
  return text;
}

std::string explanation(Word word) {
  if (const Register* reg = written_register(word)) {
    return fmt::format("{:<13} EMIT(REG_{}, {});", name_of(*reg->block), reg->full_name,
                       arguments(*reg, word.value()));
  }
  if (word.raw == 0) return "zero";
  if (is_marker(word)) return "marker        before OPERATION_ENABLE";
  const auto block = block_of_target(word.target());
  if (block && block == block_of_offset(word.offset())) {
    return fmt::format("{0:<13} EMIT(REG_{0}_UNKNOWN_{1:04x}, 0x{2:08x});", name_of(*block),
                       word.offset(), word.value());
  }
  return fmt::format("unknown       target 0x{:04x} offset 0x{:04x} value 0x{:08x}", word.target(),
                     word.offset(), word.value());
}

}  // namespace

std::string plain_emit_line(std::uint64_t address, Word word) {
  return fmt::format("[{:#010x}] lsb {:016x} - {}\n", address, word.raw, explanation(word));
}

std::string plain_json_line(std::string_view prefix, std::size_t index, std::uint64_t address,
                            Word word) {
  std::string text = fmt::format(R"({}{},"address":"{:#018x}","word":"{:#018x}",)", prefix, index,
                                 address, word.raw);
  const Register* reg = written_register(word);
  if (reg == nullptr) {
    const auto block = block_of_target(word.target());
    const bool plausible = block && block == block_of_offset(word.offset());
    text += plausible ? fmt::format(R"("block":"{}",)", name_of(*block))
                      : fmt::format(R"("block":null,"target":"0x{:04x}",)", word.target());
    return text +
           fmt::format(R"("register":null,{}"offset":"0x{:04x}","value":{}}})",
                       is_marker(word) ? R"("marker":true,)" : "", word.offset(), word.value()) +
           "\n";
  }
  text += fmt::format(R"("block":"{}","register":"{}","offset":"0x{:04x}","value":{})",
                      name_of(*reg->block), reg->full_name, reg->offset, word.value());
  std::string fields;
  for (const Field& field : reg->fields) {
    fields += fmt::format(R"({}"{}":{})", fields.empty() ? R"(,"fields":{)" : ",", field.name,
                          field.extract(word.value()));
  }
  if (!fields.empty()) fields += '}';
  text += fields;
  const std::uint32_t unowned = word.value() & reg->unowned_bits();
  if (unowned != 0) text += fmt::format(R"(,"unknown_bits":{})", unowned);
  return text + "}\n";
}

BinaryRecord plain_record(std::uint32_t position, Word word) {
  BinaryRecord record;
  record.value = word.value();
  record.offset = word.offset();
  record.target = word.target();
  record.position = position;
  const Register* reg = written_register(word);
  const auto block = block_of_target(word.target());
  if (reg != nullptr) record.reg = static_cast<std::uint16_t>(reg - db().registers().data());
  if (block) record.block = static_cast<std::uint8_t>(*block);
  if (is_operation_enable(word)) {
    record.block = static_cast<std::uint8_t>(Block::pc);
    record.flags = record_enable;
  } else if (word.raw == 0) {
    record.flags = record_zero;
  } else if (is_marker(word)) {
    record.flags = record_marker;
  } else if (!block) {
    record.flags = record_foreign;
  } else if (reg == nullptr) {
    record.flags = record_unknown;
  }
  return record;
}

}  // namespace npuscope::bench
