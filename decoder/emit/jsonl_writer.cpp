#include <fmt/format.h>

#include "decoder/emit/effective.h"
#include "decoder/emit/json_format.h"
#include "decoder/emit/writers.h"
#include "decoder/model.h"

namespace npuscope {

namespace {

class JsonlWriter {
 public:
  JsonlWriter(const RegisterDb& db, Sink& sink) : db_(db), format_(db), sink_(sink) {}

  void begin_capture(const Capture& capture) {
    line(R"({{"type":"capture","source":{},"kind":{}}})", json_string(capture.source),
         json_string(capture.kind));
  }

  void begin_set(const SetView& view) {
    const ProgramSet& set = view.set;
    const auto [first, last] = set.window();
    line(
        R"({{"type":"set","set":{},"tasks":{},"records":{},"base":"{:#018x}","base_source":{},"partition":{},)"
        R"("inferred":{},"window":"{:#018x}","window_bytes":{},"commands_in":{}}})",
        view.number, set.tasks.size(), set.records.size(), set.base, json_string(set.base_source),
        json_string(set.partition_source), set.inferred, view.address(first), last - first,
        set.stream_buffer == no_index ? "null"
                                      : json_string(view.capture.buffers[set.stream_buffer].name));
    for (const Diagnostic& d : set.diagnostics) {
      line(R"({{"type":"diagnostic","severity":"{}","text":{}}})",
           d.severity == Severity::warning ? "warning" : "note", json_string(d.text));
    }
  }

  void begin_program(const SetView&, const Program& program) {
    line(R"({{"type":"program","cores":{},"lanes":{},"submitted":{}}})", program.cores,
         program.lanes.size(), program.submitted);
  }

  void begin_lane(const SetView&, const Program& program, const Lane& lane) {
    line(R"({{"type":"lane","cores":{},"core":{},"first_task":{},"tasks":{}}})", program.cores,
         lane.core, lane.first, lane.count);
  }

  void task(const SetView& view, const TaskView& task) {
    const Task& t = task.entry.task;
    std::string text = fmt::format(
        R"({{"type":"task","task":{},"op_idx":{},"enable_mask":"{:#x}","blocks":"{}","int_mask":"{:#x}","regcfg_amount":{},)"
        R"("regcmd_addr":"{:#018x}","link":"{}")",
        task.index, t.op_idx, t.enable_mask, blocks_of(t.enable_mask), t.int_mask, t.regcfg_amount,
        t.regcmd_addr, name_of(task.entry.link));
    const Model* model = view.capture.model.get();
    if (model != nullptr && t.op_idx < model->nodes.size())
      text += fmt::format(R"(,"operator":{})", json_string(model->nodes[t.op_idx].op));
    if (task.entry.link_task != no_index)
      text += fmt::format(R"(,"link_task":{})", task.entry.link_task);
    if (task.record == nullptr) {
      text += R"(,"captured":false)";
    } else {
      text += fmt::format(R"(,"record":{},"tail":"{}","complete":{})", task.entry.record,
                          name_of(task.record->tail), task.record->complete());
      if (task.same_as != no_index)
        text += fmt::format(R"(,"same_record_as_task":{})", task.same_as);
    }
    line("{}}}", text);
    if (task.record != nullptr && task.same_as == no_index) write_words(view, task);
    if (task.state != nullptr) write_state(task);
  }

  void end_set(const SetView& view) {
    for_each_stray_word(view.capture, view.set, [&](std::uint64_t at, Word word) {
      put_word(R"({"type":"stray","index":)", 0, view.address(at), word);
    });
  }

 private:
  template <typename... Args>
  void line(fmt::format_string<Args...> text, Args&&... args) {
    sink_.put(fmt::format(text, std::forward<Args>(args)...));
    sink_.put("\n");
  }

  void put_word(std::string_view prefix, std::size_t index, std::uint64_t address, Word word) {
    sink_.used(format_.write_line(sink_.room(format_.max_line()), prefix, index, address, word));
  }

  void write_words(const SetView& view, const TaskView& task) {
    const Record& record = *task.record;
    const std::string write = fmt::format(R"({{"type":"write","task":{},"index":)", task.index);
    const std::string tail = fmt::format(R"({{"type":"tail","task":{},"index":)", task.index);
    std::size_t expected = 0;
    const auto absent = [&](std::size_t until) {
      if (until > expected) {
        line(R"({{"type":"absent","task":{},"index":{},"words":{}}})", task.index, expected,
             until - expected);
      }
    };
    record.for_each_word([&](std::size_t index, Word word) {
      absent(index);
      expected = index + 1;
      put_word(index < record.body_words ? write : tail, index,
               view.address(record.at.offset + 8 * index), word);
      const std::string target = relocation_text(view, record, index);
      if (!target.empty()) {
        line(R"({{"type":"relocation","task":{},"index":{},"target":{}}})", task.index, index,
             json_string(target));
      }
    });
    absent(record.total_words());
  }

  void write_state(const TaskView& task) {
    for (const EffectiveRegister& r : effective_registers(db_, task)) {
      std::string text = fmt::format(R"({{"type":"state","task":{},"register":{},"is":"{}")",
                                     task.index, json_string(r.name), r.origin(task));
      if (r.cell != nullptr) {
        text += fmt::format(R"(,"value":{},"from_task":{},"from_index":{})", r.cell->value,
                            r.cell->task, r.cell->word);
      }
      line("{}}}", text);
    }
  }

  const RegisterDb& db_;
  JsonFormat format_;
  Sink& sink_;
};

}  // namespace

void write_jsonl(const std::vector<Opened>& inputs, const RegisterDb& db,
                 const Selection& selection, Sink& sink) {
  JsonlWriter writer(db, sink);
  sink.put("{\"schema\":\"npuscope.decode/1\"}\n");
  for (const Opened& input : inputs) {
    writer.begin_capture(input.capture);
    walk(input.capture, input.sets, selection, writer);
  }
}

}  // namespace npuscope
