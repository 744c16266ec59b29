#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "capture_tools/commands/replay_run.h"
#include "capture_tools/progress.h"
#include "replay/run/model_run.h"

namespace npuscope::cli {

namespace {

std::string element_of(const Tensor& tensor) {
  return std::string(name_of_dtype(tensor.dtype));
}

class ModelReplay {
 public:
  ModelReplay(const Opened& opened, const ReplayRequest& request, const po::variables_map& options,
              ReplayReport& report, const decltype(ModelRunOptions::run_elsewhere)& run_elsewhere)
      : opened_(opened),
        run_elsewhere_(run_elsewhere),
        model_(*opened.capture.model),
        request_(request),
        options_(options),
        report_(report) {}

  Result<int> run() {
    for (std::size_t i = 0; i < model_.graph_inputs.size(); ++i)
      if (auto made = make_input(i); !made) return tl::unexpected(made.error());
    if (auto known = check_names(); !known) return tl::unexpected(known.error());
    for (const unsigned cores : request_.cores) {
      const auto done = run_on(cores);
      if (!done) return tl::unexpected(done.error());
      if (!*done) return ExitCode::device_failed;
    }
    if (auto shown = show_outputs(); !shown) return tl::unexpected(shown.error());
    report_.finish();
    return different_ ? ExitCode::different : ExitCode::done;
  }

 private:
  [[nodiscard]] const Tensor& tensor(std::int32_t index) const {
    return model_.tensors[static_cast<std::size_t>(index)];
  }

  // The file that the command line names for input i, by name or by position.
  [[nodiscard]] const NamedFile* file_for(std::size_t i) const {
    std::size_t position = 0;
    for (const NamedFile& file : request_.inputs) {
      if (file.name == tensor(model_.graph_inputs[i]).name) return &file;
      if (file.name.empty() && position++ == i) return &file;
    }
    return nullptr;
  }

  Result<void> make_input(std::size_t i) {
    const Tensor& input = tensor(model_.graph_inputs[i]);
    const NamedFile* file = file_for(i);
    if (file == nullptr) {
      inputs_.push_back(random_codes(input, request_.seed + static_cast<std::uint32_t>(i)));
      report_.put(InputLine{input.name, input.logical_shape, element_of(input),
                            fmt::format("random, seed {}", request_.seed + i)});
      return {};
    }
    auto bytes = read_file(file->file);
    if (!bytes) return tl::unexpected(bytes.error());
    if (is_npy(*bytes)) {
      const auto array = read_npy(*bytes, file->file);
      if (!array) return tl::unexpected(array.error());
      auto codes = codes_of(input, *array, file->file);
      if (!codes) return tl::unexpected(codes.error());
      bytes = std::move(*codes);
    }
    inputs_.push_back(std::move(*bytes));  // set_input() checks its size
    report_.put(InputLine{input.name, input.logical_shape, element_of(input), file->file});
    return {};
  }

  // Names of --input and --compare that the model does not have are mistakes.
  [[nodiscard]] Result<void> check_names() const {
    const auto check = [&](const std::vector<NamedFile>& files,
                           const std::vector<std::int32_t>& tensors,
                           std::string_view what) -> Result<void> {
      std::vector<std::string> names;
      names.reserve(tensors.size());
      for (const std::int32_t index : tensors) names.push_back(tensor(index).name);
      for (const NamedFile& file : files)
        if (!file.name.empty() && std::ranges::find(names, file.name) == names.end())
          return wrong_usage(fmt::format("the model has no {} \"{}\"", what, file.name),
                             fmt::format("it has {}", fmt::join(names, ", ")));
      if (files.size() > tensors.size())
        return wrong_usage(fmt::format("{} files for {} {}s", files.size(), tensors.size(), what));
      return {};
    };
    if (auto good = check(request_.inputs, model_.graph_inputs, "input"); !good) return good;
    return check(request_.references, model_.graph_outputs, "output");
  }

  Result<void> change(LinkedModel& linked) const {
    if (auto adjusted = adjust(request_, linked.image); !adjusted) return adjusted;
    const auto move = move_of(request_, linked.image, report_);
    if (!move) return tl::unexpected(move.error());
    if (!*move) return {};
    auto moved = move_to(linked, (*move)->map, (*move)->addresses);
    if (!moved) return tl::unexpected(moved.error());
    linked = std::move(*moved);
    return {};
  }

  // False: the simulator stopped, which was said.
  Result<bool> run_on(unsigned cores) {
    Progress progress(options_, fmt::format("{} cores, node", cores), model_.nodes.size());
    std::size_t node = 0;
    ModelRun* running = nullptr;
    Result<void> dumped;
    ModelRunOptions run_options;
    run_options.cores = cores;
    run_options.simulator = request_.simulator;
    run_options.run_elsewhere = run_elsewhere_;
    run_options.nodes_alone = request_.layers;
    run_options.edit = [&](LinkedModel& linked) { return change(linked); };
    run_options.before_node = [&](std::size_t index) {
      node = index;
      progress.step(model_.nodes[index].name);
      if (index > 0 && request_.layers && cores == request_.cores.front())
        dumped = dump_layer(*running, index - 1);
      return dumped.has_value();
    };
    auto run = ModelRun::prepare(opened_, std::move(run_options));
    if (!run) return tl::unexpected(run.error());
    running = &*run;
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      if (auto set = run->set_input(i, inputs_[i]); !set) return tl::unexpected(set.error());
    const ModelResult result = run->run();
    if (!dumped) return tl::unexpected(dumped.error());
    if (request_.layers && cores == request_.cores.front() && result.nodes > 0)
      if (auto last = dump_layer(*run, result.nodes - 1); !last)
        return tl::unexpected(last.error());
    report_.put(result.reports, result.events, run->simulator().memory(), request_.trace);
    const bool done = result.status == sim::RunStatus::done;
    RunLine line{.cores = cores,
                 .nodes = result.nodes,
                 .nodes_in_all = model_.nodes.size(),
                 .tasks = result.tasks,
                 .macs = result.macs,
                 .status = result.status,
                 .reason = result.reason};
    if (done) line.equal = compared(*run);
    report_.put(line);
    return done;
  }

  // Keeps the outputs of the first run; compares those of the others with them.
  std::optional<bool> compared(const ModelRun& run) {
    std::vector<std::vector<std::byte>> outputs;
    for (const std::int32_t index : model_.graph_outputs) {
      auto codes = run.tensor(static_cast<std::size_t>(index));
      outputs.push_back(codes ? std::move(*codes) : std::vector<std::byte>());
    }
    if (outputs_.empty()) {
      outputs_ = std::move(outputs);
      return std::nullopt;
    }
    different_ = different_ || outputs != outputs_;
    return outputs == outputs_;
  }

  Result<void> dump_layer(const ModelRun& run, std::size_t node) const {
    for (const std::int32_t index : model_.nodes[node].outputs) {
      const auto codes = run.tensor(static_cast<std::size_t>(index));
      if (!codes) continue;  // a tensor without memory of its own
      const std::string name = fmt::format("layer-{:03}-{}.npy", node, tensor(index).name);
      if (auto written = write_file(request_, name, write_npy(array_of(tensor(index), *codes)));
          !written)
        return tl::unexpected(written.error());
    }
    return {};
  }

  [[nodiscard]] NpyArray array_of(const Tensor& its, std::span<const std::byte> codes) const {
    return request_.codes ? code_array(its, codes) : real_numbers(its, codes);
  }

  Result<void> show_outputs() {
    for (std::size_t i = 0; i < model_.graph_outputs.size(); ++i) {
      const Tensor& its = tensor(model_.graph_outputs[i]);
      const NpyArray array = array_of(its, outputs_[i]);
      show_output(its, array);
      if (!request_.directory.empty()) {
        const auto path = write_file(request_, its.name + ".npy", write_npy(array));
        if (!path) return tl::unexpected(path.error());
        report_.put(WrittenLine{*path});
      }
      if (auto checked = check_reference(i, its, array); !checked) return checked;
    }
    return {};
  }

  void show_output(const Tensor& its, const NpyArray& array) {
    std::vector<float> values;
    if (array.type == "<f4") {
      values.resize(array.data.size() / sizeof(float));
      if (!values.empty()) std::memcpy(values.data(), array.data.data(), array.data.size());
    }
    report_.put(OutputLine{its.name, its.logical_shape, element_of(its), array.type,
                           array.data.size(), values});
  }

  Result<void> check_reference(std::size_t i, const Tensor& its, const NpyArray& array) {
    std::size_t position = 0;
    for (const NamedFile& file : request_.references) {
      if (file.name.empty() ? position++ != i : file.name != its.name) continue;
      const auto bytes = read_file(file.file);
      if (!bytes) return tl::unexpected(bytes.error());
      const auto wanted = read_npy(*bytes, file.file);
      if (!wanted) return tl::unexpected(wanted.error());
      const auto difference = difference_of(array, *wanted);
      if (!difference) return tl::unexpected(difference.error());
      const bool good = difference->largest <= request_.tolerance;
      different_ = different_ || !good;
      report_.put(CompareLine{its.name, file.file, difference->differing, difference->elements,
                              difference->at, difference->largest, good});
    }
    return {};
  }

  const Opened& opened_;
  const decltype(ModelRunOptions::run_elsewhere)& run_elsewhere_;
  const Model& model_;
  const ReplayRequest& request_;
  const po::variables_map& options_;
  ReplayReport& report_;
  std::vector<std::vector<std::byte>> inputs_, outputs_;
  bool different_ = false;
};

}  // namespace

Result<int> replay_model(const Opened& opened, const ReplayRequest& request,
                         const po::variables_map& options, ReplayReport& report,
                         const decltype(ModelRunOptions::run_elsewhere)& run_elsewhere) {
  report.put(BeginLine{opened.capture.source, "model", request.device});
  return ModelReplay(opened, request, options, report, run_elsewhere).run();
}

}  // namespace npuscope::cli
