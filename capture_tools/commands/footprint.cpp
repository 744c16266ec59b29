#include <fmt/format.h>

#include <array>
#include <map>

#include "capture_tools/commands/verbs.h"
#include "capture_tools/report_table.h"
#include "decoder/model.h"
#include "regdb/register_fields.h"
#include "replay/preflight/dma.h"
#include "replay/preflight/task_view.h"
#include "replay/schedule/traffic.h"
#include "replay/shape/shape_list.h"
#include "replay/shape/shape_names.h"

namespace npuscope::cli {

namespace {

void add_options(po::options_description& options) {
  options.add_options()  //
      ("untiled", po::bool_switch(),
       "of shapes: what tiles cost, beside an unlimited convolution buffer")  //
      ("bisect", po::bool_switch(),
       "of shapes: the smallest buffer that needs no more tiles than an unlimited one");
  add_database_options(options);
  add_report_options(options);
}

// --- programs ---

// Bytes of the tensors that a model names as its inputs or outputs.
std::uint64_t bytes_of(const Model& model, const std::vector<std::int32_t>& tensors) {
  std::uint64_t bytes = 0;
  for (const std::int32_t tensor : tensors)
    if (tensor >= 0 && static_cast<std::size_t>(tensor) < model.tensors.size())
      bytes += model.tensors[static_cast<std::size_t>(tensor)].size;
  return bytes;
}

// A model states what a run of it takes, a capture has the buffers.
std::uint64_t bytes_of(const Capture& capture, BufferRole role) {
  if (const Model* model = capture.model.get()) {
    if (role == BufferRole::constants) return static_cast<std::uint64_t>(model->weight_bytes);
    if (role == BufferRole::internal) return static_cast<std::uint64_t>(model->internal_bytes);
    if (role == BufferRole::input) return bytes_of(*model, model->graph_inputs);
    if (role == BufferRole::output) return bytes_of(*model, model->graph_outputs);
  }
  std::uint64_t bytes = 0;
  for (const Buffer& buffer : capture.buffers)
    if (buffer.role == role) bytes += buffer.exact_size != 0 ? buffer.exact_size : buffer.size;
  return bytes;
}

struct Program1 {
  std::uint64_t reads = 0, writes = 0;
  std::size_t unknown = 0;  // accesses of which the range is not known
  std::map<std::string, std::size_t> tiles, banks;
};

// The program for one core: what a submit of the vendor's runtime runs.
Program1 look_at(const Opened& input) {
  Program1 result;
  for (const preflight::TaskView& task : preflight::view_tasks(input.capture, input.sets)) {
    if (task.cores != 1) continue;
    for (const preflight::DmaAccess& access : preflight::dma_accesses(task)) {
      const auto bytes = static_cast<std::uint64_t>(access.end - access.first);
      if (!access.unknown.empty()) {
        ++result.unknown;
      } else {
        (access.writes ? result.writes : result.reads) += bytes;
      }
    }
    if (!task.runs(Block::cna)) continue;
    preflight::Reading read(task);
    const auto tile = fmt::format("{}x{}x{}", read(reg::CNA_DATA_SIZE0_DATAIN_WIDTH),
                                  read(reg::CNA_DATA_SIZE0_DATAIN_HEIGHT),
                                  read(reg::CNA_DATA_SIZE1_DATAIN_CHANNEL));
    const auto banks = fmt::format("{}+{}", read(reg::CNA_CBUF_CON0_DATA_BANK),
                                   read(reg::CNA_CBUF_CON0_WEIGHT_BANK));
    if (!read.complete()) continue;
    ++result.tiles[tile];
    ++result.banks[banks];
  }
  return result;
}

std::string counted(const std::map<std::string, std::size_t>& items) {
  constexpr std::size_t most = 6;
  std::string text;
  std::size_t shown = 0;
  for (const auto& [item, count] : items) {
    if (shown++ == most) return text + fmt::format(" and {} more", items.size() - most);
    text += fmt::format("{}{}{}", text.empty() ? "" : " ", item,
                        count > 1 ? fmt::format("*{}", count) : std::string());
  }
  return text;
}

Result<ReportTable> of_programs(const po::variables_map& options, const RegisterDb& db) {
  const auto inputs = open_inputs(options, db);
  if (!inputs) return tl::unexpected(inputs.error());
  ReportTable table{"npuscope.footprint/1",
                    "Footprint",
                    {"input", "commands", "constants", "internal", "in", "out", "tasks", "tasks 2",
                     "tasks 3", "tiles", "banks", "read", "written", "unknown"},
                    {}};
  for (const Opened& input : *inputs) {
    std::array<std::size_t, 3> tasks{};
    for (const ProgramSet& set : input.sets)
      for (const Program& program : set.programs) tasks[program.cores - 1] += program.task_count();
    const Program1 one = look_at(input);
    const auto role = [&](BufferRole which) { return Cell::of(bytes_of(input.capture, which)); };
    table.rows.push_back({Cell::of(input.capture.source), role(BufferRole::commands),
                          role(BufferRole::constants), role(BufferRole::internal),
                          role(BufferRole::input), role(BufferRole::output), Cell::of(tasks[0]),
                          Cell::of(tasks[1]), Cell::of(tasks[2]), Cell::of(counted(one.tiles)),
                          Cell::of(counted(one.banks)), Cell::of(one.reads), Cell::of(one.writes),
                          Cell::of(one.unknown)});
  }
  return table;
}

// --- shapes ---

Result<std::vector<std::pair<std::string, ConvShape>>> shapes_of(const po::variables_map& options) {
  std::vector<std::pair<std::string, ConvShape>> shapes;
  for (std::string name : inputs_of(options)) {
    if (name.starts_with("gen:")) name.erase(0, 4);
    const auto shape = parse_shape(name);
    if (!shape) return tl::unexpected(shape.error());
    shapes.emplace_back(name, *shape);
  }
  if (shapes.empty())
    for (const ListedShape& listed : shape_list())
      if (listed.listed) shapes.emplace_back(listed.name, *parse_shape(listed.name));
  return shapes;
}

std::string ratio(std::uint64_t a, std::uint64_t b) {
  return b == 0 ? "-" : fmt::format("{:.3f}", static_cast<double>(a) / static_cast<double>(b));
}

Result<ReportTable> of_shapes(const po::variables_map& options) {
  const auto shapes = shapes_of(options);
  if (!shapes) return tl::unexpected(shapes.error());
  const bool bisect = options["bisect"].as<bool>();
  ReportTable table{"npuscope.untiled/1",
                    "Tiles beside an unlimited buffer",
                    {"shape", "tasks", "untiled tasks", "moved", "untiled moved", "moved ratio",
                     "cycles", "untiled cycles", "cycles ratio", "basis"},
                    {}};
  if (bisect) table.names.emplace_back("least banks");
  for (const auto& [name, shape] : *shapes) {
    ConvSite site;
    site.pixel_input = uses_pixels(shape);
    const auto real = plan_convolution(shape, site);
    const auto untiled = plan_with_banks(shape, site, unlimited_banks);
    if (!real || !untiled) {
      std::vector<Cell> cells(table.names.size(), Cell::none());
      cells[0] = Cell::of(name);
      cells[9] = Cell::of((real ? untiled : real).error().what);
      table.rows.push_back(std::move(cells));
      continue;
    }
    const Traffic a = traffic_of(*real, 1), b = traffic_of(*untiled, 1);
    std::vector<Cell> cells{Cell::of(name),
                            Cell::of(a.tasks),
                            Cell::of(b.tasks),
                            Cell::of(a.moved()),
                            Cell::of(b.moved()),
                            Cell::of(ratio(a.moved(), b.moved())),
                            Cell::of(a.cycles),
                            Cell::of(b.cycles),
                            Cell::of(ratio(a.cycles, b.cycles)),
                            Cell::of(name_of(real->basis))};
    if (bisect) {
      const auto least = least_banks_without_tiles(shape, site);
      cells.push_back(least ? Cell::of(*least) : Cell::none());
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

Result<int> run(const po::variables_map& options) {
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  const bool shapes = options["untiled"].as<bool>() || options["bisect"].as<bool>();
  const auto table = shapes ? of_shapes(options) : of_programs(options, database->get());
  if (!table) return tl::unexpected(table.error());
  if (auto written = write_report(options, *table); !written)
    return tl::unexpected(written.error());
  return ExitCode::done;
}

}  // namespace

const Verb footprint_verb{
    "footprint",
    "bytes, tasks, tiles, banks and traffic of programs",
    "INPUT...",
    "A row for each input: bytes by what buffers are for, tasks of the programs for 1, 2 and 3 "
    "cores; of the program for\n"
    "one core the tiles (width x rows x channels), data + weight banks, and bytes read and "
    "written; accesses of which\n"
    "the range is not known are counted. With --untiled or --bisect the inputs are shapes, the 217 "
    "without any: the\n"
    "schedule beside that of a convolution buffer without end.",
    "npuscope footprint model.rknn capture.log gen:b1_c64_h56_w56_oc128_wic64_k1x1_g1\n"
    "npuscope footprint --format=md models/*.rknn\n"
    "npuscope footprint --untiled --bisect --format=csv b1_c64_h112_w112_oc64_wic64_k3x3_g1",
    add_options,
    run};

}  // namespace npuscope::cli
