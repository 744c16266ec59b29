#include "replay/shape/conv_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "decoder/model.h"
#include "replay/shape/axis.h"
#include "replay/shape/conv_record.h"

namespace npuscope {

namespace {

constexpr std::uint32_t cna_enable = 1U << 0U;
constexpr std::uint8_t npu_device = 2;

// ConvRelu, ConvExSwish, ConvTranspose ...
bool is_convolution(const Node& node) {
  return node.op.starts_with("Conv") && !node.op.starts_with("Convert");
}

// What is fused behind the convolution, from the operator's name; none: not known here.
std::optional<Fusion> fusion_of(std::string_view op) {
  constexpr std::string_view conv = "Conv";
  const std::string_view behind = op.substr(conv.size());
  Fusion fusion;
  if (behind.empty()) return fusion;
  if (behind == "ExSwish" || behind == "Swish") {
    fusion.table = TableFunction::swish;
  } else if (behind == "HardSwish") {
    fusion.table = TableFunction::hard_swish;
  } else if (behind == "HardSigmoid") {
    fusion.table = TableFunction::hard_sigmoid;
  } else if (behind == "Sigmoid") {
    fusion.table = TableFunction::sigmoid;
  } else if (behind == "Relu" || behind == "ReluAdd" || behind == "Add" || behind == "AddRelu" ||
             behind == "ReluAddRelu") {
    fusion.relu = behind.starts_with("Relu");
    fusion.residual = behind.find("Add") != std::string_view::npos;
    fusion.relu_after_add = behind.ends_with("AddRelu");
  } else {
    return std::nullopt;
  }
  return fusion;
}

// "2.3.2(compiler version: 2.3.2 (e045de294f@...))" -> "2.3.2". What follows the words counts:
// a file of toolkit "1.3.4-source_code" was compiled by 1.4.2b4.
std::string short_version(std::string_view text) {
  constexpr std::string_view words = "compiler version: ";
  if (const auto at = text.find(words); at != std::string_view::npos)
    text.remove_prefix(at + words.size());
  return std::string(text.substr(0, text.find_first_of(" (+)")));
}

std::optional<Element> element_of(const Tensor& tensor) {
  if (name_of_dtype(tensor.dtype) == "f16") return Element::f16;
  if (name_of_dtype(tensor.dtype) == "i8") return Element::i8;
  return std::nullopt;
}

// The four numbers of a logical shape, none if it has not four or they are no extents.
std::optional<std::array<std::uint32_t, 4>> extents_of(const Tensor& tensor) {
  std::array<std::uint32_t, 4> extents{};
  if (tensor.logical_shape.size() != extents.size()) return std::nullopt;
  for (std::size_t i = 0; i < extents.size(); ++i) {
    if (tensor.logical_shape[i] <= 0) return std::nullopt;
    extents[i] = static_cast<std::uint32_t>(tensor.logical_shape[i]);
  }
  return extents;
}

bool contains(const std::vector<std::int32_t>& indices, std::size_t index) {
  return std::find(indices.begin(), indices.end(), static_cast<std::int64_t>(index)) !=
         indices.end();
}

// Reads one node. Each step returns the reason why the node is no ConvShape, "" if it is.
class NodeReader {
 public:
  NodeReader(const Opened& opened, std::size_t set, std::size_t index)
      : model_(*opened.capture.model), set_(opened.sets[set]), node_(model_.nodes[index]) {
    out_.node = index;
    out_.name = node_.name;
    out_.op = node_.op;
    out_.compiler = short_version(model_.compiler);
    out_.site.version = compiler_version(out_.compiler).value_or(CompilerVersion{0, 0, 0});
    out_.set = set;
  }

  void add_task(std::size_t list, std::size_t task) {
    TaskRange& range = out_.tasks[list];
    if (range.count == 0) range.first = task;
    range.count = task - range.first + 1;
    if (list == 0 && out_.first_record == no_index &&
        (set_.tasks[task].task.enable_mask & cna_enable) != 0)
      out_.first_record = task;
  }

  ConvNode finish() {
    out_.refusal = read();
    if (out_.refusal.empty()) {
      if (auto ok = check(out_.shape); !ok) out_.refusal = ok.error().what;
    }
    return std::move(out_);
  }

 private:
  std::string read() {
    if (node_.device != npu_device) return "runs on the CPU or GPU, not on the NPU";
    if (node_.op.starts_with("ConvTranspose")) return "a deconvolution";
    const auto fusion = fusion_of(node_.op);
    if (!fusion) return fmt::format("operator {} is not known", node_.op);
    out_.shape.fusion = *fusion;
    if (auto reason = find_tensors(); !reason.empty()) return reason;
    if (auto reason = read_tensors(); !reason.empty()) return reason;
    return read_record();
  }

  // Input, weight, bias if there is one, residual if there is one; one output.
  std::string find_tensors() {
    Fusion& fusion = out_.shape.fusion;
    const std::size_t fewest = fusion.residual ? 3 : 2;
    for (const auto* list : {&node_.inputs, &node_.outputs})
      for (const std::int32_t index : *list)
        if (index < 0 || static_cast<std::size_t>(index) >= model_.tensors.size())
          return fmt::format("names tensor {}, the model has {}", index, model_.tensors.size());
    if (node_.inputs.size() < fewest || node_.inputs.size() > fewest + 1 ||
        node_.outputs.size() != 1)
      return fmt::format("has {} inputs and {} outputs", node_.inputs.size(), node_.outputs.size());
    const auto input = [&](std::size_t i) { return static_cast<std::size_t>(node_.inputs[i]); };
    fusion.bias = node_.inputs.size() > fewest;
    out_.input = input(0);
    out_.weight = input(1);
    if (fusion.bias) out_.bias = input(2);
    if (fusion.residual) out_.residual = input(node_.inputs.size() - 1);
    out_.output = static_cast<std::size_t>(node_.outputs[0]);
    out_.site.graph_input = contains(model_.graph_inputs, out_.input);
    out_.output_is_graph_output = contains(model_.graph_outputs, out_.output);
    if (fusion.table != TableFunction::none) out_.table = table_tensor();
    return {};
  }

  // The table load at the begin of the node names it in a relocation.
  [[nodiscard]] std::size_t table_tensor() const {
    const TaskRange& range = out_.tasks[0];
    for (std::size_t t = range.first; t < range.first + range.count; ++t) {
      const Record* record = set_.record_of(t);
      if (record == nullptr) continue;
      const std::uint64_t begin = record->at.offset / 8;
      auto at = std::lower_bound(
          model_.relocations.begin(), model_.relocations.end(), begin,
          [](const Relocation& relocation, std::uint64_t word) { return relocation.word < word; });
      for (; at != model_.relocations.end() && at->word < begin + record->body_words; ++at) {
        if (at->tensor < model_.tensors.size() &&
            model_.tensors[at->tensor].kind == static_cast<std::uint8_t>(TensorKind::table))
          return at->tensor;
      }
    }
    return no_index;
  }

  std::string read_tensors() {
    ConvShape& s = out_.shape;
    const Tensor& input = model_.tensors[out_.input];
    const auto in = extents_of(input);
    const auto weight = extents_of(model_.tensors[out_.weight]);
    const auto out = extents_of(model_.tensors[out_.output]);
    if (!in || !weight || !out) return "input, weight or output has not four extents";
    const auto element = element_of(input);
    if (!element) return fmt::format("input of type {}", type_text(input));
    // Old containers give no type for constants.
    const std::uint8_t weight_type = model_.tensors[out_.weight].dtype;
    if (weight_type != 0 && weight_type != input.dtype)
      return fmt::format("weights of type {}", type_text(model_.tensors[out_.weight]));
    s.element = *element;
    s.batch = (*in)[0];
    s.in_channels = (*in)[1];
    s.in_height = (*in)[2];
    s.in_width = (*in)[3];
    s.out_channels = (*out)[1];
    weight_in_ = (*weight)[1];
    weight_out_ = (*weight)[0];
    s.kernel_height = (*weight)[2];
    s.kernel_width = (*weight)[3];
    out_height_ = (*out)[2];
    out_width_ = (*out)[3];
    if ((*out)[0] != s.batch) return "input and output differ in batch";
    if (s.fusion.residual &&
        model_.tensors[out_.residual].logical_shape != model_.tensors[out_.output].logical_shape)
      return "the residual has not the geometry of the output";
    return {};
  }

  static std::string type_text(const Tensor& tensor) {
    const std::string_view name = name_of_dtype(tensor.dtype);
    return name.empty() ? fmt::format("{}", tensor.dtype) : std::string(name);
  }

  std::string read_record() {
    if (out_.first_record == no_index) return "has no task that runs a convolution";
    const Record* record = set_.record_of(out_.first_record);
    if (record == nullptr) return "the words of its first record are missing";
    const auto facts = read_conv_record(*record);
    if (!facts) return facts.error().what;
    out_.site.writes_f32 = facts->writes_f32;
    if (facts->deconvolution) return "a deconvolution";
    if (auto reason = set_groups(*facts); !reason.empty()) return reason;
    ConvShape& s = out_.shape;
    s.stride_y = facts->stride.y;
    s.stride_x = facts->stride.x;
    s.dilation_y = facts->dilation.y;
    s.dilation_x = facts->dilation.x;
    s.pad_top = facts->pad_top;
    s.pad_left = facts->pad_left;
    if (auto reason = set_padding_after(); !reason.empty()) return reason;
    out_.site.pixel_input = !facts->depthwise && is_pixels(model_.tensors[out_.input]);
    return unsupported(*facts);
  }

  // Depthwise weights have the shape {1, C, kh, kw} or {C, 1, kh, kw}, which a first layer on one
  // channel has too: the mode in the record decides.
  std::string set_groups(const ConvRecordFacts& facts) {
    ConvShape& s = out_.shape;
    if (facts.depthwise) {
      s.groups = s.in_channels;
      if (std::uint64_t{weight_in_} * weight_out_ != s.in_channels)
        return fmt::format("depthwise weights of {}x{} for {} channels", weight_out_, weight_in_,
                           s.in_channels);
      if (s.out_channels != s.in_channels)
        return fmt::format("depthwise with {} input and {} output channels", s.in_channels,
                           s.out_channels);
      return {};
    }
    if (weight_in_ != s.in_channels && weight_in_ != 0 && s.in_channels % weight_in_ == 0) {
      s.groups = s.in_channels / weight_in_;
      return fmt::format("{} groups, neither one nor depthwise", s.groups);
    }
    if (weight_in_ != s.in_channels || weight_out_ != s.out_channels)
      return fmt::format("weights for {} to {} channels between tensors of {} and {}", weight_in_,
                         weight_out_, s.in_channels, s.out_channels);
    return {};
  }

  std::string set_padding_after() {
    ConvShape& s = out_.shape;
    if (s.stride_y == 0 || s.stride_x == 0) return "a stride of 0";
    const auto reach = [](std::uint64_t kernel, std::uint64_t dilation) {
      return (kernel - 1) * dilation + 1;
    };
    const auto rows = complete_axis(
        {s.in_height, out_height_, reach(s.kernel_height, s.dilation_y), s.pad_top, s.stride_y});
    const auto columns = complete_axis(
        {s.in_width, out_width_, reach(s.kernel_width, s.dilation_x), s.pad_left, s.stride_x});
    if (!rows || !columns)
      return fmt::format("no padding makes {}x{} outputs of {}x{} inputs", out_height_, out_width_,
                         s.in_height, s.in_width);
    s.pad_bottom = rows->pad_after;
    s.pad_right = columns->pad_after;
    s.stride_y = rows->stride;
    s.stride_x = columns->stride;
    return {};
  }

  [[nodiscard]] bool is_pixels(const Tensor& input) const {
    constexpr std::int32_t most_channels = 4;
    const auto& native = input.native_shape;
    return out_.site.graph_input && native.size() == 5 && native[0] == 1 && native[1] == 1 &&
           native[4] <= most_channels &&
           static_cast<std::uint32_t>(native[4]) == out_.shape.in_channels;
  }

  // What the shape can say but no formula is known for.
  [[nodiscard]] std::string unsupported(const ConvRecordFacts& facts) const {
    if (out_.shape.dilation_y > 1)
      return fmt::format("vertical dilation {}", out_.shape.dilation_y);
    if (facts.other_activation) return "an activation with a limit or a slope, not a plain ReLU";
    const Fusion& fusion = out_.shape.fusion;
    if (facts.relu != fusion.relu || facts.adds != fusion.residual ||
        facts.relu_after_add != fusion.relu_after_add || facts.reads_bias != fusion.bias ||
        facts.has_table != (fusion.table != TableFunction::none))
      return fmt::format("operator {}, but its first record computes something else", node_.op);
    if (facts.kernel != Pair{out_.shape.kernel_height, out_.shape.kernel_width})
      return "the kernel of its first record is not that of its weights";
    if (facts.pixels != out_.site.pixel_input)
      return "its first record reads the input in another form than the tensor has";
    return {};
  }

  const Model& model_;
  const ProgramSet& set_;
  const Node& node_;
  ConvNode out_;
  std::uint32_t weight_in_ = 0, weight_out_ = 0, out_height_ = 0, out_width_ = 0;
};

// The set whose addresses are offsets in the model's own command buffer.
std::size_t set_of_model(const Opened& opened) {
  const Model& model = *opened.capture.model;
  for (std::size_t i = 0; i < opened.sets.size(); ++i) {
    if (model.regcmd_buffer && opened.sets[i].stream_buffer == *model.regcmd_buffer) return i;
  }
  return no_index;
}

}  // namespace

Result<std::vector<ConvNode>> find_convolutions(const Opened& opened) {
  const std::string& source = opened.capture.source;
  if (!opened.capture.model)
    return unreadable("not a model file, it says nothing of nodes and tensors", source,
                      "give the .rknn file that the capture was made with");
  const Model& model = *opened.capture.model;
  if (!model.is_rk3588())
    return unreadable(fmt::format("a model for {}", model.platform), source,
                      "only programs of the RK3588 are understood");
  const std::size_t set_index = set_of_model(opened);
  if (set_index == no_index) return unreadable("the model has no register program", source);

  // Which list a task belongs to, then its node: op_idx.
  constexpr std::array<std::size_t, 4> first_list_of_cores{0, 0, 1, 3};
  std::vector<std::optional<NodeReader>> readers(model.nodes.size());
  for (std::size_t i = 0; i < model.nodes.size(); ++i)
    if (is_convolution(model.nodes[i])) readers[i].emplace(opened, set_index, i);
  const ProgramSet& set = opened.sets[set_index];
  std::array<bool, first_list_of_cores.size()> seen{};
  for (const Program& program : set.programs) {
    if (program.cores >= first_list_of_cores.size() || seen[program.cores]) continue;
    seen[program.cores] = true;  // old compilers repeat the 1-core program for each core
    for (std::size_t l = 0; l < std::min<std::size_t>(program.lanes.size(), program.cores); ++l) {
      const Lane& lane = program.lanes[l];
      for (std::size_t t = lane.first; t < lane.first + lane.count; ++t) {
        const std::uint32_t node = set.tasks[t].task.op_idx;
        if (node < readers.size() && readers[node])
          readers[node]->add_task(first_list_of_cores[program.cores] + l, t);
      }
    }
  }
  std::vector<ConvNode> nodes;
  for (auto& reader : readers)
    if (reader) nodes.push_back(reader->finish());
  return nodes;
}

}  // namespace npuscope
