#include <fmt/format.h>

#include "capture_tools/commands/query_writers.h"
#include "decoder/emit/walk.h"
#include "decoder/model.h"

namespace npuscope::cli {

namespace {

using query::OriginKind;

// "regcmd+0x700", and the device address where there is one.
std::string place_of(const query::TaskPlace& place, std::size_t word) {
  const Record* record = place.record();
  if (record == nullptr) return "words not captured";
  const std::string name = comment_text(place.capture.buffers[record->at.buffer].name);
  std::string text = fmt::format("{}+{:#x}", name, record->at.offset + 8 * word);
  if (const auto address = place.address(word)) text += fmt::format(" ({:#010x})", *address);
  return text;
}

std::string number_text(const query::Reference& reference, const query::Value& value) {
  const std::int64_t number = value.number;
  if (reference.property != nullptr) {
    switch (reference.property->kind) {
      case query::PropertyKind::text:
        return comment_text(value.text);
      case query::PropertyKind::truth:
        return number != 0 ? "true" : "false";
      case query::PropertyKind::hexadecimal:
        return fmt::format("{:#x}", number);
      case query::PropertyKind::number:
        return fmt::format("{}", number);
    }
  }
  if (reference.field == nullptr) return fmt::format("{:#010x}", number);
  const Field& field = *reference.field;
  if (reference.quantity)
    return fmt::format("{}{}{}", number, field.unit.empty() ? "" : " ", field.unit);
  const EnumValue* named =
      field.values == nullptr ? nullptr : field.values->find(static_cast<std::uint32_t>(number));
  if (named != nullptr) return named->name;
  const bool bits = field.type == FieldType::hex || (field.low == 0 && field.high == 31);
  return bits ? fmt::format("{:#x}", number) : fmt::format("{}", number);
}

std::string column_text(const query::LaneRecord& record, const QueryColumn& column) {
  if (!column.value.known()) return column.reference->name + "=unknown";
  std::string text =
      fmt::format("{}={}", column.reference->name, number_text(*column.reference, column.value));
  if (column.origin.kind == OriginKind::inherited && column.origin.task != record.place.task)
    text += fmt::format(" (task {})", column.origin.task);
  return text;
}

}  // namespace

std::string written_name(const RegisterDb& db, Word word) {
  const auto block = block_of_target(word.target());
  if (block && block == block_of_offset(word.offset()))
    return query::reference_at(db, *block, word.offset()).name;
  return fmt::format("target {:#06x} offset {:#06x}", word.target(), word.offset());
}

std::string QueryText::head(const query::TaskPlace& place) const {
  std::string text = name_inputs_ ? comment_text(place.capture.source) + ": " : std::string();
  if (place.set_number > 0) text += fmt::format("set {} ", place.set_number);
  return text +
         fmt::format("{}-core core {} task {}", place.program.cores, place.lane().core, place.task);
}

void QueryText::line(const std::string& text) {
  sink_.put(text);
  sink_.put("\n");
}

void QueryText::match(const query::LaneRecord& record, std::span<const QueryColumn> columns) {
  const query::TaskPlace& place = record.place;
  std::string text = head(place) + "  " + place_of(place, 0);
  if (const Node* node = place.node()) {
    text += fmt::format("  node {} {} {}", place.entry().task.op_idx, comment_text(node->op),
                        comment_text(node->name));
  } else {
    text += fmt::format("  op_idx {}", place.entry().task.op_idx);
  }
  for (const QueryColumn& column : columns) text += "  " + column_text(record, column);
  line(text);
}

void QueryText::origin(const query::LaneRecord& record, const query::Reference& reference,
                       const query::Origin& origin) {
  const query::TaskPlace& place = record.place;
  std::string text = head(place) + "  " + reference.name;
  if (origin.has_value()) {
    query::TaskPlace from = place;
    from.task = origin.task;
    const auto value = query::Value::of(reference.number_in(origin.value));
    text += fmt::format("={}", number_text(reference, value));
    text += origin.kind == OriginKind::written
                ? std::string("  written by")
                : fmt::format("  inherited from task {},", origin.task);
    text += fmt::format(" word {} at {}", origin.word, place_of(from, origin.word));
  } else if (origin.kind == OriginKind::not_captured) {
    text += "  unknown: words that may have set it were not captured";
  } else {
    text += "  unknown: not written in this lane";
  }
  line(text);
}

void QueryText::dead(const query::TaskPlace& place, const query::DeadWord& dead) {
  std::string text = fmt::format("{} word {}  {}  {}={:#010x}  {}", head(place), dead.index,
                                 place_of(place, dead.index), written_name(db_, dead.word),
                                 dead.word.value(), query::name_of(dead.kind));
  if (dead.by_task != no_index) {
    text +=
        dead.by_task == dead.task ? std::string(" by") : fmt::format(" by task {},", dead.by_task);
    text += fmt::format(" word {}", dead.by_index);
    if (dead.by_value != dead.word.value()) text += fmt::format(" ({:#010x})", dead.by_value);
  }
  line(text);
}

void QueryText::count(std::string_view source, const QueryTally& tally) {
  const std::string name = name_inputs_ ? comment_text(source) + ": " : std::string();
  line(name + fmt::format("{}", tally.matched));
}

}  // namespace npuscope::cli
