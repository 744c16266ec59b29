// Where the value of a register comes from: the word that set what a record runs with.
//
//   Origin origin = origin_of(record, Block::cna, 0x1020);
//   origin.kind == OriginKind::inherited;   origin.task == 0;  origin.word == 3;  origin.value
//
// Registers persist in two banks of each block that take turns (register_state.h), so a register
// that a record does not write comes from the task two back of the same block. Registers of the
// program controller (links, OPERATION_ENABLE) stand in the tail and belong to their record alone.
#pragma once

#include <cstdint>
#include <string_view>

#include "decoder/query/records.h"
#include "decoder/query/reference.h"
#include "decoder/query/value.h"

namespace npuscope::query {

enum class OriginKind : std::uint8_t {
  written,        // by the record itself
  inherited,      // from an earlier record of the lane
  never_written,  // nothing before it in this lane set it in this bank: unknown, not zero
  not_captured,   // words that may have set it were not captured: unknown
  not_running,    // the record does not start the block, so it consumes nothing of it
};

[[nodiscard]] std::string_view name_of(OriginKind kind);  // "never-written"

struct Origin {
  OriginKind kind = OriginKind::not_running;
  // Of written and inherited values only.
  std::uint32_t value = 0;
  std::size_t task = no_index;
  std::uint32_t word = 0;  // index in the record of that task

  [[nodiscard]] bool has_value() const {
    return kind == OriginKind::written || kind == OriginKind::inherited;
  }
};

[[nodiscard]] Origin origin_of(const LaneRecord& record, Block block, std::uint16_t offset);

// Tests of a register; a field stands for its register except in `changed`.
[[nodiscard]] Value is_written(const LaneRecord& record, const Reference& reference);
[[nodiscard]] Value is_inherited(const LaneRecord& record, const Reference& reference);
[[nodiscard]] Value is_known(const LaneRecord& record, const Reference& reference);
// Whether the value differs from that of the previous task of the same block in this lane. The
// first task of a block has none before it: inapplicable.
[[nodiscard]] Value is_changed(const LaneRecord& record, const Reference& reference);

// Which values count.
struct Scope {
  bool written = false;  // only those that the record writes itself
  bool changed = false;  // only those that differ from the previous task of the block
};

// A value outside the scope is inapplicable. Properties are in every scope.
[[nodiscard]] Value value_of(const LaneRecord& record, const Reference& reference, Scope scope);

}  // namespace npuscope::query
