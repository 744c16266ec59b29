#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>

#include "capture_tools/commands/info_writers.h"
#include "decoder/evidence.h"
#include "decoder/model.h"
#include "decoder/program/coverage.h"

namespace npuscope::cli {

namespace {

std::string address_of(const Buffer& buffer) {
  return buffer.device_address ? fmt::format("{:#010x}", *buffer.device_address) : std::string("-");
}

// "108,104,26,104x2": amounts in table order, runs folded.
std::string amounts_of(const ProgramSet& set) {
  std::string text;
  for (std::size_t i = 0; i < set.tasks.size();) {
    const std::uint32_t amount = set.tasks[i].task.regcfg_amount;
    std::size_t count = 1;
    while (i + count < set.tasks.size() && set.tasks[i + count].task.regcfg_amount == amount)
      ++count;
    text += fmt::format("{}{}{}", text.empty() ? "" : ",", amount,
                        count > 1 ? fmt::format("x{}", count) : std::string());
    i += count;
    if (text.size() > 200) return text + ",...";
  }
  return text;
}

std::string lanes_of(const Program& program) {
  std::string text;
  for (const Lane& lane : program.lanes)
    text += fmt::format("{}core {}: {}", text.empty() ? "" : ", ", lane.core, lane.count);
  return text;
}

class InfoText {
 public:
  InfoText(Sink& sink, bool everything) : sink_(sink), everything_(everything) {}

  void input(const Opened& input) {
    const Capture& capture = input.capture;
    say("{}: {}", capture.source, capture.kind.empty() ? "capture" : capture.kind);
    if (capture.model) model(*capture.model);
    facts(capture);
    buffers(input);
    if (capture.model) foreign_model(capture);
    for (const ProgramSet& set : input.sets) this->set(capture, set);
    for (const Submit& submit : capture.submits) this->submit(submit);
    events(capture);
    others(capture);
    coverage(input);
    diagnostics(capture);
  }

  void findings(const std::vector<Finding>& findings) {
    for (const Finding& f : findings) {
      const std::string place = f.place.text();
      say("  {:<10} {}: {}{}", name_of(f.level), f.id, f.text,
          place.empty() ? "" : " (" + place + ")");
    }
  }

 private:
  template <typename... Args>
  void say(fmt::format_string<Args...> text, Args&&... args) {
    sink_.put(fmt::format(text, std::forward<Args>(args)...));
    sink_.put("\n");
  }

  void model(const Model& model) {
    say("  model      container v{:x}, {} ({}), compiler {}", model.container_version,
        model.platform, model.family.empty() ? "family not named" : model.family, model.compiler);
    say("             {} tensors, {} nodes, {} relocations, constants {} bytes, internal memory {} "
        "bytes",
        model.tensors.size(), model.nodes.size(), model.relocations.size(), model.weight_bytes,
        model.internal_bytes);
    std::map<std::string, std::size_t> npu, cpu;
    for (const Node& node : model.nodes) {
      if (node.op == "InputOperator" || node.op == "OutputOperator") continue;
      ++(node.on_npu() ? npu : cpu)[node.op];
    }
    const auto list = [](const std::map<std::string, std::size_t>& ops) {
      std::string text;
      for (const auto& [op, count] : ops)
        text += fmt::format("{}{}{}", text.empty() ? "" : " ", op,
                            count > 1 ? fmt::format("*{}", count) : std::string());
      return text;
    };
    if (!npu.empty()) say("             NPU: {}", list(npu));
    if (!cpu.empty()) say("             not on the NPU: {}", list(cpu));
  }

  void facts(const Capture& capture) {
    std::map<std::string, std::size_t> seen;
    for (const Fact& fact : capture.facts) {
      if (!everything_ && (seen[fact.key]++ > 0 || fact.key.starts_with("file."))) continue;
      say("  fact       {} = {}", fact.key, fact.value);
    }
  }

  // One line a buffer. A model has hundreds that are alike: these are counted, unless everything is
  // asked for.
  void buffers(const Opened& input) {
    std::map<std::string, std::pair<std::size_t, std::uint64_t>> alike;
    for (const Buffer& b : input.capture.buffers) {
      const bool constant = b.role == BufferRole::constants;
      if (input.capture.model && !everything_ && (constant || b.role == BufferRole::unknown)) {
        auto& [count, bytes] = alike[constant ? "constants" : b.role_reason];
        ++count;
        bytes += b.size;
        continue;
      }
      say("  buffer     {:<12} {:<12} {:>9} bytes, {:>9} captured ({}), at {}{}", b.name,
          name_of(b.role), b.size, b.known_bytes(), name_of(b.trust), address_of(b),
          b.role_reason.empty() ? "" : "; " + b.role_reason);
    }
    for (const auto& [what, sum] : alike) {
      say("  buffers    {} more, {} bytes: {} (--facts lists them)", sum.first, sum.second,
          what.empty() ? "of unknown use" : what);
    }
  }

  // A model for another chip: its words are counted, not read.
  void foreign_model(const Capture& capture) {
    const Model& model = *capture.model;
    if (model.is_rk3588() || !model.task_buffer || !model.regcmd_buffer) return;
    say("  tasks      {}, not decoded; {} bytes of register words",
        capture.buffers[*model.task_buffer].size / task_bytes,
        capture.buffers[*model.regcmd_buffer].size);
  }

  void set(const Capture& capture, const ProgramSet& set) {
    const auto [first, last] = set.window();
    say("  tasks      {} in {}; {} records, {} words{}", set.tasks.size(),
        set.table_buffer == no_index
            ? std::string("no table")
            : fmt::format("{} at {:#x}", capture.buffers[set.table_buffer].name, set.table_offset),
        set.records.size(), words_of(set), set.inferred ? " (inferred)" : "");
    say("  amounts    {}", amounts_of(set));
    if (set.stream_buffer != no_index) {
      say("  commands   {} at {:#x}, {} bytes; base {:#x} from {}",
          capture.buffers[set.stream_buffer].name, first, last - first, set.base, set.base_source);
    }
    for (const Program& program : set.programs) {
      say("  program    {} core{}: {} tasks ({}){}", program.cores, program.cores == 1 ? " " : "s",
          program.task_count(), lanes_of(program), program.submitted ? ", submitted" : "");
    }
    say("  lanes      from {}", set.partition_source);
    std::string links;
    for (const auto& [name, count] : links_of(set))
      links += fmt::format("{}{} {}", links.empty() ? "" : ", ", count, name);
    say("  links      {}", links);
    for (const Diagnostic& d : set.diagnostics)
      say("  {:<10} {}", d.severity == Severity::warning ? "warning" : "note", d.text);
  }

  void submit(const Submit& submit) {
    std::string text;
    const auto add = [&](std::string_view name, const auto& value) {
      if (value) text += fmt::format("{}{} {:#x}", text.empty() ? "" : ", ", name, *value);
    };
    add("flags", submit.flags);
    add("task_start", submit.task_start);
    add("task_number", submit.task_number);
    add("core_mask", submit.core_mask);
    add("task_obj_addr", submit.task_obj_addr);
    for (std::size_t i = 0; i < submit.subcore.size(); ++i) {
      if (submit.subcore[i] && submit.subcore[i]->second > 0)
        text += fmt::format(", core entry {}: {}+{}", i, submit.subcore[i]->first,
                            submit.subcore[i]->second);
    }
    say("  submit     {}", text);
  }

  void events(const Capture& capture) {
    if (capture.events.empty()) return;
    std::map<std::string, std::size_t> counts;
    for (const Event& event : capture.events) ++counts[event.kind];
    std::string text;
    for (const auto& [kind, count] : counts)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, kind);
    say("  events     {}", text);
  }

  void others(const Capture& capture) {
    if (capture.evidence)
      say("  registers  {} rows of decoded JSON ({})", capture.evidence->rows.size(),
          capture.evidence->slug);
    if (!capture.sweep.empty()) {
      std::map<std::string, std::size_t> counts;
      for (const SweepEntry& entry : capture.sweep) ++counts[entry.status];
      std::string text;
      for (const auto& [status, count] : counts)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, status);
      say("  sweep      {} entries: {}", capture.sweep.size(), text);
    }
    if (!capture.lines.empty()) {
      std::string text;
      for (const LineCount& line : capture.lines)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", line.lines, line.format);
      say("  lines      {}", text);
    }
  }

  void coverage(const Opened& input) {
    if (input.capture.buffers.empty() && !input.capture.model) return;
    const Coverage cover = npuscope::cover(input.capture, input.sets);
    std::string text;
    for (const RangeKind kind :
         {RangeKind::record_body, RangeKind::record_tail, RangeKind::padding, RangeKind::task_table,
          RangeKind::task_table_copy, RangeKind::model_file, RangeKind::data, RangeKind::zeros,
          RangeKind::not_captured}) {
      if (cover.total(kind) > 0) text += fmt::format("{} {}, ", name_of(kind), cover.total(kind));
    }
    // A model file also has bytes around its buffers.
    for (const auto& [key, what] :
         {std::pair("file.envelope.bytes", "envelope"), std::pair("file.tables.bytes", "tables")}) {
      const Fact* fact = input.capture.fact(key);
      if (fact != nullptr) text += fmt::format("{} {}, ", what, fact->value);
    }
    say("  coverage   {}unexplained {} bytes", text, cover.unexplained);
  }

  void diagnostics(const Capture& capture) {
    std::size_t shown = 0;
    for (const Diagnostic& d : capture.diagnostics) {
      if (!everything_ && ++shown > 8) {
        say("  note       {} more notes (--facts shows them)", capture.diagnostics.size() - 8);
        break;
      }
      const std::string place = d.place.text();
      say("  {:<10} {}{}", d.severity == Severity::warning ? "warning" : "note", d.text,
          place.empty() ? "" : " (" + place + ")");
    }
  }

  Sink& sink_;
  bool everything_;
};

}  // namespace

std::map<std::string_view, std::size_t> links_of(const ProgramSet& set) {
  std::map<std::string_view, std::size_t> links;
  for (const TaskEntry& entry : set.tasks) ++links[name_of(entry.link)];
  return links;
}

std::size_t words_of(const ProgramSet& set) {
  std::size_t words = 0;
  for (const Record& record : set.records) words += record.known_words();
  return words;
}

void write_info_text(const Opened& input, const std::vector<Finding>& findings, bool everything,
                     Sink& sink) {
  InfoText writer(sink, everything);
  writer.input(input);
  writer.findings(findings);
}

}  // namespace npuscope::cli
