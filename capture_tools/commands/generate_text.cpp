#include <fmt/format.h>

#include <array>

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

// One table of the records of a plan, a record a line.
class RecordTable {
 public:
  RecordTable(const GeneratedProgram& program, Sink& sink)
      : program_(program),
        sink_(sink),
        tiles_(tiles_of(program)),
        images_(program.plan.shape.batch > 1) {}

  void write(unsigned cores) {
    line({"cores", "core", "amount", "offset", "image", "output rows", "input+padding", "channels",
          "kernels", "banks", "grains", ""});
    for (std::size_t list = 0; list < list_count; ++list) {
      const unsigned of_cores = list == 0 ? 1 : list < 3 ? 2 : 3;
      if (cores != 0 && cores != of_cores) continue;
      if (!program_.plan.program(of_cores).repeats()) {
        lane(list, of_cores);
      } else if (list == first_list(of_cores)) {
        sink_.put(fmt::format("  {:<5}  the records of one core again\n", of_cores));
      }
    }
  }

 private:
  using Cells = std::array<std::string, 12>;

  void line(const Cells& cells) {
    constexpr std::array<int, 12> widths{5, 4, 6, 7, 5, 11, 13, 11, 11, 5, 6, 0};
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (images_ || i != image_column) text += fmt::format("  {:<{}}", cells[i], widths[i]);
    sink_.put(text.substr(0, text.find_last_not_of(' ') + 1) + "\n");
  }

  // A long lane of a general schedule repeats itself: its middle is left out here, not in JSON.
  void lane(std::size_t list, unsigned of_cores) {
    constexpr std::size_t most = 16, last = 4;
    const std::span<const std::size_t> records = program_.stream.list(list);
    for (std::size_t i = 0; i < records.size(); ++i) {
      const std::size_t left_out = records.size() - most;
      if (records.size() > most && i == most - last) {
        sink_.put(fmt::format("  {:<5}  {:<4}  ... {} more ...\n", of_cores,
                              list - first_list(of_cores), left_out));
        i += left_out;
      }
      record(records[i], of_cores, list - first_list(of_cores));
    }
  }

  void record(std::size_t index, unsigned of_cores, std::size_t core) {
    const StreamRecord& record = program_.stream.records()[index];
    Cells cells{fmt::format("{}", of_cores), fmt::format("{}", core),
                fmt::format("{}", record.body.writes.size()),
                fmt::format("{:#07x}", record.offset)};
    if (tiles_[index] == nullptr) {
      cells[images_ ? image_column : image_column + 1] = "barrier";
      return line(cells);
    }
    const ConvTile& tile = *tiles_[index];
    cells[image_column] = fmt::format("{}", tile.image);
    cells[5] = range_of(tile.output);
    cells[6] = range_of({tile.input.first, tile.input.count});
    if (tile.input.padding > 0) cells[6] += fmt::format("+{}", tile.input.padding);
    cells[7] = range_of(tile.channels);
    cells[8] = range_of(tile.kernels);
    cells[9] = fmt::format("{}+{}", tile.data_banks, cbuf_banks - tile.data_banks);
    cells[10] = fmt::format("{}", tile.grains);
    if (tile.reuses_weights) cells[11] = "keeps the weights";
    line(cells);
  }

  static constexpr std::size_t image_column = 4;

  const GeneratedProgram& program_;
  Sink& sink_;
  const std::vector<const ConvTile*> tiles_;
  const bool images_;
};

std::string buffers_text(const BufferLayout& layout) {
  std::string text =
      fmt::format("task {}, weight {} (commands at {:#x}), internal {}, input {}, output {}",
                  layout.task.bytes, layout.weight.bytes, layout.commands_offset,
                  layout.internal.bytes, layout.input.bytes, layout.output.bytes);
  if (layout.residual.bytes > 0) text += fmt::format(", residual {}", layout.residual.bytes);
  return text + " bytes";
}

}  // namespace

void write_explanation(const GeneratedProgram& program, unsigned cores, Sink& sink) {
  sink.put(key_of(program.plan.shape) + "\n");
  const auto say = [&sink](std::string_view subject, std::string_view text) {
    sink.put(fmt::format("  {:<12} {}\n", subject, text));
  };
  for (const PlanNote& line : explain(program.plan, cores)) say(line.subject, line.text);
  say("buffers", buffers_text(program.layout));
  sink.put("\n");
  RecordTable(program, sink).write(cores);
}

}  // namespace npuscope::cli
