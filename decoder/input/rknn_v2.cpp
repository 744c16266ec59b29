#include "decoder/input/rknn_v2.h"

#include <fmt/format.h>

#include <array>

#include "decoder/input/rknn_damage.h"
#include "decoder/input/rknn_old_streams.h"
#include "rknn_v2_generated.h"

namespace npuscope {
namespace {

const rknn2::Start* verified_start_v2(const RknnSource& source) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(source.aligned.data());
  // Start, graph, node, task: no deeper. A table needs an entry of 4 bytes in some vector.
  constexpr flatbuffers::uoffset_t max_depth = 8;
  const auto max_tables = static_cast<flatbuffers::uoffset_t>(source.aligned.size() / 4);
  flatbuffers::Verifier verifier(bytes, source.aligned.size(), max_depth, max_tables);
  return rknn2::VerifyStartBuffer(verifier) ? rknn2::GetStart(bytes) : nullptr;
}

const rknn2::GraphEntry* graph_of(const rknn2::Start& start) {
  const bool any = start.graphs() != nullptr && start.graphs()->size() > 0;
  return any ? start.graphs()->Get(0) : nullptr;
}

void read_start(const rknn2::Start& start, RknnSource& source, Model& model) {
  model.container_version = source.box.version;
  model.family = text_of(start.family(), source.budget);
  model.compiler = text_of(start.compiler(), source.budget);
  model.platform = text_of(start.platform(), source.budget);
  model.framework = text_of(start.framework(), source.budget);
  model.json = source.box.json;
  model.buffers = read_buffers(start.buffers(), source);
  const rknn2::GraphEntry* graph = graph_of(start);
  if (graph == nullptr) return;
  model.tensors = read_tensors(graph->tensors(), source.budget);
  model.graph_inputs = numbers_of(graph->inputs(), source.budget);
  model.graph_outputs = numbers_of(graph->outputs(), source.budget);
  if (graph->nodes() == nullptr) return;
  model.nodes.reserve(graph->nodes()->size());
  for (const rknn2::NodeEntry* entry : *graph->nodes()) {
    if (!source.budget.take(sizeof(Node))) return;
    Node& node = model.nodes.emplace_back();
    node.op = text_of(entry->op(), source.budget);
    node.name = text_of(entry->name(), source.budget);
    node.device = entry->device();
    node.inputs = numbers_of(entry->inputs(), source.budget);
    node.outputs = numbers_of(entry->outputs(), source.budget);
  }
}

// The tasks in node order. The error is a violation of F3.
tl::expected<std::vector<OldTask>, std::string> read_tasks(const rknn2::GraphEntry& graph,
                                                           RknnSource& source, const Model& model) {
  std::vector<OldTask> tasks;
  std::uint32_t node_index = 0;
  for (const rknn2::NodeEntry* node : *graph.nodes()) {
    const std::uint32_t index = node_index++;
    if (node->tasks() == nullptr) continue;
    for (const rknn2::TaskEntry* entry : *node->tasks()) {
      const std::string what = fmt::format("node {}, task {}", index, tasks.size());
      if (entry->stream() >= model.tensors.size()) {
        return tl::unexpected<std::string>(fmt::format("{}: stream tensor {}, there are {}", what,
                                                       entry->stream(), model.tensors.size()));
      }
      OldTask& task = tasks.emplace_back();
      task.node = index;
      task.enable_mask = entry->enable_mask();
      task.core = entry->core();
      task.core_count = entry->core_count();
      if (const std::uint32_t at = model.tensors[entry->stream()].buffer; at != 0) {
        const ModelBuffer range = model.buffers[at];
        task.stream = source.file.bytes.subspan(static_cast<std::size_t>(range.file_offset),
                                                static_cast<std::size_t>(range.size));
      }
      if (!source.budget.take(transcoded_bytes(task) + sizeof(OldTask))) return tasks;
      if (entry->relocations() == nullptr) continue;
      const auto count = entry->relocations()->size();
      if (!source.budget.take(count * sizeof(OldRelocation))) return tasks;
      for (const rknn2::RelocationEntry* relocation : *entry->relocations()) {
        if (relocation->tensor() >= model.tensors.size()) {
          return tl::unexpected<std::string>(
              fmt::format("{}: a relocation names tensor {}, there are {}", what,
                          relocation->tensor(), model.tensors.size()));
        }
        task.relocations.push_back({static_cast<std::uint16_t>(relocation->register_offset()),
                                    relocation->tensor(), relocation->addend()});
      }
    }
  }
  return tasks;
}

Buffer& add_owned(Capture& capture, const FileBytes& file, std::string name, BufferRole role,
                  std::vector<std::uint64_t> words) {
  auto owner = std::make_shared<const std::vector<std::uint64_t>>(std::move(words));
  Buffer& buffer = capture.buffers.emplace_back();
  buffer.name = std::move(name);
  buffer.role = role;
  buffer.size = buffer.exact_size = 8 * owner->size();
  buffer.place = {file.name, 0, false};
  if (!owner->empty()) buffer.pieces.push_back({0, std::as_bytes(std::span(*owner))});
  capture.storage.push_back(std::move(owner));
  return buffer;
}

void add_program(OldProgram program, const FileBytes& file, Model& model, Capture& capture) {
  if (program.task_table.empty()) return;
  model.relocations = std::move(program.relocations);
  model.has_lists = program.has_lists && model.is_rk3588();
  if (model.has_lists) {
    model.list_lengths = program.list_lengths;
    for (Node& node : model.nodes) node.task_counts.assign(model.list_lengths.size(), 0);
    for (std::size_t i = 0; i < program.task_nodes.size(); ++i) {
      ++model.nodes[program.task_nodes[i]].task_counts[program.task_lists[i]];
    }
  }
  model.task_buffer = 0;
  add_owned(capture, file, "task", BufferRole::task_table, std::move(program.task_table))
      .role_reason = "made from the task tables of the nodes";
  model.regcmd_buffer = 1;
  add_owned(capture, file, "regcmd", BufferRole::commands, std::move(program.words)).role_reason =
      "transcoded from the old word encoding of the stream buffers; the tail words are ours";
  const Place place{file.name, 0, false};
  capture.facts.push_back(
      {"rknn.words", "transcoded from the old encoding (value 63..32, register 31..16)", place});
  for (std::string& text : program.warnings) capture.warn(std::move(text), place);
}

// The bytes that the transcoded program was made from, so that every byte has its place.
void add_streams(Capture& capture, const FileBytes& file, const Model& model) {
  for (std::size_t i = 0; i < model.tensors.size(); ++i) {
    const Tensor& tensor = model.tensors[i];
    if (tensor.kind != static_cast<std::uint8_t>(TensorKind::stream) || tensor.buffer == 0)
      continue;
    const ModelBuffer range = model.buffers[tensor.buffer];
    Buffer& buffer = capture.buffers.emplace_back(
        buffer_of(file, fmt::format("stream {}", i), BufferRole::unknown, range));
    buffer.role_reason = "register stream in the old encoding, read through regcmd";
  }
}

}  // namespace

Result<Capture> read_rknn_v2(RknnSource& source) {
  const FileBytes& file = source.file;
  const rknn2::Start* start = verified_start_v2(source);
  if (start == nullptr) {
    return unreadable(describe_rknn_damage(source.aligned, source.box.generation), file.name,
                      "copy or download the file again");
  }
  auto model = std::make_shared<Model>();
  read_start(*start, source, *model);
  if (auto broken = find_structural_damage(*model); broken && !source.budget.exhausted()) {
    return unreadable(*broken, file.name);
  }
  tl::expected<std::vector<OldTask>, std::string> tasks;
  const rknn2::GraphEntry* graph = graph_of(*start);
  if (graph != nullptr && graph->nodes() != nullptr && !source.budget.exhausted()) {
    tasks = read_tasks(*graph, source, *model);
  }
  if (!tasks) return unreadable(tasks.error(), file.name);
  if (source.budget.exhausted()) {
    return unreadable("its tables share vectors so often that they would not fit in memory",
                      file.name, "no compiler writes such a file");
  }
  Capture capture;
  capture.source = file.name;
  capture.kind = fmt::format("rknn model (container v{})", model->container_version);
  add_program(transcode(*tasks), file, *model, capture);
  add_streams(capture, file, *model);
  add_constants(capture, file, *model);
  add_facts(capture, file, *model);
  capture.storage.push_back(file.owner);
  capture.model = std::move(model);
  return capture;
}

}  // namespace npuscope
