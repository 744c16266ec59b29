#include "decoder/input/rknn_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace npuscope {

RknnSource::RknnSource(const FileBytes& input, const RknnContainer& container)
    : file(input), box(container), aligned(container.payload), budget(container.payload.size()) {
  if (reinterpret_cast<std::uintptr_t>(aligned.data()) % alignof(std::uint64_t) == 0) return;
  copy.resize(aligned.size() / 8 + 1);
  std::memcpy(copy.data(), aligned.data(), aligned.size());
  aligned = std::as_bytes(std::span(copy)).first(aligned.size());
}

ModelBuffer RknnSource::place_of(const flatbuffers::Vector<std::uint8_t>* bytes) const {
  if (bytes == nullptr || bytes->size() == 0) return {};
  const auto* first = reinterpret_cast<const std::byte*>(bytes->data());
  return {box.payload_offset + static_cast<std::uint64_t>(first - aligned.data()), bytes->size()};
}

std::string text_of(const flatbuffers::String* text, CopyBudget& budget) {
  if (text == nullptr || !budget.take(text->size())) return {};
  return {text->c_str(), text->size()};
}

std::vector<std::int32_t> numbers_of(const flatbuffers::Vector<std::int32_t>* numbers,
                                     CopyBudget& budget) {
  if (numbers == nullptr || !budget.take(std::uint64_t{4} * numbers->size())) return {};
  return {numbers->begin(), numbers->end()};
}

std::vector<Tensor> read_tensors(const TensorEntries* entries, CopyBudget& budget) {
  std::vector<Tensor> tensors;
  if (entries == nullptr || !budget.take(std::uint64_t{4} * entries->size())) return tensors;
  tensors.reserve(entries->size());
  for (const rknn::TensorEntry* entry : *entries) {
    Tensor& tensor = tensors.emplace_back();
    tensor.name = text_of(entry->name(), budget);
    tensor.dtype = entry->dtype();
    tensor.layout = entry->layout();
    tensor.kind = entry->kind();
    tensor.native_shape = numbers_of(entry->native_shape(), budget);
    tensor.logical_shape = numbers_of(entry->logical_shape(), budget);
    tensor.quantisation = text_of(entry->quantisation(), budget);
    tensor.quantised_type = text_of(entry->quantised_type(), budget);
    if (const auto* scale = entry->scale();
        scale && budget.take(std::uint64_t{4} * scale->size())) {
      tensor.scale.assign(scale->begin(), scale->end());
    }
    for (const std::int32_t zero : numbers_of(entry->zero_point(), budget)) {
      tensor.zero_point.push_back(zero);
    }
    tensor.size = entry->size();
    tensor.internal_offset = entry->internal_offset();
    tensor.buffer = entry->buffer();
    if (budget.exhausted()) break;
  }
  return tensors;
}

std::vector<ModelBuffer> read_buffers(const BufferEntries* entries, const RknnSource& source) {
  std::vector<ModelBuffer> buffers;
  if (entries == nullptr) return buffers;
  buffers.reserve(entries->size());
  for (const rknn::BufferEntry* entry : *entries)
    buffers.push_back(source.place_of(entry->bytes()));
  return buffers;
}

namespace {

std::optional<std::string> find_bad_index(const std::vector<std::int32_t>& indices,
                                          std::size_t count, const std::string& what) {
  for (const std::int32_t index : indices) {
    if (index >= 0 && static_cast<std::size_t>(index) < count) continue;
    return fmt::format("{} names tensor {}, there are {}", what, index, count);
  }
  return std::nullopt;
}

std::string shape_text(const std::vector<std::int32_t>& shape) {
  return fmt::format("{}", fmt::join(shape, "x"));
}

bool holds_constants(const Tensor& tensor) {
  switch (static_cast<TensorKind>(tensor.kind)) {
    case TensorKind::constant:
    case TensorKind::shape_constant:
    case TensorKind::table:
    case TensorKind::secondary_constant:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::optional<std::string> find_structural_damage(const Model& model) {
  std::size_t regcmds = 0, tasks = 0;
  for (std::size_t i = 0; i < model.tensors.size(); ++i) {
    const Tensor& tensor = model.tensors[i];
    if (tensor.buffer != 0 && tensor.buffer >= model.buffers.size()) {
      return fmt::format("tensor {} names buffer {}, there are {}", i, tensor.buffer,
                         model.buffers.size());
    }
    regcmds += tensor.kind == static_cast<std::uint8_t>(TensorKind::regcmd);
    tasks += tensor.kind == static_cast<std::uint8_t>(TensorKind::task);
  }
  if (regcmds != tasks || regcmds > 1) {
    return fmt::format(
        "{} register streams and {} task tables, there must be one of each or neither", regcmds,
        tasks);
  }
  const std::size_t count = model.tensors.size();
  for (std::size_t i = 0; i < model.nodes.size(); ++i) {
    const Node& node = model.nodes[i];
    const std::string what = fmt::format("node {}", i);
    if (auto bad = find_bad_index(node.inputs, count, what + ": input")) return bad;
    if (auto bad = find_bad_index(node.outputs, count, what + ": output")) return bad;
  }
  if (auto bad = find_bad_index(model.graph_inputs, count, "the graph's inputs")) return bad;
  return find_bad_index(model.graph_outputs, count, "the graph's outputs");
}

Buffer buffer_of(const FileBytes& file, std::string name, BufferRole role, ModelBuffer range) {
  Buffer buffer;
  buffer.name = std::move(name);
  buffer.role = role;
  buffer.size = buffer.exact_size = range.size;
  buffer.place = {file.name, range.file_offset, false};
  if (range.size > 0) {
    buffer.pieces.push_back({0, file.bytes.subspan(static_cast<std::size_t>(range.file_offset),
                                                   static_cast<std::size_t>(range.size))});
  }
  return buffer;
}

void add_constants(Capture& capture, const FileBytes& file, const Model& model) {
  for (const Tensor& tensor : model.tensors) {
    if (!holds_constants(tensor) || tensor.buffer == 0) continue;
    const ModelBuffer range = model.buffers[tensor.buffer];
    if (range.size == 0) continue;
    Buffer& buffer = capture.buffers.emplace_back(
        buffer_of(file, printable(tensor.name), BufferRole::constants, range));
    buffer.role_reason = fmt::format("tensor kind {} of the model", tensor.kind);
  }
}

void add_facts(Capture& capture, const FileBytes& file, const Model& model) {
  const Place place{file.name, 0, false};
  const auto add = [&](std::string key, std::string_view value) {
    if (!value.empty()) capture.facts.push_back({std::move(key), printable(value), place});
  };
  add("compiler.version", model.compiler);
  add("platform", model.platform);
  add("family", model.family);
  add("framework", model.framework);
  const auto describe = [&](const std::vector<std::int32_t>& indices, const char* key) {
    for (const std::int32_t index : indices) {
      const Tensor& tensor = model.tensors[static_cast<std::size_t>(index)];
      add(key, fmt::format("{} {} {}", tensor.name, name_of_dtype(tensor.dtype),
                           shape_text(tensor.logical_shape)));
    }
  };
  describe(model.graph_inputs, "model.input");
  describe(model.graph_outputs, "model.output");
  if (model.is_rk3588()) return;
  std::string chip = model.platform.empty() ? "unnamed chip" : printable(model.platform);
  std::transform(chip.begin(), chip.end(), chip.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  capture.warn(fmt::format("registers not decoded: {} register map unknown", chip), place);
}

}  // namespace npuscope
