#include "decoder/corpus/layer.h"

#include <algorithm>
#include <map>

#include "decoder/model.h"
#include "regdb/register_fields.h"

namespace npuscope::corpus {

RegisterValues::RegisterValues(const query::LaneRecord& record) {
  for (std::size_t block = 0; block < block_count; ++block)
    if (record.runs(static_cast<Block>(block)))
      record.state.for_each(static_cast<Block>(block), [&](std::uint16_t offset, const Cell& cell) {
        values_.emplace_back(offset, cell.value);
      });
}

std::optional<std::uint32_t> RegisterValues::at(std::uint16_t offset) const {
  const auto found = std::ranges::lower_bound(values_, offset, {},
                                              &std::pair<std::uint16_t, std::uint32_t>::first);
  if (found == values_.end() || found->first != offset) return std::nullopt;
  return found->second;
}

std::string_view kind_of(std::uint32_t enable_mask, const RegisterValues& values) {
  const auto runs = [&](Block block) {
    return (enable_mask >> static_cast<unsigned>(facts_of(block).enable_bit) & 1U) != 0;
  };
  if (runs(Block::cna)) {
    const auto mode = values.at(reg::CNA_CONV_CON1);
    if (!mode) return "conv";
    if (reg::CNA_CONV_CON1_DECONV.in(*mode) != 0) return "deconvolution";
    return reg::CNA_CONV_CON1_CONV_MODE.in(*mode) == 3 ? "depthwise" : "conv";
  }
  if (runs(Block::ppu)) return "pooling";
  return runs(Block::dpu) ? "element-wise" : "other";
}

std::vector<Layer> layers_of(const Opened& input, std::size_t set_number,
                             const Geometry& geometry) {
  std::vector<Layer> layers;
  std::map<std::uint32_t, std::size_t> of_node;
  std::vector<std::vector<RegisterValues>> records;
  const ProgramSet& set = input.sets[set_number];
  const Program* program = set.program_for(1);
  if (program == nullptr) return layers;
  const auto visit = [&](const query::LaneRecord& record) {
    const Task& task = record.place.entry().task;
    const auto [found, fresh] = of_node.try_emplace(task.op_idx, layers.size());
    const bool convolves = record.runs(Block::cna);
    const RegisterValues values = fresh || convolves ? RegisterValues(record) : RegisterValues();
    if (fresh) {
      const Node* node = record.place.node();
      layers.push_back({task.op_idx, node == nullptr ? "" : node->name,
                        node == nullptr ? std::string(kind_of(task.enable_mask, values)) : node->op,
                        "", 0});
      records.emplace_back();
    }
    ++layers[found->second].tasks;
    if (convolves) records[found->second].push_back(values);
  };
  for (std::size_t lane = 0; lane < program->lanes.size(); ++lane)
    query::for_each_record_of_lane(
        {input.capture, set, set_number, *program, lane, program->lanes[lane].first}, visit);
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (!records[i].empty()) layers[i].shape = geometry(records[i]);
  return layers;
}

}  // namespace npuscope::corpus
