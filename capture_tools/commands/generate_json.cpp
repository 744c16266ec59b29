#include <fmt/format.h>

#include "capture_tools/commands/generate_writers.h"
#include "decoder/emit/json_format.h"
#include "replay/schedule/explain.h"
#include "replay/shape/shape_list.h"

namespace npuscope::cli {

namespace {

std::string extent_of(const Extent& extent) {
  return fmt::format("[{},{}]", extent.first, extent.count);
}

class GenerateJson {
 public:
  GenerateJson(const GeneratedProgram& program, unsigned cores, Sink& sink)
      : program_(program), plan_(program.plan), cores_(cores), sink_(sink) {}

  void write() {
    shape();
    banks();
    for (const PlanNote& line : explain(plan_, cores_))
      say(R"({{"type":"explanation","subject":{},"text":{}}})", json_string(line.subject),
          json_string(line.text));
    for (unsigned cores = 1; cores <= 3; ++cores)
      if (cores_ == 0 || cores_ == cores) program(cores);
    buffers();
    const auto tasks = program_.stream.list(0).size();
    say(R"({{"type":"submit","flags":5,"task_start":0,"task_number":{},"core_mask":0,"subcore":[[0,{}],[0,{}],[0,{}],[0,0],[0,0]]}})",
        3 * tasks, tasks, tasks, tasks);
  }

 private:
  template <typename... Args>
  void say(fmt::format_string<Args...> text, Args&&... args) {
    sink_.put(fmt::format(text, std::forward<Args>(args)...));
    sink_.put("\n");
  }

  void shape() {
    std::vector<std::string> reasons;
    for (const std::string& reason : plan_.reasons) reasons.push_back(json_string(reason));
    const ConvShape& s = plan_.shape;
    const Fusion& fusion = s.fusion;
    const CompilerVersion& version = plan_.site.version;
    say(R"({{"type":"shape","shape":{},"family":"{}","basis":"{}","reasons":[{}],"batch":{},"in_channels":{},"in_height":{},"in_width":{},"out_channels":{},"out_height":{},"out_width":{},"kernel":[{},{}],"groups":{},"stride":[{},{}],"padding":[{},{},{},{}],"dilation":[{},{}],"element":"{}","bias":{},"relu":{},"residual":{},"relu_after_add":{},"pixel_input":{},"compiler":"{}.{}.{}"}})",
        json_string(key_of(s)), name_of(family_of(s)), name_of(plan_.basis),
        fmt::join(reasons, ","), s.batch, s.in_channels, s.in_height, s.in_width, s.out_channels,
        s.out_height(), s.out_width(), s.kernel_height, s.kernel_width, s.groups, s.stride_y,
        s.stride_x, s.pad_top, s.pad_left, s.pad_bottom, s.pad_right, s.dilation_y, s.dilation_x,
        s.element == Element::f16 ? "f16" : "i8", fusion.bias, fusion.relu, fusion.residual,
        fusion.relu_after_add, plan_.site.pixel_input, version.major, version.minor, version.patch);
  }

  void banks() {
    for (const bool shared : {false, true}) {
      const BankPlan& banks = shared ? plan_.shared_banks : plan_.banks;
      say(R"({{"type":"banks","cores":[{}],"channels":{},"row_bytes":{},"input_banks":{},"weight_banks_needed":{},"data_banks":{},"weight_banks":{},"weights_fit":{},"rows":{}}})",
          shared ? "2,3" : "1", banks.channels, banks.row_bytes, banks.input_banks,
          banks.weight_banks_needed, banks.data_banks, banks.weight_banks(), banks.weights_fit,
          banks.rows);
    }
  }

  void program(unsigned cores) {
    const ConvProgram& own = plan_.program(cores);
    say(R"({{"type":"program","cores":{},"split":"{}","repeats_one_core":{},"lanes":{}}})", cores,
        name_of(own.split), own.repeats(), own.lanes.size());
    if (own.repeats()) return;
    for (std::size_t lane = 0; lane < own.lanes.size(); ++lane) {
      const auto records = program_.stream.list(first_list(cores) + lane);
      for (std::size_t i = 0; i < records.size(); ++i)
        record(cores, lane, program_.stream.records()[records[i]],
               i < own.lanes[lane].size() ? &own.lanes[lane][i] : nullptr);
    }
  }

  void record(unsigned cores, std::size_t lane, const StreamRecord& record, const ConvTile* tile) {
    const std::string head = fmt::format(
        R"({{"type":"record","cores":{},"core":{},"offset":{},"amount":{},"enable_mask":{},"interrupt_mask":{})",
        cores, lane, record.offset, record.body.writes.size(), record.body.enable_mask,
        record.body.interrupt_mask);
    if (tile == nullptr) return say(R"({},"is":"barrier"}})", head);
    say(R"({},"is":"convolution","image":{},"output_rows":{},"input_rows":[{},{}],"padding_above":{},"channels":{},"kernels":{},"data_banks":{},"grains":{},"family":{},"keeps_weights":{}}})",
        head, tile->image, extent_of(tile->output), tile->input.first, tile->input.count,
        tile->input.padding, extent_of(tile->channels), extent_of(tile->kernels), tile->data_banks,
        tile->grains, tile->family, tile->reuses_weights);
  }

  void buffers() {
    const BufferLayout& layout = program_.layout;
    const auto buffer = [this](std::string_view name, const PlacedBuffer& placed) {
      if (placed.bytes == 0) return;
      say(R"({{"type":"buffer","name":"{}","address":"{:#018x}","bytes":{}}})", name,
          placed.address, placed.bytes);
    };
    buffer("task", layout.task);
    buffer("weight", layout.weight);
    buffer("internal", layout.internal);
    buffer("input", layout.input);
    buffer("output", layout.output);
    buffer("residual", layout.residual);
    say(R"({{"type":"weight_buffer","bias":{},"barrier":{},"commands":{},"table_copy":{}}})",
        layout.bias_offset, layout.barrier_offset, layout.commands_offset,
        layout.table_copy_offset);
  }

  const GeneratedProgram& program_;
  const ConvPlan& plan_;
  unsigned cores_;
  Sink& sink_;
};

}  // namespace

void begin_generate_json(Sink& sink) {
  sink.put("{\"schema\":\"npuscope.generate/1\"}\n");
}

void write_generate_json(const GeneratedProgram& program, unsigned cores, Sink& sink) {
  GenerateJson(program, cores, sink).write();
}

}  // namespace npuscope::cli
