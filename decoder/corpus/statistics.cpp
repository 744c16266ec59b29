#include "decoder/corpus/statistics.h"

#include <fmt/format.h>

#include "decoder/query/records.h"
#include "regdb/register_fields.h"

namespace npuscope::corpus {

void Occurrence::add(const StoredCapture& capture) {
  if (tasks++ == 0) example = capture.path;
  if (contents == 0 || last != capture.content) ++contents;
  last = capture.content;
}

void Occurrence::add(const Occurrence& other) {
  if (tasks == 0 || other.example < example) example = other.example;
  tasks += other.tasks;
  contents += other.contents;
}

RegisterTally tally_registers(Database& database, const RegisterDb& db) {
  RegisterTally tally;
  StoreReader reader(database);
  while (reader.next())
    query::for_each_record(reader.capture().opened, [&](const query::LaneRecord& record) {
      for (std::size_t block = 0; block < block_count; ++block)
        if (record.runs(static_cast<Block>(block)))
          record.state.for_each(static_cast<Block>(block),
                                [&](std::uint16_t offset, const Cell& cell) {
                                  const Register* found = db.at(offset);
                                  if (found == nullptr || found->role == AddressRole::none)
                                    tally[offset][cell.value].add(reader.capture());
                                });
    });
  return tally;
}

ValueTally tally_field(const ValueTally& values, const Field& field) {
  ValueTally result;
  for (const auto& [value, occurrence] : values) result[field.extract(value)].add(occurrence);
  return result;
}

std::map<GroupedValue, Occurrence> tally_values(Database& database,
                                                const query::Reference& reference,
                                                const Grouping& grouping) {
  std::map<GroupedValue, Occurrence> tally;
  StoreReader reader(database);
  while (reader.next())
    query::for_each_record(reader.capture().opened, [&](const query::LaneRecord& record) {
      const npuscope::Cell* cell = record.state.find(reference.offset);
      if (!record.runs(reference.block) || cell == nullptr) return;
      GroupedValue group;
      group.value = reference.number_in(cell->value);
      const Layer* layer =
          reader.capture().layer_of(record.place.set_number, record.place.entry().task.op_idx);
      if (grouping.op && layer != nullptr) group.op = layer->kind;
      if (grouping.shape && layer != nullptr) group.shape = layer->shape;
      const npuscope::Cell* size = record.state.find(reg::CNA_WEIGHT_SIZE2);
      if (grouping.kernel && record.runs(Block::cna) && size != nullptr)
        group.kernel = fmt::format("{}x{}", reg::CNA_WEIGHT_SIZE2_WEIGHT_HEIGHT.in(size->value),
                                   reg::CNA_WEIGHT_SIZE2_WEIGHT_WIDTH.in(size->value));
      tally[group].add(reader.capture());
    });
  return tally;
}

}  // namespace npuscope::corpus
