#include <fmt/format.h>

#include <map>
#include <tuple>

#include "capture_tools/commands/verbs.h"
#include "capture_tools/report_table.h"
#include "decoder/corpus/layer.h"
#include "decoder/emit/walk.h"
#include "decoder/model.h"
#include "regdb/register_fields.h"

namespace npuscope::cli {

namespace {

void add_options(po::options_description& options) {
  add_database_options(options);
  add_report_options(options);
}

struct Node1 {
  std::string op, family, precision;
  std::uint32_t engines = 0;
  std::size_t tasks = 0;
};

std::string precision_of(std::uint32_t code) {
  constexpr std::array<std::string_view, 7> names{"i8", "i16", "f16", "bf16", "i32", "f32", "i4"};
  return code < names.size() ? std::string(names[code]) : fmt::format("code {}", code);
}

std::string precision_of(const corpus::RegisterValues& values) {
  if (const auto word = values.at(reg::CNA_CONV_CON1))
    return precision_of(reg::CNA_CONV_CON1_PROC_PRECISION.in(*word));
  if (const auto word = values.at(reg::DPU_DATA_FORMAT))
    return precision_of(reg::DPU_DATA_FORMAT_PROC_PRECISION.in(*word));
  if (const auto word = values.at(reg::PPU_DATA_FORMAT))
    return precision_of(reg::PPU_DATA_FORMAT_PROC_PRECISION.in(*word));
  return "";
}

// What the tasks of the program for one core do, by set and node.
std::map<std::pair<std::size_t, std::uint32_t>, Node1> nodes_of(const Opened& input) {
  std::map<std::pair<std::size_t, std::uint32_t>, Node1> nodes;
  query::for_each_record(input, [&](const query::LaneRecord& record) {
    if (record.place.program.cores != 1) return;
    const Task& task = record.place.entry().task;
    Node1& node = nodes[{record.place.set_number, task.op_idx}];
    if (node.tasks++ == 0) {
      const corpus::RegisterValues values(record);
      node.family = corpus::kind_of(task.enable_mask, values);
      node.precision = precision_of(values);
      const npuscope::Node* known = record.place.node();
      node.op = known == nullptr ? "-" : known->op;
    }
    node.engines |= task.enable_mask;
  });
  return nodes;
}

std::string path_of(std::uint8_t device) {
  return device == 2 ? "NPU" : device == 0 ? "CPU" : device == 1 ? "GPU" : "?";
}

void add_rows(const Opened& input, ReportTable& table) {
  struct Count {
    std::size_t nodes = 0, tasks = 0;
  };
  using Key = std::tuple<std::string, std::string, std::string, std::string, std::string>;
  std::map<Key, Count> counts;
  const auto nodes = nodes_of(input);
  for (const auto& [place, node] : nodes) {
    Count& count = counts[{node.op, node.family, node.precision, blocks_of(node.engines), "NPU"}];
    ++count.nodes;
    count.tasks += node.tasks;
  }
  if (input.capture.model) {
    const Model& model = *input.capture.model;
    for (std::uint32_t i = 0; i < model.nodes.size(); ++i) {
      if (nodes.contains({0, i})) continue;
      const bool typed =
          !model.nodes[i].outputs.empty() && model.nodes[i].outputs.front() >= 0 &&
          static_cast<std::size_t>(model.nodes[i].outputs.front()) < model.tensors.size();
      const std::string type =
          typed
              ? std::string(name_of_dtype(
                    model.tensors[static_cast<std::size_t>(model.nodes[i].outputs.front())].dtype))
              : "";
      ++counts[{model.nodes[i].op, "no task", type, "-", path_of(model.nodes[i].device)}].nodes;
    }
  }
  for (const auto& [key, count] : counts)
    table.rows.push_back({Cell::of(input.capture.source), Cell::of(std::get<0>(key)),
                          Cell::of(std::get<1>(key)), Cell::of(std::get<2>(key)),
                          Cell::of(std::get<3>(key)), Cell::of(std::get<4>(key)),
                          Cell::of(count.nodes), Cell::of(count.tasks)});
}

Result<int> run(const po::variables_map& options) {
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  const auto inputs = open_inputs(options, database->get());
  if (!inputs) return tl::unexpected(inputs.error());
  ReportTable table{
      "npuscope.ops/1",
      "Operators",
      {"input", "operator", "family", "precision", "engines", "path", "nodes", "tasks"},
      {}};
  for (const Opened& input : *inputs) add_rows(input, table);
  if (auto written = write_report(options, table); !written) return tl::unexpected(written.error());
  return ExitCode::done;
}

}  // namespace

const Verb ops_verb{
    "ops",
    "operators of models and captures: family, precision, engines, path",
    "INPUT...",
    "A row for each kind of operator of each input: its name in the model, what its registers are "
    "(conv, depthwise,\n"
    "pooling, element-wise ...), the precision it computes in, the engines that its tasks start, "
    "whether it runs on the\n"
    "NPU or on the CPU, how many nodes and how many tasks of the program for one core.",
    "npuscope ops model.rknn\n"
    "npuscope ops --format=md models/*.rknn > coverage.md",
    add_options,
    run};

}  // namespace npuscope::cli
