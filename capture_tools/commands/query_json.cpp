#include <fmt/format.h>

#include <optional>

#include "capture_tools/commands/query_writers.h"
#include "decoder/emit/json_format.h"
#include "decoder/model.h"

namespace npuscope::cli {

namespace {

std::string wide(std::uint64_t number) {
  return fmt::format("\"{:#018x}\"", number);
}

std::string wide_or_null(const std::optional<std::uint64_t>& number) {
  return number ? wide(*number) : std::string("null");
}

// Buffer, offset and address of a word of the record.
std::string place_members(const query::TaskPlace& place, std::size_t word) {
  const Record* record = place.record();
  if (record == nullptr) return R"("buffer":null,"offset":null,"address":null)";
  return fmt::format(R"("buffer":{},"offset":{},"address":{})",
                     json_string(place.capture.buffers[record->at.buffer].name),
                     wide(record->at.offset + 8 * word), wide_or_null(place.address(word)));
}

std::string task_members(const query::TaskPlace& place, std::size_t word) {
  const Node* node = place.node();
  std::string text = fmt::format(
      R"("source":{},"set":{},"cores":{},"core":{},"lane":{},"task":{},"record":{},"op_idx":{},)",
      json_string(place.capture.source), place.set_number, place.program.cores, place.lane().core,
      place.lane_number, place.task,
      place.record() == nullptr ? std::string("null") : fmt::format("{}", place.entry().record),
      place.entry().task.op_idx);
  if (node != nullptr)
    text +=
        fmt::format(R"("operator":{},"node":{},)", json_string(node->op), json_string(node->name));
  return text + place_members(place, word);
}

std::string number_member(const query::Reference& reference, const query::Value& value) {
  if (!value.known()) return "null";
  if (reference.property == nullptr) return fmt::format("{}", value.number);
  switch (reference.property->kind) {
    case query::PropertyKind::text:
      return json_string(value.text);
    case query::PropertyKind::truth:
      return value.number != 0 ? "true" : "false";
    case query::PropertyKind::hexadecimal:
      return wide(static_cast<std::uint64_t>(value.number));
    case query::PropertyKind::number:
      break;
  }
  return fmt::format("{}", value.number);
}

// Name, value and where the value comes from.
std::string value_members(const query::Reference& reference, const query::Value& value,
                          const query::Origin& origin) {
  std::string text = fmt::format(R"("name":{},"value":{})", json_string(reference.name),
                                 number_member(reference, value));
  if (reference.property != nullptr) return text;
  if (reference.field != nullptr && value.known()) {
    const Field& field = *reference.field;
    const EnumValue* named = field.values == nullptr || reference.quantity
                                 ? nullptr
                                 : field.values->find(static_cast<std::uint32_t>(value.number));
    if (named != nullptr) text += fmt::format(R"(,"text":{})", json_string(named->name));
    if (reference.quantity && !field.unit.empty())
      text += fmt::format(R"(,"unit":{})", json_string(field.unit));
  }
  text += fmt::format(R"(,"is":"{}")", query::name_of(origin.kind));
  if (origin.has_value())
    text += fmt::format(R"(,"from_task":{},"from_index":{})", origin.task, origin.word);
  return text;
}

}  // namespace

void QueryJson::begin() {
  sink_.put("{\"schema\":\"npuscope.query/1\"}\n");
}

void QueryJson::match(const query::LaneRecord& record, std::span<const QueryColumn> columns) {
  std::string values;
  for (const QueryColumn& column : columns)
    values += fmt::format("{}{{{}}}", values.empty() ? "" : ",",
                          value_members(*column.reference, column.value, column.origin));
  sink_.put(fmt::format("{{\"type\":\"match\",{},\"values\":[{}]}}\n",
                        task_members(record.place, 0), values));
}

void QueryJson::origin(const query::LaneRecord& record, const query::Reference& reference,
                       const query::Origin& origin) {
  const query::Value value = origin.has_value()
                                 ? query::Value::of(reference.number_in(origin.value))
                                 : query::Value::missing();
  std::string text = fmt::format("{{\"type\":\"origin\",{},{}", task_members(record.place, 0),
                                 value_members(reference, value, origin));
  if (origin.has_value()) {
    query::TaskPlace from = record.place;
    from.task = origin.task;
    text += fmt::format(",\"from\":{{{}}}", place_members(from, origin.word));
  }
  sink_.put(text + "}\n");
}

void QueryJson::dead(const query::TaskPlace& place, const query::DeadWord& dead) {
  std::string text = fmt::format(
      R"({{"type":"dead",{},"index":{},"word":{},"name":{},"value":{},"is":"{}")",
      task_members(place, dead.index), dead.index, wide(dead.word.raw),
      json_string(written_name(db_, dead.word)), dead.word.value(), query::name_of(dead.kind));
  if (dead.by_task != no_index)
    text += fmt::format(R"(,"by_task":{},"by_index":{},"by_value":{})", dead.by_task, dead.by_index,
                        dead.by_value);
  sink_.put(text + "}\n");
}

void QueryJson::end_of_input(std::string_view source, const QueryTally& tally) {
  sink_.put(fmt::format(
      "{{\"type\":\"summary\",\"source\":{},\"records\":{},\"matched\":{},\"undecided\":{},"
      "\"inapplicable\":{},\"repeated\":{}}}\n",
      json_string(source), tally.records, tally.matched, tally.undecided, tally.inapplicable,
      tally.repeated));
}

}  // namespace npuscope::cli
