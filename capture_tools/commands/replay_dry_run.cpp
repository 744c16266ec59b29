// What a run on a device would do, call by call, from a driver on paper.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "capture_tools/commands/replay_device.h"
#include "replay/device/paper_port.h"
#include "replay/device/rknpu_device.h"
#include "replay/device/rknpu_submit.h"
#include "replay/device/rocket_device.h"

namespace npuscope::cli {

namespace {

using Json = nlohmann::ordered_json;

struct DryRun {
  guard::Submission submission;
  guard::Decision decision;
  CallLog log;
};

Result<DryRun> run_on_paper(const DeviceProgram& program, const DeviceRequest& request,
                            const RegisterDb& db) {
  auto log = std::make_shared<CallLog>();
  const DrmPort port = logged(paper_port(request.driver), log);
  const Device device =
      request.driver == "rocket"
          ? rocket_device(port)
          : rknpu_device(port, {request.contiguous, request.session.load.vendor_sequence});
  // The vendor's runtime asks other questions; loading makes them.
  if (!request.session.load.vendor_sequence)
    if (const auto facts = device.facts(); !facts) return tl::unexpected(facts.error());
  auto submission = guard::load_program(device, program.program, request.session.load);
  if (!submission) return tl::unexpected(submission.error());
  DryRun run;
  const Opened opened = guard::as_opened(*submission, log->events, program.input, db);
  preflight::LintOptions rules;  // no fact of a device: its rules are not evaluated
  rules.database = &db;
  run.decision =
      guard::decide(preflight::lint(opened, rules), request.session.permissions, "paper");
  guard::refuse_strays(program.program, run.decision);
  static_cast<void>(device.submit(submission->job));
  static_cast<void>(guard::fetch_outputs(device, *submission));
  run.submission = *submission;
  guard::free_all(device, *submission);
  run.log = std::move(*log);
  return run;
}

void write_objections(std::string_view title, const std::vector<guard::Objection>& list,
                      Sink& sink) {
  for (const guard::Objection& each : list)
    sink.put(fmt::format("{:<7} {}: {}\n        otherwise: {}; {}\n", title, each.rule->id,
                         each.text, each.consequence, each.remedy));
}

void write_text(const DryRun& run, const DeviceProgram& program, const DeviceRequest& request,
                Sink& sink) {
  const auto& job = run.submission.job;
  sink.put(fmt::format("dry run {}  for {} core{} on {}; addresses as on a fresh board\n",
                       program.input, program.program.cores(),
                       program.program.cores() == 1 ? "" : "s", request.driver));
  sink.put(fmt::format("program {}\n\n", program.program.hash));
  std::size_t widest = 9;
  for (const DeviceBuffer& each : run.submission.buffers)
    widest = std::max(widest, each.name.size());
  const auto buffer = [&](const DeviceBuffer& each) {
    sink.put(fmt::format("buffer  {:<{}} {:>9} bytes at {:#010x}  flags {:#x}\n", each.name, widest,
                         each.bytes, each.address, each.flags));
  };
  if (job.table.handle != 0) buffer(job.table);
  for (const DeviceBuffer& each : run.submission.buffers) buffer(each);
  sink.put("\n");
  for (const JobLane& lane : job.lanes)
    for (std::size_t i = 0; i < lane.tasks.size(); ++i) {
      const Task& task = lane.tasks[i];
      sink.put(
          fmt::format("task    {:>3} core {}  {} words at {:#010x}  enable {:#x}  int_mask {:#x}\n",
                      lane.first + i, lane.core, task.regcfg_amount, task.regcmd_addr,
                      task.enable_mask, task.int_mask));
    }
  sink.put("\n");
  write_objections("refused", run.decision.refusals, sink);
  write_objections("unsafe", run.decision.overridden, sink);
  write_objections("warning", run.decision.warnings, sink);
  sink.put(
      "rules of the device itself (KABI-L01, L02, L27, L28) are judged when it runs\n\ncalls\n");
  write_call_log(run.log, sink);
}

Json json_of(const std::vector<guard::Objection>& list) {
  Json all = Json::array();
  for (const guard::Objection& each : list)
    all.push_back({{"rule", each.rule->id},
                   {"text", each.text},
                   {"consequence", each.consequence},
                   {"remedy", each.remedy}});
  return all;
}

Json json_of(const DeviceBuffer& buffer) {
  return {{"name", buffer.name},
          {"bytes", buffer.bytes},
          {"address", fmt::format("{:#x}", buffer.address)},
          {"flags", fmt::format("{:#x}", buffer.flags)},
          {"handle", buffer.handle}};
}

void write_json(const DryRun& run, const DeviceProgram& program, const DeviceRequest& request,
                Sink& sink) {
  const auto& job = run.submission.job;
  Json line{{"schema", "npuscope.dry-run/1"},
            {"input", program.input},
            {"driver", request.driver},
            {"cores", program.program.cores()},
            {"program", program.program.hash}};
  Json buffers = Json::array(), tasks = Json::array(), calls = Json::array();
  if (job.table.handle != 0) buffers.push_back(json_of(job.table));
  for (const DeviceBuffer& each : run.submission.buffers) buffers.push_back(json_of(each));
  for (const JobLane& lane : job.lanes)
    for (std::size_t i = 0; i < lane.tasks.size(); ++i)
      tasks.push_back({{"task", lane.first + i},
                       {"core", lane.core},
                       {"regcmd_addr", fmt::format("{:#x}", lane.tasks[i].regcmd_addr)},
                       {"regcfg_amount", lane.tasks[i].regcfg_amount},
                       {"enable_mask", fmt::format("{:#x}", lane.tasks[i].enable_mask)},
                       {"int_mask", fmt::format("{:#x}", lane.tasks[i].int_mask)}});
  for (const Event& event : run.log.events) {
    Json call{{"call", event.kind}};
    Json arguments = Json::object();
    for (const auto& [key, value] : event.arguments) arguments[key] = value;
    call["arguments"] = std::move(arguments);
    calls.push_back(std::move(call));
  }
  line["buffers"] = std::move(buffers);
  line["tasks"] = std::move(tasks);
  line["refusals"] = json_of(run.decision.refusals);
  line["overridden"] = json_of(run.decision.overridden);
  line["warnings"] = json_of(run.decision.warnings);
  line["calls"] = std::move(calls);
  sink.put(line.dump() + "\n");
}

}  // namespace

Result<int> show_dry_run(const DeviceProgram& program, const DeviceRequest& request,
                         const RegisterDb& db, Sink& sink) {
  const auto run = run_on_paper(program, request, db);
  if (!run) return tl::unexpected(run.error());
  if (request.driver == "rocket")
    if (const auto reason = rocket_refusal(run->submission.job))
      return npuscope::refused(fmt::format("rocket cannot run this program: {}", *reason));
  if (!request.log_file.empty())
    if (auto written = write_log(run->log, request.log_file); !written)
      return tl::unexpected(written.error());
  if (request.json) {
    write_json(*run, program, request, sink);
  } else {
    write_text(*run, program, request, sink);
  }
  return run->decision.allowed() ? ExitCode::done : ExitCode::refused;
}

}  // namespace npuscope::cli
