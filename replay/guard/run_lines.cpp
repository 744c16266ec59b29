#include "replay/guard/run_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>

#include "decoder/bundle/json_text.h"
#include "replay/device/rknpu_submit.h"

namespace npuscope::guard {

namespace {

using Json = nlohmann::ordered_json;

Json head(const RunIdentity& run, std::string_view event) {
  return {{"schema", "npuscope.run/1"}, {"event", event}, {"run", run.run}, {"time", time_now()}};
}

// Texts of other programs may hold any byte.
std::string text_of(const Json& line) {
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string hex(std::uint64_t value) {
  return fmt::format("{:#x}", value);
}

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

Json outcome_of(const JobOutcome& outcome) {
  Json json{{"error", outcome.error},
            {"task_counter", outcome.task_counter},
            {"hw_elapse_time", outcome.nanoseconds}};
  if (outcome.error != 0) json["text"] = std::strerror(outcome.error);
  if (!outcome.detail.empty()) json["detail"] = outcome.detail;
  return json;
}

Json objections(const std::vector<Objection>& list) {
  Json all = Json::array();
  for (const Objection& each : list) all.push_back({{"rule", each.rule->id}, {"text", each.text}});
  return all;
}

Json buffers_of(const Submission& submission) {
  Json all = Json::array();
  const auto add = [&all](const DeviceBuffer& buffer, std::string_view role) {
    all.push_back({{"name", buffer.name},
                   {"role", role},
                   {"bytes", buffer.bytes},
                   {"flags", hex(buffer.flags)},
                   {"handle", buffer.handle},
                   {"address", hex(buffer.address)},
                   {"object", hex(buffer.object)}});
  };
  if (submission.job.table.handle != 0) add(submission.job.table, "task_table");
  for (const DeviceBuffer& buffer : submission.buffers) add(buffer, npuscope::name_of(buffer.role));
  return all;
}

// Which records really run: the lanes of the submitted section, no others of the table.
Json records_of(const Submission& submission) {
  Json lanes = Json::array();
  for (const JobLane& lane : submission.job.lanes) {
    Json records = Json::array();
    for (const Task& task : lane.tasks)
      records.push_back({{"address", hex(task.regcmd_addr)}, {"words", task.regcfg_amount}});
    lanes.push_back({{"core", lane.core}, {"first", lane.first}, {"records", std::move(records)}});
  }
  return lanes;
}

Json fields_of(const Job& job) {
  const uabi::rknpu::Submit submit = rknpu_submit(job);
  Json entries = Json::array();
  for (const auto& entry : submit.subcore_task)
    entries.push_back({entry.task_start, entry.task_number});
  return {{"flags", submit.flags},
          {"timeout", submit.timeout},
          {"task_start", submit.task_start},
          {"task_number", submit.task_number},
          {"task_obj_addr", hex(submit.task_obj_addr)},
          {"core_mask", submit.core_mask},
          {"fence_fd", submit.fence_fd},
          {"subcore_task", std::move(entries)}};
}

void add_subject(Json& line, const RunSubject& subject) {
  line["input"] = json_of_text(subject.input);
  if (!subject.shape.empty()) line["shape"] = subject.shape;
  line["cores"] = subject.program->cores();
  line["program"] = subject.program->hash;
}

}  // namespace

std::string time_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

std::string begin_line(const RunIdentity& run, const Device& device,
                       const preflight::DeviceFacts& facts, const host::BootState& boot,
                       const SessionOptions& options) {
  Json line = head(run, "begin");
  line["command"] = json_of_text(options.command);
  line["boot_id"] = or_null(boot.boot_id);
  line["device"] = {{"driver", device.kind},
                    {"node", device.node},
                    {"driver_version", or_null(facts.driver_version)},
                    {"hardware_version", or_null(facts.hardware_version)},
                    {"iommu_enabled", or_null(facts.iommu_enabled)}};
  if (options.fake) line["device"]["fake"] = true;
  line["other_users"] = or_null(facts.other_users);
  line["kernel_log"] = {{"source", boot.log.source},
                        {"doubt", json_of_text(boot.doubt())},
                        {"poison", boot.poison.size()}};
  Json allowed = Json::array();
  for (const preflight::Rule* rule : options.permissions.rules) allowed.push_back(rule->id);
  if (options.permissions.power_cycle) allowed.push_back("power-cycle");
  line["unsafe"] = std::move(allowed);
  return text_of(line);
}

std::string probe_line(const RunIdentity& run, std::string_view when, ProbeForm form,
                       const JobOutcome& outcome, bool right) {
  Json line = head(run, "probe");
  line["when"] = when;
  line["form"] = name_of(form);
  line["passed"] = right;
  line["returned"] = outcome_of(outcome);
  return text_of(line);
}

std::string submit_line(const RunIdentity& run, std::string_view event,
                        const Submission& submission, const RunSubject& subject,
                        const Decision& decision, unsigned attempt) {
  Json line = head(run, event);
  add_subject(line, subject);
  line["attempt"] = attempt;
  if (submission.job.table.object != 0) line["submit"] = fields_of(submission.job);
  line["lanes"] = records_of(submission);
  line["buffers"] = buffers_of(submission);
  line["overridden"] = objections(decision.overridden);
  line["warnings"] = decision.warnings.size();
  return text_of(line);
}

std::string return_line(const RunIdentity& run, const JobOutcome& outcome,
                        const std::vector<std::string>& kernel_lines) {
  Json line = head(run, "returned");
  line["returned"] = outcome_of(outcome);
  Json log = Json::array();
  for (const std::string& each : kernel_lines) log.push_back(json_of_text(each));
  line["kernel_log"] = std::move(log);
  return text_of(line);
}

std::string refusal_line(const RunIdentity& run, const RunSubject& subject,
                         const Decision& decision) {
  Json line = head(run, "refused");
  add_subject(line, subject);
  line["refusals"] = objections(decision.refusals);
  return text_of(line);
}

std::string result_line(const RunIdentity& run, const RunSubject& subject,
                        const RunReport& report) {
  Json line = head(run, "result");
  add_subject(line, subject);
  line["class"] = name_of(report.ended);
  line["reason"] = json_of_text(report.reason);
  line["recovery"] = recovery_of(report.ended);
  line["values"] = json_of_text(report.judgement.text);
  line["health_before"] = name_of(report.before);
  line["health_after"] = name_of(report.after);
  line["attempts"] = report.attempts;
  line["returned"] = outcome_of(report.outcome);
  return text_of(line);
}

}  // namespace npuscope::guard
