#include "replay/prepare/link_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "decoder/device_memory.h"
#include "decoder/program/relocation.h"
#include "replay/prepare/tensor_memory.h"

namespace npuscope {

namespace {

constexpr std::uint8_t role_row_pitch = 3;

bool is(const Tensor& tensor, TensorKind kind) {
  return tensor.kind == static_cast<std::uint8_t>(kind);
}

std::span<const std::byte> constant_bytes(const Capture& capture, const Tensor& tensor) {
  const Model& model = *capture.model;
  if (tensor.buffer == 0 || tensor.buffer >= model.buffers.size()) return {};
  const ModelBuffer& buffer = model.buffers[tensor.buffer];
  if (buffer.file_offset > capture.original.size() ||
      buffer.size > capture.original.size() - buffer.file_offset)
    return {};
  return capture.original.subspan(buffer.file_offset, buffer.size);
}

class Linker {
 public:
  Linker(const Opened& opened, unsigned cores, const ModelPlaces& places)
      : opened_(opened),
        capture_(opened.capture),
        model_(*opened.capture.model),
        places_(places),
        next_(places.first) {
    linked_.image.cores = cores;
  }

  Result<LinkedModel> run() {
    const bool has_program = model_.regcmd_buffer && model_.task_buffer;
    place_weights();
    place_internal_memory();
    place_tensors();
    rename_inputs();
    if (has_program) {
      if (auto done = link_commands(); !done) return tl::unexpected(done.error());
      if (auto done = take_lanes(); !done) return tl::unexpected(done.error());
    }
    if (next_ > address_space_bytes)
      return wrong_usage("the model does not fit into the 4 GiB that the NPU can address",
                         "give lower addresses");
    std::ranges::sort(linked_.image.buffers, {}, &ImageBuffer::address);
    linked_.addresses.resize(model_.tensors.size());
    for (std::size_t i = 0; i < model_.tensors.size(); ++i)
      if (const auto at = bases_.tensors.find(model_.tensors[i].name); at != bases_.tensors.end())
        linked_.addresses[i] = at->second;
    return std::move(linked_);
  }

 private:
  ImageBuffer& add(std::string name, BufferRole role, std::uint64_t bytes,
                   std::optional<std::uint32_t> address = std::nullopt) {
    ImageBuffer buffer;
    buffer.name = std::move(name);
    buffer.role = role;
    // Whole pages, as a driver allocates them: readers fetch whole groups of channels.
    buffer.bytes = whole_pages(std::max(bytes, std::uint64_t{1}));
    buffer.address = address.value_or(static_cast<std::uint32_t>(next_));
    if (!address) next_ += buffer.bytes + sim::guard_bytes;
    linked_.image.buffers.push_back(std::move(buffer));
    return linked_.image.buffers.back();
  }

  void place_weights() {
    memory_ = layout_weight_memory(capture_);
    if (memory_.size == 0) return;
    ImageBuffer& weights =
        add("weights and commands", BufferRole::constants, memory_.size, places_.weights);
    bases_ = place_constants(capture_, weights.address);
    weights.content.resize(memory_.size);
    for (const ConstantPlace& place : memory_.constants) {
      const auto bytes = constant_bytes(capture_, model_.tensors[place.tensor]);
      std::ranges::copy(bytes, weights.content.begin() + static_cast<std::ptrdiff_t>(place.offset));
    }
  }

  void place_internal_memory() {
    if (model_.internal_bytes <= 0) return;
    const ImageBuffer& memory =
        add("internal memory", BufferRole::internal,
            static_cast<std::uint64_t>(model_.internal_bytes), places_.internal);
    for (const Tensor& tensor : model_.tensors)
      if (is(tensor, TensorKind::internal))
        bases_.tensors.emplace(tensor.name, memory.address + tensor.internal_offset);
  }

  // Everything else that the program reads or writes, each in memory of its own: graph inputs and
  // outputs, constants outside the weight memory, tables; internal tensors of files that reserve no
  // memory for them.
  void place_tensors() {
    for (const Tensor& tensor : model_.tensors) {
      const bool input = is(tensor, TensorKind::input), output = is(tensor, TensorKind::output);
      const bool wanted = input || output || is(tensor, TensorKind::internal) ||
                          is(tensor, TensorKind::secondary_constant) ||
                          is(tensor, TensorKind::table);
      if (!wanted || bases_.tensors.contains(tensor.name)) continue;
      const auto bytes = constant_bytes(capture_, tensor);
      const auto given = places_.tensors.find(tensor.name);
      ImageBuffer& buffer =
          add(tensor.name,
              input    ? BufferRole::input
              : output ? BufferRole::output
                       : BufferRole::constants,
              std::max({std::uint64_t{tensor.size}, std::uint64_t{bytes.size()},
                        memory_of(tensor).value_or(0)}),
              given != places_.tensors.end() ? std::optional(given->second) : std::nullopt);
      buffer.content.assign(bytes.begin(), bytes.end());
      bases_.tensors.emplace(tensor.name, buffer.address);
    }
  }

  [[nodiscard]] const Tensor* tensor_at(std::int32_t index) const {
    return index >= 0 && static_cast<std::size_t>(index) < model_.tensors.size()
               ? &model_.tensors[static_cast<std::size_t>(index)]
               : nullptr;
  }

  void rename_inputs() {
    for (const Node& node : model_.nodes) {
      const bool works = std::ranges::any_of(node.task_counts, [](auto n) { return n > 0; }) ||
                         std::ranges::any_of(node.extra_counts, [](auto n) { return n > 0; });
      if (!node.on_npu() || works || node.inputs.empty() || node.outputs.empty()) continue;
      const Tensor* input = tensor_at(node.inputs[0]);
      const Tensor* output = tensor_at(node.outputs[0]);
      if (input == nullptr || output == nullptr) continue;
      if (const auto at = bases_.tensors.find(input->name); at != bases_.tensors.end())
        bases_.tensors[output->name] = at->second;
    }
  }

  Result<void> link_commands() {
    auto commands = place_regcmd(capture_, bases_);
    if (!commands) return tl::unexpected(commands.error());
    for (const StrideWord& stride : model_.stride_words) {
      if (stride.role != role_row_pitch || stride.tensor >= model_.tensors.size()) continue;
      const auto pixels = pixels_of(model_.tensors[stride.tensor]);
      if (!pixels || std::uint64_t{stride.word} * 8 + 8 > commands->size()) continue;
      std::byte* at = commands->data() + std::size_t{stride.word} * 8;
      Word word;
      std::memcpy(&word.raw, at, sizeof word.raw);
      word = Word::make(word.target(), word.offset(), row_pitch_in_pixels(*pixels));
      std::memcpy(at, &word.raw, sizeof word.raw);
    }
    auto tasks = place_tasks(capture_, bases_.regcmd);
    if (!tasks) return tl::unexpected(tasks.error());
    ImageBuffer& weights = linked_.image.buffers.front();
    std::ranges::copy(*commands,
                      weights.content.begin() + static_cast<std::ptrdiff_t>(memory_.regcmd_offset));
    std::ranges::copy(*tasks,
                      weights.content.begin() + static_cast<std::ptrdiff_t>(memory_.task_offset));
    return {};
  }

  Result<void> take_lanes() {
    if (opened_.sets.empty()) return unreadable("no program was found", capture_.source);
    const ProgramSet& set = opened_.sets.front();
    const Program* program = set.program_for(linked_.image.cores);
    if (program == nullptr || program->task_count() == 0)
      return wrong_usage(fmt::format("{}: the model has no program for {} cores", capture_.source,
                                     linked_.image.cores),
                         "ask for another number of cores");
    for (const Lane& lane : program->lanes) {
      sim::CoreTasks tasks{lane.core, {}};
      for (std::size_t t = lane.first; t < lane.first + lane.count; ++t) {
        tasks.tasks.push_back(set.tasks[t].task);
        tasks.tasks.back().regcmd_addr += bases_.regcmd;
      }
      linked_.image.lanes.push_back(std::move(tasks));
    }
    return {};
  }

  const Opened& opened_;
  const Capture& capture_;
  const Model& model_;
  const ModelPlaces& places_;
  std::uint64_t next_;
  WeightMemory memory_;
  Bases bases_;
  LinkedModel linked_;
};

}  // namespace

Result<LinkedModel> link_model(const Opened& opened, unsigned cores, const ModelPlaces& places) {
  if (!opened.capture.model || !opened.capture.model->is_rk3588())
    return unreadable("no model of the RK3588", opened.capture.source,
                      "registers of other chips are not known");
  return Linker(opened, cores, places).run();
}

}  // namespace npuscope
