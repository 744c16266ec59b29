#include "replay/run/model_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "regdb/register_fields.h"
#include "replay/prepare/replay_program.h"
#include "replay/prepare/tensor_memory.h"
#include "replay/run/host_operators.h"

namespace npuscope {

namespace {

constexpr std::uint64_t first_version_with_loads = 6;

// The word encoding of container versions 1 and 2: value, register, no target.
Word word_of_old(std::uint64_t old) {
  const auto offset = static_cast<std::uint16_t>(old >> 16U);
  return Word::make(target_of(Block::dpu), offset, static_cast<std::uint32_t>(old >> 32U));
}

bool is_table_port(Word word) {
  return word.offset() == reg::DPU_LUT_ACCESS_CFG || word.offset() == reg::DPU_LUT_ACCESS_DATA;
}

}  // namespace

Result<ModelRun> ModelRun::prepare(const Opened& opened, ModelRunOptions options) {
  auto linked = link_model(opened, options.cores, options.places);
  if (!linked) return tl::unexpected(linked.error());
  if (options.edit)
    if (auto edited = options.edit(*linked); !edited) return tl::unexpected(edited.error());
  ModelRun run(opened, std::move(options), std::move(*linked));
  run.simulator_ = std::make_unique<sim::Simulator>(run.options_.simulator);
  if (auto loaded = load(run.linked_.image, run.simulator_->memory()); !loaded)
    return tl::unexpected(loaded.error());
  return run;
}

Result<void> ModelRun::set_input(std::size_t index, std::span<const std::byte> plain) {
  if (index >= model().graph_inputs.size())
    return wrong_usage(
        fmt::format("input {}: the model has {}", index, model().graph_inputs.size()));
  return write(static_cast<std::size_t>(model().graph_inputs[index]), plain);
}

Result<void> ModelRun::write(std::size_t index, std::span<const std::byte> plain) {
  const auto address = linked_.address_of(index);
  if (!address) return wrong_usage(fmt::format("tensor {} has no memory", index));
  const Tensor& tensor = model().tensors[index];
  const auto bytes = memory_of(tensor);
  if (!bytes) return tl::unexpected(bytes.error());
  std::byte* memory = simulator_->memory().find(*address, *bytes);
  if (memory == nullptr)
    return wrong_usage(fmt::format("tensor \"{}\" reaches beyond its memory", tensor.name));
  simulator_->memory().mark_written(*address, *bytes);
  return write_tensor(tensor, plain, std::span(memory, *bytes));
}

Result<std::vector<std::byte>> ModelRun::tensor(std::size_t index) const {
  const auto address = linked_.address_of(index);
  if (!address) return wrong_usage(fmt::format("tensor {} has no memory", index));
  const Tensor& tensor = model().tensors[index];
  const auto bytes = memory_of(tensor);
  if (!bytes) return tl::unexpected(bytes.error());
  const std::byte* memory = std::as_const(*simulator_).memory().find(*address, *bytes);
  if (memory == nullptr)
    return wrong_usage(fmt::format("tensor \"{}\" reaches beyond its memory", tensor.name));
  return read_tensor(tensor, std::span(memory, *bytes));
}

// Old containers keep the tables outside the task streams.
void ModelRun::load_tables() {
  if (model().container_version >= first_version_with_loads) return;
  const Capture& capture = opened_->capture;
  for (const Tensor& tensor : model().tensors) {
    if (tensor.kind != static_cast<std::uint8_t>(TensorKind::table) ||
        tensor.buffer >= model().buffers.size())
      continue;
    const ModelBuffer& buffer = model().buffers[tensor.buffer];
    if (buffer.file_offset + buffer.size > capture.original.size()) continue;
    const WordView words(capture.original.subspan(buffer.file_offset, buffer.size));
    for (std::size_t i = 0; i < words.size(); ++i) {
      const Word word = word_of_old(words[i].raw);
      if (!is_table_port(word)) continue;
      for (unsigned core = 0; core < sim::core_count; ++core)
        simulator_->write_register(core, word);
    }
  }
}

ModelResult ModelRun::run() {
  ModelResult result;
  simulator_->power_up();
  load_tables();
  next_.assign(linked_.image.lanes.size(), 0);
  for (std::size_t n = 0; n < model().nodes.size(); ++n) {
    if (options_.before_node && !options_.before_node(n)) return result;
    const Node& node = model().nodes[n];
    if (node.on_npu() && options_.run_elsewhere) {
      const std::size_t end = end_of_row(n);
      if (auto done = run_elsewhere(n, end, result); !done) {
        result.status = sim::RunStatus::unsupported;
        result.reason = done.error().text();
      } else {
        result.nodes += end - n - 1;
        n = end - 1;
      }
    } else if (node.on_npu()) {
      run_on_npu(n, result);
    } else if (auto done = run_on_cpu(node); !done) {
      result.status = sim::RunStatus::unsupported;
      result.reason = done.error().text();
    }
    if (result.status != sim::RunStatus::done) {
      result.reason = fmt::format("node {}, {}: {}", n, node.name, result.reason);
      return result;
    }
    ++result.nodes;
  }
  return result;
}

// Behind the last node of the NPU that follows directly.
std::size_t ModelRun::end_of_row(std::size_t node) const {
  if (options_.nodes_alone) return node + 1;
  while (node < model().nodes.size() && model().nodes[node].on_npu()) ++node;
  return node;
}

// The tasks of the nodes [node, end), which nothing has taken yet.
std::vector<sim::CoreTasks> ModelRun::take_tasks(std::size_t node, std::size_t end) {
  std::vector<sim::CoreTasks> lanes;
  for (std::size_t i = 0; i < linked_.image.lanes.size(); ++i) {
    const sim::CoreTasks& lane = linked_.image.lanes[i];
    sim::CoreTasks part{lane.core, {}, next_[i]};
    while (next_[i] < lane.tasks.size() && lane.tasks[next_[i]].op_idx >= node &&
           lane.tasks[next_[i]].op_idx < end)
      part.tasks.push_back(lane.tasks[next_[i]++]);
    if (!part.tasks.empty()) lanes.push_back(std::move(part));
  }
  return lanes;
}

// All memory as it stands, with these tasks alone. Of the outputs only those that the nodes write
// are outputs of the part: the others keep what they hold.
Result<Image> ModelRun::part_of(std::vector<sim::CoreTasks> lanes, std::size_t node,
                                std::size_t end) const {
  Image part = linked_.image;
  const std::size_t tasks = part.task_count();
  part.lanes = std::move(lanes);
  // Lanes without work in this row need no core, and a driver refuses or crashes on empty ones.
  part.cores = static_cast<unsigned>(part.lanes.size());
  for (unsigned core = 0; core < part.cores; ++core) part.lanes[core].core = core;
  for (ImageBuffer& buffer : part.buffers) {
    buffer.content.resize(buffer.bytes);
    if (auto read = simulator_->memory().read(buffer.address, buffer.content); !read)
      return tl::unexpected(read.error());
    const auto lies_here = [&](std::int32_t index) {
      const auto address =
          index < 0 ? std::nullopt : linked_.address_of(static_cast<std::size_t>(index));
      return address && *address >= buffer.address && *address - buffer.address < buffer.bytes;
    };
    bool is_written = false;
    for (std::size_t n = node; n < end; ++n)
      is_written = is_written || std::ranges::any_of(model().nodes[n].outputs, lies_here);
    if (buffer.role == BufferRole::output && !is_written) buffer.role = BufferRole::internal;
  }
  if (part.task_count() == tasks) return part;
  if (auto ended = end_after(part, part.lanes.front().tasks.size()); !ended)
    return tl::unexpected(ended.error());
  return part;
}

Result<void> ModelRun::run_elsewhere(std::size_t node, std::size_t end, ModelResult& result) {
  std::vector<sim::CoreTasks> lanes = take_tasks(node, end);
  if (lanes.empty()) return {};
  auto part = part_of(std::move(lanes), node, end);
  if (!part) return tl::unexpected(part.error());
  const std::size_t tasks = part->task_count();
  const auto contents = options_.run_elsewhere(std::move(*part));
  if (!contents) return tl::unexpected(contents.error());
  for (std::size_t i = 0; i < contents->size(); ++i) {
    const ImageBuffer& buffer = linked_.image.buffers[i];
    if (buffer.role == BufferRole::constants) continue;  // commands, at the addresses of that run
    std::byte* memory = simulator_->memory().find(buffer.address, buffer.bytes);
    std::copy_n((*contents)[i].begin(),
                std::min<std::uint64_t>((*contents)[i].size(), buffer.bytes), memory);
    simulator_->memory().mark_written(buffer.address, buffer.bytes);
  }
  result.tasks += tasks;
  return {};
}

void ModelRun::run_on_npu(std::size_t node, ModelResult& result) {
  const std::vector<sim::CoreTasks> lanes = take_tasks(node, node + 1);
  sim::RunResult part = simulator_->continue_table(lanes);
  result.status = part.status;
  result.reason = std::move(part.reason);
  result.tasks += part.tasks;
  result.macs += part.macs;
  std::ranges::move(part.events, std::back_inserter(result.events));
  std::ranges::move(part.reports, std::back_inserter(result.reports));
}

Result<void> ModelRun::run_on_cpu(const Node& node) {
  if (node.op == "InputOperator" || node.op == "OutputOperator") return {};
  std::vector<std::vector<std::byte>> values;
  std::vector<const Tensor*> tensors;
  for (const std::int32_t index : node.inputs) {
    if (index < 0 || static_cast<std::size_t>(index) >= model().tensors.size()) continue;
    auto value = tensor(static_cast<std::size_t>(index));
    values.push_back(value ? std::move(*value) : std::vector<std::byte>());
    tensors.push_back(&model().tensors[static_cast<std::size_t>(index)]);
  }
  std::vector<HostOperand> operands;
  for (std::size_t i = 0; i < values.size(); ++i) operands.push_back({tensors[i], values[i]});
  if (node.outputs.size() != 1 || node.outputs[0] < 0 ||
      static_cast<std::size_t>(node.outputs[0]) >= model().tensors.size())
    return wrong_usage(fmt::format("operator {} runs on the CPU and has {} outputs", node.op,
                                   node.outputs.size()));
  const auto output = static_cast<std::size_t>(node.outputs[0]);
  const auto done = run_on_host(node.op, operands, model().tensors[output]);
  if (!done) return tl::unexpected(done.error());
  return write(output, *done);
}

}  // namespace npuscope
