#include "capture_tools/commands/replay_device.h"

#include <fmt/format.h>

#include <algorithm>

#include "replay/device/drm_node.h"
#include "replay/device/rknpu_device.h"
#include "replay/device/rocket_device.h"
#include "replay/prepare/link_capture.h"
#include "replay/run/conv_image.h"
#include "replay/run/simulated.h"
#include "replay/shape/shape_names.h"

namespace npuscope::cli {

namespace {

using guard::Judgement;

Device device_on(const DrmPort& port, const DeviceRequest& request) {
  if (request.driver == "rocket") return rocket_device(port);
  return rknpu_device(port, {request.contiguous, request.session.load.vendor_sequence});
}

// Patches, prefix and core, as they are for a device: a prefix ends its chain.
Result<void> adjust_for_device(const ReplayRequest& request, Image& image) {
  if (request.only_core) image = keep_core(image, *request.only_core);
  for (const Patch& patch : request.patches)
    if (const auto changed = apply(patch, image); !changed) return tl::unexpected(changed.error());
  return request.prefix ? end_after(image, *request.prefix) : Result<void>();
}

bool is_whole(const ReplayRequest& request) {
  return !request.prefix && !request.only_core && request.patches.empty();
}

// The table of the capture, as the vendor's runtime wrote it.
WholeTable table_of(const ProgramSet& set, unsigned cores) {
  WholeTable table;
  for (const TaskEntry& entry : set.tasks) table.tasks.push_back(entry.task);
  for (const Lane& lane : set.program_for(cores)->lanes) table.first.push_back(lane.first);
  return table;
}

Result<DeviceProgram> program_of_capture(const Opened& opened, unsigned cores,
                                         const ReplayRequest& request, bool vendor_sequence,
                                         const RegisterDb& db) {
  auto image = link_capture(opened, cores);
  if (!image) return tl::unexpected(image.error());
  if (auto adjusted = adjust_for_device(request, *image); !adjusted)
    return tl::unexpected(adjusted.error());
  std::optional<WholeTable> table;
  if (vendor_sequence) table = table_of(opened.sets.front(), cores);
  auto program = replay_program(std::move(*image), db, table);
  if (!program) return tl::unexpected(program.error());
  return DeviceProgram{std::move(*program), opened.capture.source, {}, {}};
}

Result<DeviceProgram> program_of(const std::string& input, unsigned cores,
                                 const ReplayRequest& request, bool vendor_sequence,
                                 const RegisterDb& db) {
  if (input.starts_with("gen:"))
    return program_of_shape(input, cores, request, vendor_sequence, db);
  const auto opened = open_one(input, db);
  if (!opened) return tl::unexpected(opened.error());
  for (const Opened& each : *opened) {
    if (each.capture.model)
      return wrong_usage(fmt::format("{}: models run on the simulator only", input),
                         "--on=sim; or replay a capture of it");
    if (!each.sets.empty()) return program_of_capture(each, cores, request, vendor_sequence, db);
  }
  return unreadable("no register program in it", input, "`npuscope info` shows what it holds");
}

int exit_code_of(guard::RunClass ended) {
  switch (ended) {
    case guard::RunClass::pass:
    case guard::RunClass::not_compared:
      return ExitCode::done;
    case guard::RunClass::wrong_values:
      return ExitCode::different;
    default:
      return ExitCode::device_failed;
  }
}

Result<void> write_outputs(const guard::RunReport& report, const ReplayProgram& program,
                           const ReplayRequest& request, Sink& sink) {
  if (request.directory.empty()) return {};
  for (std::size_t i = 0; i < program.image.buffers.size(); ++i) {
    const ImageBuffer& buffer = program.image.buffers[i];
    if (buffer.role == BufferRole::commands || buffer.role == BufferRole::constants) continue;
    const auto path = write_file(request, buffer.name + ".bin", report.contents[i]);
    if (!path) return tl::unexpected(path.error());
    sink.put(fmt::format("        written to {}\n", *path));
  }
  return {};
}

}  // namespace

Result<DeviceProgram> program_of_shape(const std::string& name, unsigned cores,
                                       const ReplayRequest& request, bool vendor_sequence,
                                       const RegisterDb& db) {
  const auto shape = parse_shape(name);
  if (!shape) return tl::unexpected(shape.error());
  if (const auto fits = check_size(*shape); !fits) return tl::unexpected(fits.error());
  auto generated = generate_program(*shape, {});
  if (!generated) return tl::unexpected(generated.error());
  auto tensors = draw_tensors(*shape, request.seed);
  auto image = conv_image(*generated, tensors, cores);
  if (!image) return tl::unexpected(image.error());
  if (auto adjusted = adjust_for_device(request, *image); !adjusted)
    return tl::unexpected(adjusted.error());
  std::optional<WholeTable> table;
  if (vendor_sequence) {
    *image = as_vendor_allocates(*generated, std::move(*image));
    table = whole_table(*generated, cores);
  }
  auto program = replay_program(std::move(*image), db, table);
  if (!program) return tl::unexpected(program.error());
  DeviceProgram made{std::move(*program), name, key_of(*shape), {}};
  if (is_whole(request)) {
    made.judge = [shape = *shape, generated = std::move(*generated), tensors = std::move(tensors),
                  buffers = made.program.image.buffers](const auto& contents) -> Judgement {
      const auto output = std::ranges::find(buffers, BufferRole::output, &ImageBuffer::role);
      const auto values =
          conv_output(generated, contents[static_cast<std::size_t>(output - buffers.begin())]);
      if (!values) return {Judgement::Values::unknown, values.error().what};
      const Deviation deviation = compare(reference_of(shape, tensors), *values);
      return {deviation.excess <= 0 ? Judgement::Values::right : Judgement::Values::wrong,
              fmt::format("{} values, max_diff {:.4f} from an f64 reference", values->size(),
                          deviation.largest)};
    };
  }
  return made;
}

Result<void> write_log(const CallLog& log, const std::string& path) {
  std::string text;
  Sink sink([&text](std::string_view block) {
    text += block;
    return true;
  });
  write_call_log(log, sink);
  static_cast<void>(sink.flush());
  std::FILE* file = std::fopen(path.c_str(), "wb");
  const bool written =
      file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (file == nullptr || std::fclose(file) != 0 || !written)
    return unreadable("cannot write the trace", path, "--log names a file");
  return {};
}

void write_report(const guard::RunReport& report, std::string_view input, unsigned cores,
                  Sink& sink) {
  for (const guard::Objection& each : report.decision.overridden)
    sink.put(fmt::format("unsafe  {}: {}\n        otherwise: {}\n", each.rule->id, each.text,
                         each.consequence));
  sink.put(fmt::format("run     {}  {} core{}: {}{}\n", input, cores, cores == 1 ? "" : "s",
                       name_of(report.ended),
                       report.outcome.nanoseconds > 0
                           ? fmt::format(", {:.1f} us by the driver's clock",
                                         static_cast<double>(report.outcome.nanoseconds) * 1e-3)
                           : ""));
  if (report.attempts > 1)
    sink.put(fmt::format("        in {} attempts: the first was accepted and never started\n",
                         report.attempts));
  if (!report.judgement.text.empty()) sink.put(fmt::format("output  {}\n", report.judgement.text));
  if (!report.reason.empty() && report.reason != report.judgement.text)
    sink.put(fmt::format("        {}\n", report.reason));
  if (guard::ends_the_session(report.ended))
    sink.put(fmt::format("then    {}\n", recovery_of(report.ended)));
}

Result<DeviceSession> open_device(const DeviceRequest& request, const RegisterDb& db) {
  const NodeUse use = request.session.load.vendor_sequence ? NodeUse::primary : NodeUse::render;
  const auto port = open_node(request.driver, use);
  if (!port) return tl::unexpected(port.error());
  auto log = std::make_shared<CallLog>();
  guard::Surroundings surroundings = request.surroundings;
  for (const DrmNode& node : find_nodes(request.driver)) surroundings.nodes.push_back(node.path);
  auto session = guard::GuardedSession::open(device_on(logged(*port, log), request), log,
                                             std::move(surroundings), request.session, db);
  if (!session) return tl::unexpected(session.error());
  return DeviceSession{std::move(log), std::move(*session)};
}

Result<int> replay_on_device(const std::string& input, const ReplayRequest& request,
                             const DeviceRequest& device, const RegisterDb& db, Sink& sink) {
  int code = ExitCode::done;
  std::optional<DeviceSession> opened;
  for (const unsigned cores : request.cores) {
    auto program = program_of(input, cores, request, device.session.load.vendor_sequence, db);
    if (!program) return tl::unexpected(program.error());
    if (!program->judge)
      program->judge = [&program](const auto& contents) {
        return judge_by_simulation(program->program, contents);
      };
    if (device.dry_run) {
      const auto shown = show_dry_run(*program, device, db, sink);
      if (!shown) return shown;
      code = std::max(code, *shown);
      continue;
    }
    if (!opened) {
      auto session = open_device(device, db);
      if (!session) return tl::unexpected(session.error());
      opened = std::move(*session);
    }
    const auto report =
        opened->session.run({program->input, program->shape, &program->program}, program->judge);
    if (!device.log_file.empty())
      if (auto written = write_log(*opened->log, device.log_file); !written)
        return tl::unexpected(written.error());
    if (!report) return tl::unexpected(report.error());
    write_report(*report, input, cores, sink);
    if (auto written = write_outputs(*report, program->program, request, sink); !written)
      return tl::unexpected(written.error());
    code = std::max(code, exit_code_of(report->ended));
    if (opened->session.over()) break;
  }
  return code;
}

}  // namespace npuscope::cli
