#include <fmt/format.h>

#include <optional>
#include <string>

#include "capture_tools/commands/info_writers.h"
#include "decoder/emit/json_format.h"
#include "decoder/evidence.h"
#include "decoder/model.h"
#include "decoder/program/coverage.h"

namespace npuscope::cli {

namespace {

// One object per line: input, buffer, program set, program, submit, coverage, diagnostic.
class InfoJson {
 public:
  explicit InfoJson(Sink& sink) : sink_(sink) {}

  void input(const Opened& input) {
    const Capture& capture = input.capture;
    say(R"({{"type":"input","source":{},"kind":{}}})", json_string(capture.source),
        json_string(capture.kind));
    if (capture.model) {
      const Model& m = *capture.model;
      say(R"({{"type":"model","container":"{:x}","platform":{},"family":{},"compiler":{},"tensors":{},"nodes":{},"relocations":{}}})",
          m.container_version, json_string(m.platform), json_string(m.family),
          json_string(m.compiler), m.tensors.size(), m.nodes.size(), m.relocations.size());
    }
    for (const Fact& fact : capture.facts)
      say(R"({{"type":"fact","key":{},"value":{}}})", json_string(fact.key),
          json_string(fact.value));
    for (const Buffer& b : capture.buffers) {
      say(R"({{"type":"buffer","name":{},"role":"{}","bytes":{},"captured":{},"trust":"{}","device_address":{}}})",
          json_string(b.name), name_of(b.role), b.size, b.known_bytes(), name_of(b.trust),
          b.device_address ? fmt::format("\"{:#018x}\"", *b.device_address) : std::string("null"));
    }
    for (const ProgramSet& set : input.sets) this->set(capture, set);
    for (const Submit& s : capture.submits) submit(s);
    for (const Event& e : capture.events) event(e);
    if (capture.evidence) rows(*capture.evidence);
    for (const SweepEntry& entry : capture.sweep)
      say(R"({{"type":"sweep","status":{},"name":{},"text":{}}})", json_string(entry.status),
          json_string(entry.name), json_string(entry.text));
    for (const LineCount& line : capture.lines)
      say(R"({{"type":"lines","format":{},"lines":{}}})", json_string(line.format), line.lines);
    const Coverage cover = npuscope::cover(capture, input.sets);
    for (std::size_t i = 0; i < cover.buffers.size(); ++i) {
      for (const Range& range : cover.buffers[i]) {
        say(R"({{"type":"range","buffer":{},"offset":{},"bytes":{},"is":"{}"}})",
            json_string(capture.buffers[i].name), range.offset, range.size, name_of(range.kind));
      }
    }
    say(R"({{"type":"coverage","unexplained":{}}})", cover.unexplained);
    for (const Diagnostic& d : capture.diagnostics)
      say(R"({{"type":"diagnostic","severity":"{}","text":{},"place":{}}})",
          d.severity == Severity::warning ? "warning" : "note", json_string(d.text),
          json_string(d.place.text()));
  }

  void findings(const std::vector<Finding>& findings) {
    for (const Finding& f : findings) {
      say(R"({{"type":"finding","id":{},"level":"{}","text":{},"place":{}}})", json_string(f.id),
          name_of(f.level), json_string(f.text), json_string(f.place.text()));
    }
  }

 private:
  void event(const Event& e) {
    std::string arguments;
    for (const auto& [name, value] : e.arguments) {
      arguments += fmt::format("{}[{},{}]", arguments.empty() ? "" : ",", json_string(name),
                               json_string(value));
    }
    say(R"({{"type":"event","kind":{},"place":{},"arguments":[{}]}})", json_string(e.kind),
        json_string(e.place.text()), arguments);
  }

  void rows(const DecodedJson& json) {
    for (std::size_t i = 0; i < json.rows.size(); ++i) {
      std::string values, doubtful;
      for (const auto& [key, value] : json.rows[i].values) {
        values += fmt::format("{}{}:{}", values.empty() ? "" : ",", json_string(key),
                              value ? fmt::format("{}", *value) : std::string("null"));
      }
      for (const std::string& key : json.rows[i].doubtful)
        doubtful += fmt::format("{}{}", doubtful.empty() ? "" : ",", json_string(key));
      say(R"({{"type":"row","row":{},"values":{{{}}},"doubtful":[{}]}})", i, values, doubtful);
    }
  }

  // What was not logged is null.
  void submit(const Submit& s) {
    const auto number = [](const auto& value) {
      return value ? fmt::format("{}", *value) : std::string("null");
    };
    const auto address = [](const std::optional<std::uint64_t>& value) {
      return value ? fmt::format("\"{:#018x}\"", *value) : std::string("null");
    };
    std::string entries;
    for (const auto& entry : s.subcore) {
      entries += entries.empty() ? "" : ",";
      entries += entry ? fmt::format("[{},{}]", entry->first, entry->second) : std::string("null");
    }
    say(R"({{"type":"submit","flags":{},"timeout":{},"task_start":{},"task_number":{},"core_mask":{},"task_obj_addr":{},"subcore":[{}]}})",
        number(s.flags), number(s.timeout), number(s.task_start), number(s.task_number),
        number(s.core_mask), address(s.task_obj_addr), entries);
  }

  template <typename... Args>
  void say(fmt::format_string<Args...> text, Args&&... args) {
    sink_.put(fmt::format(text, std::forward<Args>(args)...));
    sink_.put("\n");
  }

  void set(const Capture& capture, const ProgramSet& set) {
    const auto [first, last] = set.window();
    std::string programs;
    for (const Program& program : set.programs) {
      std::string lanes;
      for (const Lane& lane : program.lanes)
        lanes += fmt::format(R"({}{{"core":{},"first_task":{},"tasks":{}}})",
                             lanes.empty() ? "" : ",", lane.core, lane.first, lane.count);
      programs += fmt::format(R"({}{{"cores":{},"submitted":{},"lanes":[{}]}})",
                              programs.empty() ? "" : ",", program.cores, program.submitted, lanes);
    }
    std::string amounts, links;
    for (const TaskEntry& entry : set.tasks)
      amounts += fmt::format("{}{}", amounts.empty() ? "" : ",", entry.task.regcfg_amount);
    for (const auto& [name, count] : links_of(set))
      links += fmt::format(R"({}"{}":{})", links.empty() ? "" : ",", name, count);
    say(R"({{"type":"set","tasks":{},"records":{},"words":{},"inferred":{},"commands_in":{},"offset":{},"bytes":{},"base":"{:#018x}","base_source":{},"partition":{},"amounts":[{}],"links":{{{}}},"programs":[{}]}})",
        set.tasks.size(), set.records.size(), words_of(set), set.inferred,
        set.stream_buffer == no_index ? std::string("null")
                                      : json_string(capture.buffers[set.stream_buffer].name),
        first, last - first, set.base, json_string(set.base_source),
        json_string(set.partition_source), amounts, links, programs);
    for (const Diagnostic& d : set.diagnostics)
      say(R"({{"type":"diagnostic","severity":"{}","text":{},"place":{}}})",
          d.severity == Severity::warning ? "warning" : "note", json_string(d.text),
          json_string(d.place.text()));
  }

  Sink& sink_;
};

}  // namespace

void begin_info_json(Sink& sink) {
  sink.put("{\"schema\":\"npuscope.info/1\"}\n");
}

void write_info_json(const Opened& input, const std::vector<Finding>& findings, Sink& sink) {
  InfoJson writer(sink);
  writer.input(input);
  writer.findings(findings);
}

}  // namespace npuscope::cli
