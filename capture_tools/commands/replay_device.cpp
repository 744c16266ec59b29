#include "capture_tools/commands/replay_device.h"

#include <fmt/format.h>

#include <algorithm>

#include "replay/device/drm_node.h"
#include "replay/device/rknpu_device.h"
#include "replay/device/rocket_device.h"
#include "replay/run/simulated.h"

namespace npuscope::cli {

namespace {

Device device_on(const DrmPort& port, const DeviceRequest& request) {
  if (request.driver == "rocket") return rocket_device(port);
  return rknpu_device(port, {request.contiguous, request.session.load.vendor_sequence});
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
    auto program = program_of_input(input, cores, request, device.session.load.vendor_sequence, db);
    if (!program) return tl::unexpected(program.error());
    if (cores == request.cores.front() && !device.json)
      for (const GapLine& gap : program->gaps) sink.put(text_of(gap));
    if (device.dry_run) {
      const auto shown = show_dry_run(*program, device, db, sink);
      if (!shown) return tl::unexpected(shown.error());
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

Result<int> replay_model_on_device(const Opened& opened, const ReplayRequest& request,
                                   const DeviceRequest& device, const po::variables_map& options,
                                   const RegisterDb& db, Sink& sink) {
  constexpr std::uint64_t first_version_with_loads = 6;
  if (device.session.load.vendor_sequence)
    return wrong_usage("--sequence=vendor of a model: its nodes are submitted row by row",
                       "the vendor's sequence is that of one program: a shape or a capture");
  if (opened.capture.model->container_version < first_version_with_loads)
    return wrong_usage("tables of old model files are loaded by the simulator only", "--on=sim");
  std::optional<DeviceSession> session;
  std::optional<Error> failed;  // a refusal is no failure of the device
  int shown_code = ExitCode::done;
  const auto run_part = [&](Image part) -> Result<std::vector<std::vector<std::byte>>> {
    const auto fail = [&](Error error) {
      failed = std::move(error);
      return npuscope::device_failed("it did not run on the device", device.driver);
    };
    const unsigned cores = part.cores;
    const auto program = replay_program(std::move(part), db);
    if (!program) return fail(program.error());
    if (device.dry_run) {
      const auto shown =
          show_dry_run({*program, opened.capture.source, {}, {}, {}}, device, db, sink);
      if (!shown) return fail(shown.error());
      shown_code = std::max(shown_code, *shown);
      return simulated(*program);  // what the parts behind it work with
    }
    if (!session) {
      auto made = open_device(device, db);
      if (!made) return fail(made.error());
      session = std::move(*made);
    }
    auto ran = session->session.run(
        {opened.capture.source, {}, &*program},
        [&](const auto& contents) { return judge_by_simulation(*program, contents); });
    if (!device.log_file.empty())
      if (auto written = write_log(*session->log, device.log_file); !written)
        return fail(written.error());
    if (!ran) return fail(ran.error());
    write_report(*ran, opened.capture.source, cores, sink);
    if (exit_code_of(ran->ended) == ExitCode::done) return std::move(ran->contents);
    return fail(npuscope::device_failed(fmt::format("{}: {}", name_of(ran->ended), ran->reason),
                                        device.driver)
                    .value());
  };
  ReplayReport report(sink, device.json);
  auto code = replay_model(opened, request, options, report, run_part);
  if (failed) return tl::unexpected(*failed);
  return code ? Result<int>(std::max(*code, shown_code)) : code;
}

}  // namespace npuscope::cli
