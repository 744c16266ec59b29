#include "decoder/query/provenance.h"

namespace npuscope::query {

namespace {

bool is_unknown(OriginKind kind) {
  return kind == OriginKind::never_written || kind == OriginKind::not_captured;
}

bool sets(Word word, std::uint16_t offset) {
  if (word.offset() != offset) return false;
  return word.target() == target_of(Block::pc) || is_operation_enable(word);
}

Origin origin_in_tail(const LaneRecord& record, std::uint16_t offset) {
  Origin origin;
  const Record* words = record.place.record();
  if (words == nullptr) return {OriginKind::not_captured};
  words->for_each_word([&](std::size_t index, Word word) {
    if (!sets(word, offset)) return;
    origin = {OriginKind::written, word.value(), record.place.task,
              static_cast<std::uint32_t>(index)};
  });
  if (!origin.has_value() && !words->complete()) origin.kind = OriginKind::not_captured;
  return origin;
}

}  // namespace

std::string_view name_of(OriginKind kind) {
  switch (kind) {
    case OriginKind::written:
      return "written";
    case OriginKind::inherited:
      return "inherited";
    case OriginKind::never_written:
      return "never-written";
    case OriginKind::not_captured:
      return "not-captured";
    case OriginKind::not_running:
      return "not-running";
  }
  return "not-running";
}

Origin origin_of(const LaneRecord& record, Block block, std::uint16_t offset) {
  if (block == Block::pc) return origin_in_tail(record, offset);
  if (!record.runs(block)) return {OriginKind::not_running};
  const Cell* cell = record.state.find(offset);
  if (cell == nullptr)
    return {record.state.lost(offset) ? OriginKind::not_captured : OriginKind::never_written};
  const bool own = cell->task == record.place.task;
  return {own ? OriginKind::written : OriginKind::inherited, cell->value, cell->task, cell->word};
}

Value is_written(const LaneRecord& record, const Reference& reference) {
  if (reference.block == Block::pc) {
    const Origin origin = origin_in_tail(record, reference.offset);
    if (origin.kind == OriginKind::not_captured) return Value::missing();
    return Value::of(origin.has_value() ? 1 : 0);
  }
  const Cell* cell = record.state.find(reference.offset);
  if (cell != nullptr && cell->task == record.place.task) return Value::of(1);
  return record.complete ? Value::of(0) : Value::missing();
}

Value is_inherited(const LaneRecord& record, const Reference& reference) {
  const Origin origin = origin_of(record, reference.block, reference.offset);
  if (origin.kind == OriginKind::not_running) return Value::none();
  if (is_unknown(origin.kind)) return Value::missing();
  return Value::of(origin.kind == OriginKind::inherited ? 1 : 0);
}

Value is_known(const LaneRecord& record, const Reference& reference) {
  const Origin origin = origin_of(record, reference.block, reference.offset);
  if (origin.kind == OriginKind::not_running) return Value::none();
  return Value::of(origin.has_value() ? 1 : 0);
}

Value is_changed(const LaneRecord& record, const Reference& reference) {
  if (!record.runs(reference.block) || !record.state.has_run(reference.block)) return Value::none();
  const Cell* now = record.state.find(reference.offset);
  const Cell* before = record.state.previous(reference.offset);
  if (now == nullptr || before == nullptr) return Value::missing();
  return Value::of(reference.number_in(now->value) != reference.number_in(before->value) ? 1 : 0);
}

Value value_of(const LaneRecord& record, const Reference& reference, Scope scope) {
  if (reference.property != nullptr) return reference.property->read(record);
  const Origin origin = origin_of(record, reference.block, reference.offset);
  if (origin.kind == OriginKind::not_running) return Value::none();
  if (scope.written) {
    const Value written = is_written(record, reference);
    if (!written.is_true()) return written.known() ? Value::none() : written;
  }
  if (scope.changed) {
    const Value changed = is_changed(record, reference);
    if (!changed.is_true()) return changed.known() ? Value::none() : changed;
  }
  if (!origin.has_value()) return Value::missing();
  return Value::of(reference.number_in(origin.value));
}

}  // namespace npuscope::query
