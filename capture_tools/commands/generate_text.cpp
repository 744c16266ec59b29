#include <fmt/format.h>

#include "capture_tools/commands/generate_writers.h"
#include "replay/schedule/explain.h"

namespace npuscope::cli {

namespace {

std::string range_of(const Extent& range) {
  return fmt::format("{}..{}", range.first, range.first + range.count - 1);
}

// The tile that each record of the stream makes; none for barriers and records of other programs.
std::vector<const ConvTile*> tiles_of(const GeneratedProgram& program) {
  std::vector<const ConvTile*> tiles(program.stream.records().size(), nullptr);
  for (unsigned cores = 1; cores <= 3; ++cores) {
    const ConvProgram& own = program.plan.program(cores);
    if (own.repeats()) continue;
    for (std::size_t lane = 0; lane < own.lanes.size(); ++lane) {
      const auto records = program.stream.list(first_list(cores) + lane);
      for (std::size_t i = 0; i < own.lanes[lane].size(); ++i)
        tiles[records[i]] = &own.lanes[lane][i];
    }
  }
  return tiles;
}

}  // namespace

void write_explanation(const GeneratedProgram& program, unsigned cores, Sink& sink) {
  sink.put(key_of(program.plan.shape) + "\n");
  for (const Explanation& line : explain(program.plan))
    sink.put(fmt::format("  {:<12} {}\n", line.subject, line.text));
  const BufferLayout& layout = program.layout;
  sink.put(fmt::format(
      "  {:<12} task {}, weight {}, input {}, output {} bytes; commands at {:#x} of weight\n",
      "buffers", layout.task.bytes, layout.weight.bytes, layout.input.bytes, layout.output.bytes,
      layout.commands_offset));
  sink.put(
      "\n  cores core   amount  offset   output rows  input rows   channels     kernels      banks "
      " grains\n");
  const std::vector<const ConvTile*> tiles = tiles_of(program);
  for (std::size_t list = 0; list < list_count; ++list) {
    const unsigned of_cores = list == 0 ? 1 : list < 3 ? 2 : 3;
    if (cores != 0 && cores != of_cores) continue;
    const std::size_t core = list - first_list(of_cores);
    if (core == 0 && program.plan.program(of_cores).repeats()) {
      sink.put(fmt::format("  {:<5} the records of one core again\n", of_cores));
      continue;
    }
    for (const std::size_t index : program.stream.list(list)) {
      const StreamRecord& record = program.stream.records()[index];
      const std::string place = fmt::format("  {:<5} {:<6} {:<7} {:#07x}", of_cores, core,
                                            record.body.writes.size(), record.offset);
      if (tiles[index] == nullptr) {
        sink.put(place + "  barrier\n");
        continue;
      }
      const ConvTile& tile = *tiles[index];
      sink.put(fmt::format(
          "{}  {:<12} {:<12} {:<12} {:<12} {}+{:<3} {:<6} {}\n", place, range_of(tile.output),
          fmt::format("{}..{}{}", tile.input.first, tile.input.first + tile.input.count - 1,
                      tile.input.padding > 0 ? fmt::format(" +{}", tile.input.padding) : ""),
          range_of(tile.channels), range_of(tile.kernels), tile.data_banks,
          cbuf_banks - tile.data_banks, tile.grains,
          tile.reuses_weights ? "keeps the weights" : ""));
    }
  }
  sink.put("\n");
}

}  // namespace npuscope::cli
