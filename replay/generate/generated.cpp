#include "replay/generate/generated.h"

#include <fmt/format.h>

#include <cstring>

#include "decoder/device_memory.h"

namespace npuscope {

namespace {

constexpr std::uint32_t op_idx = 1;  // node 0 is the input

std::vector<std::byte> table_bytes(const CommandStream& stream, std::uint64_t commands) {
  std::vector<Task> tasks = stream.tasks(commands);
  for (Task& task : tasks) task.op_idx = op_idx;
  std::vector<std::byte> bytes(tasks.size() * task_bytes);
  if (!tasks.empty()) std::memcpy(bytes.data(), tasks.data(), bytes.size());
  return bytes;
}

class CaptureWriter {
 public:
  explicit CaptureWriter(const GeneratedProgram& program) : program_(program) {
    capture_.source = "gen:" + key_of(program.plan.shape);
    capture_.kind = kind_of(program.plan);
  }

  Capture write() {
    const BufferLayout& layout = program_.layout;
    const std::uint64_t commands = layout.weight.address + layout.commands_offset;
    add("task", BufferRole::task_table, layout.task, {{0, table_bytes(program_.stream, commands)}});
    add("weight", BufferRole::commands, layout.weight,
        {{layout.commands_offset, program_.stream.link(layout.bases())},
         {layout.table_copy_offset, table_bytes(program_.stream, 0)}});
    add("internal", BufferRole::internal, layout.internal, {});
    add("input", BufferRole::input, layout.input, {});
    add("output", BufferRole::output, layout.output, {});
    if (layout.residual.bytes > 0) add("residual", BufferRole::input, layout.residual, {});
    capture_.submits.push_back(submit());
    fact("shape", key_of(program_.plan.shape));
    fact("schedule", std::string(name_of(program_.plan.basis)));
    for (const std::string& reason : program_.plan.reasons) fact("schedule.reason", reason);
    return std::move(capture_);
  }

 private:
  void fact(std::string key, std::string value) {
    capture_.facts.push_back({std::move(key), std::move(value), {}});
  }

  void add(std::string name, BufferRole role, const PlacedBuffer& placed,
           std::vector<std::pair<std::uint64_t, std::vector<std::byte>>>&& contents) {
    Buffer buffer;
    buffer.name = std::move(name);
    buffer.gem = buffer.handle = static_cast<std::uint32_t>(capture_.buffers.size() + 1);
    buffer.role = role;
    buffer.role_reason = "generated";
    buffer.device_address = placed.address;
    buffer.address_source = "placed by the generator";
    buffer.size = whole_pages(placed.bytes);
    buffer.exact_size = placed.bytes;
    buffer.place.file = capture_.source;
    for (auto& [offset, bytes] : contents) {
      auto owned = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
      if (!buffer.pieces.empty() && buffer.pieces.back().end() == offset) {
        // Pieces are never adjacent: join them.
        auto joined = std::make_shared<std::vector<std::byte>>(buffer.pieces.back().bytes.begin(),
                                                               buffer.pieces.back().bytes.end());
        joined->insert(joined->end(), owned->begin(), owned->end());
        offset = buffer.pieces.back().offset;
        buffer.pieces.pop_back();
        owned = joined;
      }
      buffer.pieces.push_back({offset, std::span(*owned)});
      capture_.storage.push_back(owned);
    }
    capture_.buffers.push_back(std::move(buffer));
  }

  // What the vendor's runtime submits: the 1-core program, on any core.
  [[nodiscard]] Submit submit() const {
    const auto tasks = static_cast<std::uint32_t>(program_.stream.list(0).size());
    Submit submit;
    submit.flags = 5;  // program controller, ping-pong
    submit.timeout = 6000;
    submit.task_start = 0;
    submit.task_number = 3 * tasks;
    submit.task_counter = 0;
    submit.priority = 0;
    submit.task_base_addr = 0;
    submit.core_mask = 0;
    for (std::size_t i = 0; i < submit.subcore.size(); ++i)
      submit.subcore[i] = {0U, i < 3 ? tasks : 0U};
    submit.place.file = capture_.source;
    return submit;
  }

  const GeneratedProgram& program_;
  Capture capture_;
};

}  // namespace

std::string kind_of(const ConvPlan& plan) {
  switch (plan.basis) {
    case Basis::vendor:
      return "generated program (the vendor's schedule)";
    case Basis::inferred:
      return "generated program (inferred: the vendor's formulas, not confirmed for this shape)";
    case Basis::general:
      break;
  }
  return "generated program (general schedule of our own, not the vendor's)";
}

Result<CommandStream> stream_of(const ConvPlan& plan, const ConvNumbers& numbers) {
  CommandStream stream;
  for (unsigned cores = 1; cores <= 3; ++cores) {
    if (plan.program(cores).repeats()) {
      stream.repeat_first_list(first_list(cores));
      continue;
    }
    auto lanes = conv_records(plan, cores, numbers);
    if (!lanes) return tl::unexpected(lanes.error());
    for (std::size_t lane = 0; lane < lanes->size(); ++lane) {
      std::vector<RecordWrites>& records = (*lanes)[lane];
      if (cores > 1) records.push_back(barrier_record());
      stream.add_lane(first_list(cores) + lane, cores, std::move(records));
    }
  }
  return stream;
}

Result<GeneratedProgram> generate_program(const ConvShape& shape, const GenerateOptions& options) {
  if (auto valid = check(shape); !valid) return tl::unexpected(valid.error());
  if (shape.fusion.table != TableFunction::none)
    return wrong_usage(
        fmt::format("{}: a function with a lookup table is not generated", key_of(shape)),
        "leave the function out of the shape");
  ConvSite site;
  site.pixel_input = uses_pixels(shape);
  site.version = options.version;
  auto plan = plan_convolution(shape, site);
  if (!plan) return tl::unexpected(plan.error());
  auto stream = stream_of(*plan, options.numbers);
  if (!stream) return tl::unexpected(stream.error());
  const BufferLayout layout = lay_out(*plan, *stream, options.top);
  return GeneratedProgram{std::move(*plan), std::move(*stream), layout};
}

Capture capture_of(const GeneratedProgram& program) {
  return CaptureWriter(program).write();
}

}  // namespace npuscope
