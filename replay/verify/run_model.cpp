#include "replay/verify/run_model.h"

#include <algorithm>
#include <charconv>

#include "decoder/model.h"
#include "decoder/program/relocation.h"
#include "replay/shape/infer_shape.h"

namespace npuscope {

namespace {

// "(1,64,56,56)"
std::vector<std::uint32_t> numbers_in(std::string_view text) {
  std::vector<std::uint32_t> numbers;
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at < end;) {
    std::uint32_t value = 0;
    const auto [next, error] = std::from_chars(at, end, value);
    if (error == std::errc{}) numbers.push_back(value);
    at = next == at ? at + 1 : next;
  }
  return numbers;
}

std::string_view argument(const Event& event, std::string_view key) {
  for (const auto& [name, value] : event.arguments)
    if (name == key) return value;
  return {};
}

// One axis: no padding, or as much as keeps the size; none: something that the tables do not say.
std::optional<std::uint32_t> padding_of(std::uint32_t in, std::uint32_t out, std::uint32_t kernel) {
  if (in >= kernel && out == in - kernel + 1) return 0;
  if (kernel % 2 == 1 && out == in) return kernel / 2;
  return std::nullopt;
}

struct Tensors {
  const Event *input = nullptr, *output = nullptr, *weight = nullptr, *bias = nullptr;
};

// The tensors of a graph with one convolution; none for any other.
std::optional<Tensors> tensors_of(const Capture& capture) {
  Tensors found;
  for (const Event& event : capture.events) {
    const std::string_view user = argument(event, "user");
    const bool conv = user == "Conv" || user == "ConvRelu";
    if (event.kind == "tensor") {
      const Event*& slot = user == "OutputOperator" ? found.output : found.input;
      if (slot != nullptr || (!conv && user != "OutputOperator")) return std::nullopt;
      slot = &event;
    } else if (event.kind == "constant") {
      const bool kernels = numbers_in(argument(event, "shape")).size() == 4;
      const Event*& slot = kernels ? found.weight : found.bias;
      if (slot != nullptr || !conv) return std::nullopt;
      slot = &event;
    }
  }
  if (found.input == nullptr || found.output == nullptr || found.weight == nullptr)
    return std::nullopt;
  return found;
}

std::optional<Element> element_of(std::string_view type) {
  if (type == "FLOAT16") return Element::f16;
  if (type == "INT8") return Element::i8;
  return std::nullopt;
}

void add_size(RunModel& model, std::string_view buffer, std::uint64_t bytes) {
  if (bytes > 0) model.sizes.push_back({std::string(buffer), bytes});
}

// Inputs and outputs have a buffer each; only one of a kind has a name that logs use.
void add_graph_sizes(RunModel& model, const Model& rknn) {
  const auto add = [&](std::string_view buffer, const std::vector<std::int32_t>& tensors) {
    if (tensors.size() != 1 || tensors[0] < 0 ||
        static_cast<std::size_t>(tensors[0]) >= rknn.tensors.size())
      return;
    add_size(model, buffer, rknn.tensors[static_cast<std::size_t>(tensors[0])].size);
  };
  add("input", rknn.graph_inputs);
  add("output", rknn.graph_outputs);
  if (rknn.internal_bytes > 0)
    add_size(model, "internal", static_cast<std::uint64_t>(rknn.internal_bytes));
}

// All tasks are of one node; a single convolution has nothing else.
bool is_one_node(const ProgramSet& set) {
  return std::all_of(set.tasks.begin(), set.tasks.end(), [&set](const TaskEntry& entry) {
    return entry.task.op_idx == set.tasks.front().task.op_idx;
  });
}

// Record addresses from the first command on.
std::vector<Task> relative_tasks(const ProgramSet& set) {
  std::vector<Task> tasks;
  std::uint64_t first = ~std::uint64_t{0};
  for (const TaskEntry& entry : set.tasks) first = std::min(first, entry.task.regcmd_addr);
  for (const TaskEntry& entry : set.tasks) {
    tasks.push_back(entry.task);
    tasks.back().regcmd_addr -= first;
  }
  return tasks;
}

}  // namespace

std::optional<std::uint64_t> RunModel::bytes_of(std::string_view buffer) const {
  for (const Size& size : sizes)
    if (size.buffer == buffer) return size.bytes;
  return std::nullopt;
}

Result<RunModel> model_of(const ConvShape& shape, const GenerateOptions& options,
                          const RegisterDb& db) {
  auto made = generate_program(shape, options);
  if (!made) return tl::unexpected(made.error());
  const BufferLayout& layout = made->layout;
  RunModel model;
  model.name = key_of(shape);
  model.source = kind_of(made->plan);
  model.shape = shape;
  model.vendor_schedule = made->plan.basis != Basis::general;
  model.first_section = made->stream.list(0).size();
  model.commands_offset = layout.commands_offset;
  model.commands_bytes = made->stream.bytes();
  model.table_copy_offset = layout.table_copy_offset;
  model.barrier_offset = layout.barrier_offset;
  add_size(model, "task", layout.task.bytes);
  add_size(model, "weight", layout.weight.bytes);
  add_size(model, "internal", layout.internal.bytes);
  add_size(model, "input", layout.input.bytes);
  add_size(model, "output", layout.output.bytes);
  model.program = std::make_shared<const Opened>(open_capture(capture_of(*made), db));
  if (!model.program->sets.empty()) model.tasks = relative_tasks(model.program->sets.front());
  return model;
}

Result<RunModel> model_of(Opened rknn) {
  const std::string path = rknn.capture.source;
  if (!rknn.capture.model) return unreadable("no model file", path, "--model takes a .rknn file");
  if (!rknn.capture.model->is_rk3588() || rknn.sets.empty())
    return unreadable("a model without an RK3588 program", path, "`npuscope info` opens it");
  RunModel model;
  model.name = path;
  model.source = "model file";
  const ProgramSet& set = rknn.sets.front();
  model.tasks = relative_tasks(set);
  const Program* first = set.program_for(1);
  model.first_section = first == nullptr ? 0 : first->task_count();
  const WeightMemory memory = layout_weight_memory(rknn.capture);
  model.commands_offset = memory.regcmd_offset;
  model.commands_bytes = memory.task_offset - memory.regcmd_offset;
  model.table_copy_offset = memory.task_offset;
  model.barrier_offset = memory.regcmd_offset;
  add_size(model, "task", task_bytes * set.tasks.size());
  add_size(model, "weight", memory.size);
  add_graph_sizes(model, *rknn.capture.model);
  model.program = std::make_shared<const Opened>(std::move(rknn));
  return model;
}

std::optional<RunShape> shape_from_registers(const Opened& input) {
  for (const ProgramSet& set : input.sets) {
    if (set.records.empty() || !is_one_node(set)) continue;
    if (const auto shape = infer_shape(set))
      return RunShape{*shape, "the registers of the program", {input.capture.source, 0, false}};
  }
  return std::nullopt;
}

std::optional<RunShape> shape_from_tensors(const Capture& capture) {
  const auto tensors = tensors_of(capture);
  if (!tensors) return std::nullopt;
  const auto in = numbers_in(argument(*tensors->input, "shape"));
  const auto out = numbers_in(argument(*tensors->output, "shape"));
  const auto kernels = numbers_in(argument(*tensors->weight, "shape"));
  const auto element = element_of(argument(*tensors->input, "type"));
  if (in.size() != 4 || out.size() != 4 || kernels[1] == 0 || !element) return std::nullopt;
  ConvShape shape;
  shape.batch = in[0];
  shape.in_channels = in[1];
  shape.in_height = in[2];
  shape.in_width = in[3];
  shape.out_channels = kernels[0];
  shape.kernel_height = kernels[2];
  shape.kernel_width = kernels[3];
  // Depthwise kernels are stored as (1, channels, rows, columns).
  const bool depthwise = kernels[0] == 1 && kernels[1] == in[1] && out[1] == in[1] && in[1] > 1;
  shape.groups = depthwise ? in[1] : in[1] / kernels[1];
  if (depthwise) shape.out_channels = in[1];
  shape.element = *element;
  shape.fusion.bias = tensors->bias != nullptr;
  shape.fusion.relu = argument(*tensors->input, "user") == "ConvRelu";
  const auto rows = padding_of(in[2], out[2], kernels[2]);
  const auto columns = padding_of(in[3], out[3], kernels[3]);
  if (!rows || !columns) return std::nullopt;
  shape.pad_top = shape.pad_bottom = *rows;
  shape.pad_left = shape.pad_right = *columns;
  if (!check(shape) || shape.out_channels != out[1]) return std::nullopt;
  return RunShape{shape, "the tensors that the runtime lists", tensors->input->place};
}

std::optional<RunShape> shape_of_run(const Opened& input) {
  auto shape = shape_from_tensors(input.capture);
  return shape ? shape : shape_from_registers(input);
}

GenerateOptions options_of(const Capture& capture) {
  GenerateOptions options;
  const Fact* fact = capture.fact("compiler.version");
  if (fact == nullptr) return options;
  const auto version = compiler_version(fact->value);
  if (version && *version >= oldest_compiler) options.version = *version;
  return options;
}

}  // namespace npuscope
