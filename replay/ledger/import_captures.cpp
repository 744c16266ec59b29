#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "decoder/evidence.h"
#include "decoder/model.h"
#include "decoder/open.h"
#include "replay/ledger/compare_capture.h"
#include "replay/ledger/import.h"
#include "replay/shape/decoded_rows.h"
#include "replay/shape/infer_shape.h"

namespace npuscope::ledger {

namespace {

std::string fact_of(const Capture& capture, std::string_view key) {
  const Fact* fact = capture.fact(key);
  return fact == nullptr ? std::string() : fact->value;
}

// "(1,160,8,8)": four numbers, none if there are not four.
std::optional<std::array<std::uint32_t, 4>> four_numbers(std::string_view text) {
  std::array<std::uint32_t, 4> numbers{};
  if (text.starts_with('(')) text.remove_prefix(1);
  for (std::uint32_t& number : numbers) {
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || rest == text.data() + text.size()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()) + 1);
  }
  return numbers;
}

// What the runtime printed of the only convolution that it ran. Stride and padding do not stand
// there: only a stride of one without padding can be told from the sizes.
std::optional<ConvShape> shape_of_log(const Capture& capture) {
  const auto in = four_numbers(fact_of(capture, "tensor.input.shape"));
  const auto out = four_numbers(fact_of(capture, "tensor.output.shape"));
  const auto weight = four_numbers(fact_of(capture, "constant.conv.weight.shape"));
  if (!in || !out || !weight) return std::nullopt;
  ConvShape shape;
  shape.batch = (*in)[0];
  shape.in_channels = (*in)[1];
  shape.in_height = (*in)[2];
  shape.in_width = (*in)[3];
  shape.out_channels = (*out)[1];
  shape.kernel_height = (*weight)[2];
  shape.kernel_width = (*weight)[3];
  if ((*weight)[1] == 0) return std::nullopt;
  shape.groups = shape.in_channels / (*weight)[1];
  if (shape.groups == 0 || (*weight)[0] != shape.out_channels || !check(shape) ||
      shape.group_in_channels() != (*weight)[1] || shape.out_height() != (*out)[2] ||
      shape.out_width() != (*out)[3])
    return std::nullopt;
  return shape;
}

class CaptureImport {
 public:
  CaptureImport(Opened opened, Source source, std::size_t run, std::size_t runs)
      : opened_(std::move(opened)), source_(std::move(source)) {
    if (runs > 1) source_.part = fmt::format("run {}", run + 1);
  }

  Imported run() {
    const Capture& capture = opened_.capture;
    if (capture.kind.starts_with("generated program")) {
      refuse("a generated program is no capture of anything");
    } else if (!capture.sweep.empty()) {
      imported_.add(import_sweep_rows(capture, source_));
    } else if (capture.evidence) {
      rows();
    } else if (capture.model) {
      model();
    } else if (!opened_.sets.empty()) {
      for (std::size_t i = 0; i < opened_.sets.size(); ++i) words(i);
    } else if (const auto shape = shape_of_log(capture)) {
      CaptureEvidence evidence = head();
      evidence.unit = Unit::tasks;
      evidence.faults.emplace_back("no command was captured");
      count_submitted(evidence);
      add(key_of(*shape), std::move(evidence));
    } else {
      refuse("nothing in it says of which convolution it is");
    }
    return std::move(imported_);
  }

 private:
  void refuse(std::string what, std::string remedy = {}) {
    const std::string part = source_.part.empty() ? "" : ", " + source_.part;
    imported_.refused.push_back(
        {ErrorKind::unreadable, std::move(what), opened_.capture.source + part, std::move(remedy)});
  }

  [[nodiscard]] CaptureEvidence head() const {
    const Capture& capture = opened_.capture;
    CaptureEvidence evidence;
    evidence.kind = capture.kind;
    evidence.compiler =
        capture.model ? capture.model->compiler : fact_of(capture, "compiler.version");
    evidence.runtime = fact_of(capture, "runtime.version");
    evidence.driver = fact_of(capture, "driver.version");
    return evidence;
  }

  void add(std::string shape, CaptureEvidence evidence, const std::string& part = {}) {
    Source source = source_;
    if (!part.empty()) source.part += (source.part.empty() ? "" : ", ") + part;
    imported_.entries.push_back({std::move(shape), std::move(source), std::move(evidence)});
  }

  // What the driver runs of a submit for any one core: RK3588 looks at the entry of the core alone.
  void count_submitted(CaptureEvidence& evidence) const {
    if (opened_.capture.submits.empty()) return;
    if (const auto& core = opened_.capture.submits.front().subcore[0])
      evidence.ran_tasks = core->second;
  }

  void rows() {
    const DecodedJson& json = *opened_.capture.evidence;
    const auto shape = infer_shape(json);
    if (!shape) return refuse("its rows do not say of which convolution they are");
    CaptureEvidence evidence = head();
    if (const auto side = generated_side(*shape)) {
      compare_rows(json, *side, evidence);
    } else {
      evidence.unit = Unit::fields;
      evidence.faults.push_back("not compared: " + side.error().what);
    }
    add(key_of(*shape), std::move(evidence));
  }

  // One operator, unless its tasks have several numbers.
  [[nodiscard]] static bool single(const ProgramSet& set) {
    return std::all_of(set.tasks.begin(), set.tasks.end(), [&](const TaskEntry& entry) {
      return entry.task.op_idx == set.tasks.front().task.op_idx;
    });
  }

  void words(std::size_t index) {
    const ProgramSet& set = opened_.sets[index];
    const std::string part = opened_.sets.size() > 1 ? fmt::format("task table {}", index + 1) : "";
    if (!single(set))
      return refuse("several operators, and no model that says what they are",
                    "give the .rknn file");
    auto shape = infer_shape(set);
    const bool from_log = !shape;
    if (from_log) shape = shape_of_log(opened_.capture);
    if (!shape)
      return refuse("its commands are no convolution that is known, or are not all there");
    add_words(*shape, index, part, from_log ? "the shape is that of the runtime's log" : "");
  }

  void add_words(const ConvShape& shape, std::size_t index, const std::string& part,
                 const std::string& fault) {
    CaptureEvidence evidence = head();
    if (!fault.empty()) evidence.faults.push_back(fault);
    const std::size_t stream = opened_.sets[index].stream_buffer;
    if (stream != no_index && opened_.capture.buffers[stream].trust > Trust::text)
      evidence.faults.push_back(fmt::format("{} text: words may be missing or changed",
                                            name_of(opened_.capture.buffers[stream].trust)));
    if (const auto side = generated_side(shape)) {
      compare_words(opened_, index, *side, evidence);
    } else {
      evidence.faults.push_back("not compared: " + side.error().what);
    }
    if (evidence.unit == Unit::tasks) evidence.faults.emplace_back("no command was captured");
    count_submitted(evidence);
    add(key_of(shape), std::move(evidence), part);
  }

  void model() {
    const auto nodes = find_convolutions(opened_);
    if (!nodes) {
      imported_.refused.push_back(nodes.error());
      return;
    }
    if (nodes->empty()) return refuse("the model has no convolution");
    for (const ConvNode& node : *nodes) {
      const std::string part = fmt::format("node {}", node.node);
      if (!node.refusal.empty()) {
        imported_.notes.push_back(fmt::format("{}, {} ({}): left out: {}", opened_.capture.source,
                                              part, node.name, node.refusal));
      } else if (nodes->size() == 1 && single(opened_.sets[node.set])) {
        add_words(node.shape, node.set, part, "");
      } else {
        inner_node(node, part);
      }
    }
  }

  void inner_node(const ConvNode& node, const std::string& part) {
    CaptureEvidence evidence = head();
    evidence.in_network = true;
    if (const auto compared = compare_node(opened_, node, evidence); !compared)
      evidence.faults.push_back("not compared: " + compared.error().what);
    add(key_of(node.shape), std::move(evidence), part);
  }

  Opened opened_;
  Source source_;
  Imported imported_;
};

}  // namespace

Imported import_captures(std::vector<Capture> captures, const Source& source) {
  Imported imported;
  for (std::size_t i = 0; i < captures.size(); ++i)
    imported.add(CaptureImport(open_capture(std::move(captures[i]), RegisterDb::builtin()), source,
                               i, captures.size())
                     .run());
  return imported;
}

}  // namespace npuscope::ledger
