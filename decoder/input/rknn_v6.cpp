#include "decoder/input/rknn_v6.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "decoder/input/rknn_damage.h"
#include "rknn_v6_generated.h"

namespace npuscope {
namespace {

using NameIndex = std::unordered_map<std::string_view, std::uint32_t>;

const rknn6::Start* verified_start_v6(const RknnSource& source) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(source.aligned.data());
  // Start, graph, node, its vectors: no deeper. A table needs an entry of 4 bytes in some vector.
  constexpr flatbuffers::uoffset_t max_depth = 8;
  const auto max_tables = static_cast<flatbuffers::uoffset_t>(source.aligned.size() / 4);
  flatbuffers::Verifier verifier(bytes, source.aligned.size(), max_depth, max_tables);
  return rknn6::VerifyStartBuffer(verifier) ? rknn6::GetStart(bytes) : nullptr;
}

void read_nodes(const rknn6::GraphEntry& graph, CopyBudget& budget, Model& model) {
  if (graph.nodes() == nullptr) return;
  model.nodes.reserve(graph.nodes()->size());
  for (const rknn6::NodeEntry* entry : *graph.nodes()) {
    if (!budget.take(sizeof(Node))) return;
    Node& node = model.nodes.emplace_back();
    node.op = text_of(entry->op(), budget);
    node.name = text_of(entry->name(), budget);
    node.device = entry->device();
    node.inputs = numbers_of(entry->inputs(), budget);
    node.outputs = numbers_of(entry->outputs(), budget);
    node.task_counts = numbers_of(entry->task_counts(), budget);
    node.extra_counts = numbers_of(entry->extra_counts(), budget);
  }
}

NameIndex index_names(const std::vector<Tensor>& tensors) {
  NameIndex index;
  index.reserve(tensors.size());
  for (std::uint32_t i = 0; i < tensors.size(); ++i) index.emplace(tensors[i].name, i);
  return index;
}

std::uint32_t tensor_named(const NameIndex& index, const flatbuffers::String* name) {
  if (name == nullptr) return no_tensor;
  const auto found = index.find(std::string_view(name->c_str(), name->size()));
  return found == index.end() ? no_tensor : found->second;
}

void read_relocations(const rknn6::GraphEntry& graph, const NameIndex& names, CopyBudget& budget,
                      Model& model) {
  if (graph.relocations() == nullptr) return;
  std::size_t total = 0;
  for (const rknn6::RelocationTable* table : *graph.relocations()) {
    if (table->entries() == nullptr) continue;
    if (!budget.take(sizeof(Relocation) * std::uint64_t{table->entries()->size()})) return;
    total += table->entries()->size();
  }
  model.relocations.reserve(total);
  for (const rknn6::RelocationTable* table : *graph.relocations()) {
    if (table->entries() == nullptr) continue;
    const std::uint32_t tensor = tensor_named(names, table->tensor());
    const auto* owners = table->owners();
    for (flatbuffers::uoffset_t i = 0; i < table->entries()->size(); ++i) {
      const rknn6::RelocationEntry* entry = table->entries()->Get(i);
      const std::uint32_t core = owners && i < owners->size() ? owners->Get(i)->core() : 0xff;
      model.relocations.push_back(
          {tensor, entry->addend(), entry->word(),
           static_cast<std::int8_t>(core < 3 ? static_cast<int>(core) : -1)});
    }
  }
  std::stable_sort(model.relocations.begin(), model.relocations.end(),
                   [](const Relocation& a, const Relocation& b) { return a.word < b.word; });
}

void read_strides(const rknn6::GraphEntry& graph, const NameIndex& names, CopyBudget& budget,
                  Model& model) {
  if (graph.input_strides() == nullptr) return;
  for (const rknn6::InputStride* input : *graph.input_strides()) {
    if (input->lists() == nullptr) continue;
    const std::uint32_t tensor = tensor_named(names, input->tensor());
    std::uint8_t list = 0;
    for (const rknn6::StrideWords* words : *input->lists()) {
      if (list == model.list_lengths.size() || !budget.take(10 * sizeof(StrideWord))) break;
      const rknn6::StridePair* roles[] = {
          words->role_0(), words->role_1(), words->role_2(), words->role_3(), words->role_4(),
          words->role_5(), words->role_6(), words->role_7(), words->role_8(), words->role_9()};
      for (std::size_t role = 0; role < std::size(roles); ++role) {
        if (roles[role] == nullptr) continue;
        model.stride_words.push_back({tensor, list, static_cast<std::uint8_t>(role),
                                      roles[role]->value(), roles[role]->word()});
      }
      ++list;
    }
  }
}

// Sums of node slots 10 and 11. Lists that do not add up to the table are not used.
void find_lists(Model& model, std::uint64_t tasks, Capture& capture) {
  std::array<std::int64_t, 6> lengths{};
  for (const Node& node : model.nodes) {
    for (std::size_t list = 0; list < lengths.size(); ++list) {
      if (list < node.task_counts.size()) lengths[list] += node.task_counts[list];
      if (list < node.extra_counts.size()) lengths[list] += node.extra_counts[list];
    }
  }
  std::int64_t sum = 0;
  bool plausible = true;
  for (std::size_t list = 0; list < lengths.size(); ++list) {
    plausible =
        plausible && lengths[list] >= 0 && lengths[list] <= static_cast<std::int64_t>(tasks);
    if (plausible) model.list_lengths[list] = static_cast<std::uint32_t>(lengths[list]);
    sum += plausible ? lengths[list] : 0;
  }
  model.has_lists = plausible && sum == static_cast<std::int64_t>(tasks);
  if (model.has_lists) return;
  model.list_lengths = {};
  capture.warn(
      fmt::format("the task counts of the nodes do not add up to the {} tasks of the table; "
                  "the table is read as one list",
                  tasks),
      capture.buffers[*model.task_buffer].place);
}

void add_program(const FileBytes& file, Model& model, Capture& capture) {
  for (const Tensor& tensor : model.tensors) {
    const bool regcmd = tensor.kind == static_cast<std::uint8_t>(TensorKind::regcmd);
    if (!regcmd && tensor.kind != static_cast<std::uint8_t>(TensorKind::task)) continue;
    const ModelBuffer range = tensor.buffer == 0 ? ModelBuffer{} : model.buffers[tensor.buffer];
    (regcmd ? model.regcmd_buffer : model.task_buffer) =
        static_cast<std::uint32_t>(capture.buffers.size());
    Buffer& buffer = capture.buffers.emplace_back(
        buffer_of(file, regcmd ? "regcmd" : "task",
                  regcmd ? BufferRole::commands : BufferRole::task_table, range));
    buffer.role_reason = fmt::format("tensor kind {} of the model", tensor.kind);
  }
}

void read_start(const rknn6::Start& start, RknnSource& source, Model& model) {
  model.container_version = 6;
  model.family = text_of(start.family(), source.budget);
  model.compiler = text_of(start.compiler(), source.budget);
  model.platform = text_of(start.platform(), source.budget);
  model.framework = text_of(start.framework(), source.budget);
  model.json = source.box.json;
  if (const rknn6::MemorySizes* memory = start.memory()) {
    model.weight_bytes = memory->weight_bytes();
    model.internal_bytes = memory->internal_bytes();
  }
  model.buffers = read_buffers(start.buffers(), source);
  if (start.graphs() == nullptr || start.graphs()->size() == 0) return;
  const rknn6::GraphEntry& graph = *start.graphs()->Get(0);
  model.tensors = read_tensors(graph.tensors(), source.budget);
  read_nodes(graph, source.budget, model);
  model.graph_inputs = numbers_of(graph.inputs(), source.budget);
  model.graph_outputs = numbers_of(graph.outputs(), source.budget);
  model.list_starts = numbers_of(graph.list_starts(), source.budget);
  const NameIndex names = index_names(model.tensors);
  read_relocations(graph, names, source.budget, model);
  read_strides(graph, names, source.budget, model);
}

}  // namespace

Result<Capture> read_rknn_v6(RknnSource& source) {
  const FileBytes& file = source.file;
  const rknn6::Start* start = verified_start_v6(source);
  if (start == nullptr) {
    return unreadable(describe_rknn_damage(source.aligned, RknnGeneration::v6), file.name,
                      "copy or download the file again");
  }
  auto model = std::make_shared<Model>();
  read_start(*start, source, *model);
  if (source.budget.exhausted()) {
    return unreadable("its tables share vectors so often that they would not fit in memory",
                      file.name, "no compiler writes such a file");
  }
  if (auto broken = find_structural_damage(*model)) return unreadable(*broken, file.name);

  Capture capture;
  capture.source = file.name;
  capture.kind = "rknn model (container v6)";
  if (start->graphs() == nullptr || start->graphs()->size() != 1) {
    capture.warn(fmt::format("{} graphs; only the first is read",
                             start->graphs() == nullptr ? 0 : start->graphs()->size()),
                 {file.name, 0, false});
  }
  add_program(file, *model, capture);
  if (model->is_rk3588() && model->task_buffer) {
    find_lists(*model, capture.buffers[*model->task_buffer].size / task_bytes, capture);
  }
  add_constants(capture, file, *model);
  add_facts(capture, file, *model);
  capture.storage.push_back(file.owner);
  capture.model = std::move(model);
  return capture;
}

}  // namespace npuscope
