#include "tests/support/rknn_writer.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "decoder/task.h"
#include "rknn_v2_generated.h"
#include "rknn_v6_generated.h"

namespace npuscope::testing {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

// The lists laid out as the compiler does it: streams, table, relocations by tensor.
struct Layout {
  std::vector<std::uint64_t> words;
  std::vector<Task> tasks;
  std::map<std::uint32_t, std::vector<rknn6::RelocationEntry>> relocations;
  std::map<std::uint32_t, std::vector<rknn6::OwnerEntry>> owners;
};

constexpr std::array<std::uint32_t, 6> core_of_list{0, 0, 1, 0, 1, 2};

std::size_t last_write(const std::vector<Word>& body, std::uint16_t offset) {
  for (std::size_t i = body.size(); i-- > 0;) {
    if (body[i].offset() == offset) return i;
  }
  return body.size();
}

void add_tail(Layout& layout, const SyntheticRecord& record, const SyntheticRecord* next,
              std::uint64_t next_start) {
  const std::uint16_t pc = target_of(Block::pc);
  const auto amount = next ? link_amount(static_cast<std::uint32_t>(next->body.size())) : 0U;
  layout.words.push_back(
      next ? Word::make(pc, offset_pc_base_address, static_cast<std::uint32_t>(next_start)).raw
           : 0);
  layout.words.push_back(Word::make(pc, offset_pc_register_amounts, amount).raw);
  layout.words.push_back(std::uint64_t{target_marker} << 48U);
  layout.words.push_back(
      Word::make(target_operation_enable, offset_operation_enable, record.enable_mask).raw);
}

std::uint64_t add_stream(Layout& layout, const SyntheticRecord& record, const SyntheticRecord* next,
                         std::size_t list) {
  const std::uint64_t start = layout.words.size();
  for (const Word word : record.body) layout.words.push_back(word.raw);
  for (const SyntheticRelocation& r : record.relocations) {
    const std::size_t at = start + last_write(record.body, r.register_offset);
    const Word word{layout.words[at]};
    layout.words[at] = Word::make(word.target(), word.offset(), r.addend).raw;
    layout.relocations[r.tensor].emplace_back(r.addend, static_cast<std::uint32_t>(at));
    layout.owners[r.tensor].emplace_back(1U, core_of_list[list]);
  }
  const std::uint64_t stride = record_stride(record.body.size());
  if (next && next->shared) next = nullptr;  // real lists leave the chain there, too
  add_tail(layout, record, next, 8 * start + stride);
  layout.words.resize(start + stride / 8);
  return 8 * start;
}

Layout lay_out(const SyntheticModel& model) {
  Layout layout;
  std::vector<Task> first_list;
  for (std::size_t list = 0; list < model.lists.size(); ++list) {
    const auto& records = model.lists[list];
    for (std::size_t i = 0; i < records.size(); ++i) {
      Task task;
      if (records[i].shared) {
        task = first_list.at(*records[i].shared);
      } else {
        task.regcmd_addr = add_stream(layout, records[i],
                                      i + 1 < records.size() ? &records[i + 1] : nullptr, list);
        task.regcfg_amount = static_cast<std::uint32_t>(records[i].body.size());
      }
      task.op_idx = records[i].node;
      task.enable_mask = records[i].enable_mask;
      task.int_mask = (task.enable_mask & 0x20U) != 0 ? 0xc00 : 0x300;
      task.int_clear = 0x1ffff;
      layout.tasks.push_back(task);
      if (list == 0) first_list.push_back(task);
    }
  }
  return layout;
}

class PayloadWriter {
 public:
  explicit PayloadWriter(const SyntheticModel& model) : model_(model) { add_bytes(nullptr, 0); }

  std::vector<std::byte> version_6() {
    const Layout layout = lay_out(model_);
    add_tensors();
    if (model_.with_program) {
      add_raw("regcmd", TensorKind::regcmd, layout.words.data(), 8 * layout.words.size());
      add_raw("task", TensorKind::task, layout.tasks.data(), task_bytes * layout.tasks.size());
    }
    std::vector<Offset<rknn6::RelocationTable>> tables;
    for (const auto& [tensor, entries] : layout.relocations) {
      tables.push_back(rknn6::CreateRelocationTable(
          builder_, builder_.CreateString(model_.tensors.at(tensor).name),
          builder_.CreateVectorOfStructs(entries),
          builder_.CreateVectorOfStructs(layout.owners.at(tensor))));
    }
    const auto size = [&](std::size_t list) {
      return static_cast<std::int32_t>(model_.lists[list].size());
    };
    const std::vector<std::int32_t> starts{0, 0, 0, size(0), size(0) + size(1) + size(2)};
    const auto nodes = builder_.CreateVector(nodes_6());
    const auto tensors = builder_.CreateVector(tensors_);
    const auto relocations = builder_.CreateVector(tables);
    const auto inputs = builder_.CreateVector(model_.inputs),
               outputs = builder_.CreateVector(model_.outputs);
    const auto list_starts = builder_.CreateVector(starts);
    rknn6::GraphEntryBuilder graph(builder_);
    graph.add_tensors(tensors);
    graph.add_nodes(nodes);
    graph.add_inputs(inputs);
    graph.add_outputs(outputs);
    graph.add_relocations(relocations);
    graph.add_list_starts(list_starts);
    const std::vector<Offset<rknn6::GraphEntry>> graphs{graph.Finish()};
    const auto graph_vector = builder_.CreateVector(graphs);
    const auto buffers = builder_.CreateVector(buffers_);
    const auto memory = rknn6::CreateMemorySizes(builder_, weight_bytes(), 0x1000);
    const auto family = builder_.CreateString(model_.family),
               compiler = builder_.CreateString(model_.compiler);
    const auto platform = builder_.CreateString(model_.platform);
    rknn6::StartBuilder start(builder_);
    start.add_schema_version(6);
    start.add_family(family);
    start.add_graphs(graph_vector);
    start.add_compiler(compiler);
    start.add_platform(platform);
    start.add_memory(memory);
    start.add_buffers(buffers);
    rknn6::FinishStartBuffer(builder_, start.Finish());
    return finished();
  }

  std::vector<std::byte> version_2() {
    add_tensors();
    std::vector<std::vector<Offset<rknn2::TaskEntry>>> tasks(model_.nodes.size());
    for (std::size_t list = 0; list < model_.lists.size(); ++list) {
      for (const SyntheticRecord& record : model_.lists[list]) {
        tasks.at(record.node)
            .push_back(old_task(record.shared ? model_.lists[0].at(*record.shared) : record, list));
      }
    }
    std::vector<Offset<rknn2::NodeEntry>> nodes;
    for (std::size_t i = 0; i < model_.nodes.size(); ++i) {
      const SyntheticNode& node = model_.nodes[i];
      nodes.push_back(rknn2::CreateNodeEntry(builder_, 0, builder_.CreateString(node.op),
                                             builder_.CreateString(node.op + ":synthetic"),
                                             node.device, builder_.CreateVector(node.inputs),
                                             builder_.CreateVector(node.outputs),
                                             builder_.CreateVector(tasks[i])));
    }
    const std::vector<Offset<rknn2::GraphEntry>> graphs{rknn2::CreateGraphEntry(
        builder_, builder_.CreateVector(tensors_), builder_.CreateVector(nodes),
        builder_.CreateVector(model_.inputs), builder_.CreateVector(model_.outputs))};
    const auto graph_vector = builder_.CreateVector(graphs);
    const auto buffers = builder_.CreateVector(buffers_);
    const auto family = builder_.CreateString(model_.family),
               compiler = builder_.CreateString(model_.compiler);
    const auto platform = builder_.CreateString(model_.platform);
    rknn2::StartBuilder start(builder_);
    start.add_schema_version(1);
    start.add_family(family);
    start.add_graphs(graph_vector);
    start.add_buffers(buffers);
    start.add_compiler(compiler);
    start.add_platform(platform);
    rknn2::FinishStartBuffer(builder_, start.Finish());
    return finished();
  }

 private:
  // Index of a new buffer. Aligned to 64 bytes of the file, as version 6 does it.
  std::uint32_t add_bytes(const void* data, std::size_t size) {
    if (model_.version == 6) builder_.ForceVectorAlignment(size, 1, 64);
    std::vector<std::uint8_t> bytes(size);
    if (size > 0) std::memcpy(bytes.data(), data, size);
    buffers_.push_back(
        rknn::CreateBufferEntry(builder_, size == 0 ? 0 : builder_.CreateVector(bytes)));
    return static_cast<std::uint32_t>(buffers_.size() - 1);
  }

  void add_tensor(const SyntheticTensor& tensor, std::uint32_t buffer) {
    const auto native = builder_.CreateVector(tensor.native_shape);
    const auto logical = builder_.CreateVector(tensor.logical_shape);
    const auto name = builder_.CreateString(tensor.name);
    rknn::TensorEntryBuilder entry(builder_);
    entry.add_dtype(tensor.dtype);
    entry.add_layout(tensor.layout);
    entry.add_kind(static_cast<std::uint8_t>(tensor.kind));
    entry.add_native_shape(native);
    entry.add_logical_shape(logical);
    entry.add_name(name);
    entry.add_size(tensor.size);
    entry.add_internal_offset(tensor.internal_offset);
    entry.add_buffer(buffer);
    tensors_.push_back(entry.Finish());
  }

  void add_tensors() {
    for (const SyntheticTensor& tensor : model_.tensors) {
      add_tensor(tensor,
                 tensor.bytes.empty() ? 0 : add_bytes(tensor.bytes.data(), tensor.bytes.size()));
    }
    if (model_.repeats > 0) tensors_.insert(tensors_.end(), model_.repeats, tensors_.at(0));
  }

  std::uint32_t add_raw(const char* name, TensorKind kind, const void* data, std::size_t size) {
    SyntheticTensor tensor;
    tensor.name = name;
    tensor.dtype = 13;
    tensor.layout = 0;
    tensor.kind = kind;
    tensor.size = static_cast<std::uint32_t>(size);
    add_tensor(tensor, add_bytes(data, size));
    return static_cast<std::uint32_t>(tensors_.size() - 1);
  }

  std::vector<Offset<rknn6::NodeEntry>> nodes_6() {
    std::vector<Offset<rknn6::NodeEntry>> nodes;
    for (std::uint32_t i = 0; i < model_.nodes.size(); ++i) {
      const SyntheticNode& node = model_.nodes[i];
      std::vector<std::int32_t> counts(model_.lists.size());
      for (std::size_t list = 0; list < counts.size(); ++list) {
        counts[list] = static_cast<std::int32_t>(
            std::count_if(model_.lists[list].begin(), model_.lists[list].end(),
                          [&](const SyntheticRecord& record) { return record.node == i; }));
      }
      nodes.push_back(rknn6::CreateNodeEntry(builder_, 0, builder_.CreateString(node.op),
                                             builder_.CreateString(node.op + ":synthetic"),
                                             node.device, builder_.CreateVector(node.inputs),
                                             builder_.CreateVector(node.outputs), 0, 0, 0, 0,
                                             builder_.CreateVector(counts)));
    }
    return nodes;
  }

  Offset<rknn2::TaskEntry> old_task(const SyntheticRecord& record, std::size_t list) {
    constexpr std::array<std::uint32_t, 6> cores{1, 2, 2, 3, 3, 3};
    std::vector<std::uint64_t> words;
    for (const Word word : record.body) {
      words.push_back(std::uint64_t{word.value()} << 32U | std::uint64_t{word.offset()} << 16U);
    }
    std::vector<rknn2::RelocationEntry> relocations;
    for (const SyntheticRelocation& r : record.relocations) {
      words[last_write(record.body, r.register_offset)] =
          std::uint64_t{r.addend} << 32U | std::uint64_t{r.register_offset} << 16U;
      relocations.emplace_back(r.register_offset, r.tensor, r.addend, 0U, 0U, 0U);
    }
    const std::uint32_t stream = add_raw("", TensorKind::stream, words.data(), 8 * words.size());
    return rknn2::CreateTaskEntry(builder_, stream, 0, 0, record.enable_mask, 0x3ff,
                                  builder_.CreateVectorOfStructs(relocations), core_of_list[list],
                                  (1U << cores[list]) - 1, cores[list]);
  }

  [[nodiscard]] std::int64_t weight_bytes() const {
    std::int64_t sum = 0;
    for (const SyntheticTensor& tensor : model_.tensors) {
      if (tensor.kind != TensorKind::constant && tensor.kind != TensorKind::shape_constant)
        continue;
      sum += static_cast<std::int64_t>((tensor.bytes.size() + 63) / 64 * 64);
    }
    return sum;
  }

  std::vector<std::byte> finished() {
    const auto bytes = std::as_bytes(std::span(builder_.GetBufferPointer(), builder_.GetSize()));
    return {bytes.begin(), bytes.end()};
  }

  const SyntheticModel& model_;
  FlatBufferBuilder builder_;
  std::vector<Offset<rknn::TensorEntry>> tensors_;
  std::vector<Offset<rknn::BufferEntry>> buffers_;
};

void append(std::vector<std::byte>& file, const void* data, std::size_t size) {
  const auto* bytes = static_cast<const std::byte*>(data);
  file.insert(file.end(), bytes, bytes + size);
}

}  // namespace

std::vector<std::byte> wrap_payload(const std::vector<std::byte>& payload, std::uint64_t version,
                                    std::size_t header, const std::string& json) {
  std::vector<std::byte> file;
  append(file, "RKNN\0\0\0\0", 8);
  append(file, &version, 8);
  const std::uint64_t payload_size = payload.size(), json_size = json.size();
  append(file, &payload_size, 8);
  file.resize(header);
  append(file, payload.data(), payload.size());
  append(file, &json_size, 8);
  append(file, json.data(), json.size());
  return file;
}

std::vector<std::byte> write_rknn(const SyntheticModel& model) {
  PayloadWriter writer(model);
  const auto payload = model.version == 6 ? writer.version_6() : writer.version_2();
  const std::string json =
      R"({"target_platform":[")" + model.platform + R"("],"version":"synthetic"})";
  return wrap_payload(payload, model.version, model.version == 1 ? 24 : 64, json);
}

}  // namespace npuscope::testing
