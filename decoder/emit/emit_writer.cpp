#include <fmt/format.h>

#include "decoder/emit/effective.h"
#include "decoder/emit/emit_format.h"
#include "decoder/emit/writers.h"

namespace npuscope {

namespace {

// Lines that begin with '#' are for people, lines that begin with '.' are directives for `asm`, the
// others are words.
class EmitWriter {
 public:
  EmitWriter(const RegisterDb& db, Sink& sink) : format_(db), sink_(sink) {}

  void begin_set(const SetView& view) {
    const auto [first, last] = view.set.window();
    say("\n# {}: {}", comment_text(view.capture.source), comment_text(view.capture.kind));
    say("# {} tasks, {} records, {}", view.set.tasks.size(), view.set.records.size(),
        comment_text(view.set.base_source));
    say("# lanes: {}", view.set.partition_source.empty() ? "none" : view.set.partition_source);
    for (const std::string& line : model_lines(view.capture)) say("# {}", comment_text(line));
    for (const Diagnostic& d : view.set.diagnostics)
      say("# {}: {}", d.severity == Severity::warning ? "warning" : "note", comment_text(d.text));
    if (last > first) {
      say("# commands in {} at {:#x}",
          comment_text(view.capture.buffers[view.set.stream_buffer].name), first);
      say(".window {:#x} {:#x}", view.address(first), last - first);
    }
  }

  void begin_program(const SetView&, const Program& program) {
    say("\n# ==== program for {} core{}{}", program.cores, program.cores == 1 ? "" : "s",
        program.submitted ? " (the one a submit runs)" : "");
  }

  void begin_lane(const SetView&, const Program&, const Lane& lane) {
    if (lane.count == 0) {
      say("# -- core {}: no tasks", lane.core);
    } else {
      say("# -- core {}: tasks {}..{}", lane.core, lane.first, lane.first + lane.count - 1);
    }
  }

  void task(const SetView& view, const TaskView& task) {
    const Task& t = task.entry.task;
    say("\n# task {}: {}, op_idx {}, {} words at {:#010x}, link {}", task.index,
        blocks_of(t.enable_mask), node_text(view, t.op_idx), t.regcfg_amount, t.regcmd_addr,
        link_text(task.entry, task.record));
    if (task.record == nullptr) return;
    if (task.same_as != no_index) {
      say("# the same record as task {}", task.same_as);
    } else {
      write_words(view, *task.record);
    }
    if (task.state != nullptr) write_state(task);
  }

  void end_set(const SetView& view) {
    bool first = true;
    for_each_stray_word(view.capture, view.set, [&](std::uint64_t at, Word word) {
      if (first) say("\n# words between the records that belong to none");
      first = false;
      write_word(view.address(at), word);
    });
  }

 private:
  template <typename... Args>
  void say(fmt::format_string<Args...> text, Args&&... args) {
    sink_.put(fmt::format(text, std::forward<Args>(args)...));
    sink_.put("\n");
  }

  void write_word(std::uint64_t address, Word word) {
    sink_.used(format_.write_line(sink_.room(format_.max_line()), address, word));
  }

  void write_words(const SetView& view, const Record& record) {
    std::size_t expected = 0;
    record.for_each_word([&](std::size_t index, Word word) {
      if (index > expected)
        say(".absent {:#x} {}", view.address(record.at.offset + 8 * expected), index - expected);
      expected = index + 1;
      write_word(view.address(record.at.offset + 8 * index), word);
      const std::string target = relocation_text(view, record, index);
      if (!target.empty()) say("#   gets the address {}", target);
    });
    if (expected < record.total_words()) {
      say(".absent {:#x} {}", view.address(record.at.offset + 8 * expected),
          record.total_words() - expected);
    }
  }

  // What each enabled block runs with, and where it comes from. Registers that nothing wrote are
  // unknown, not zero.
  void write_state(const TaskView& task) {
    std::string_view block;
    for (const EffectiveRegister& r : effective_registers(format_.db(), task)) {
      if (block != name_of(r.block)) {
        block = name_of(r.block);
        say("#   {} runs with (bank {})", block, task.state->bank(r.block));
      }
      if (r.cell == nullptr) {
        say("#     {:<40} unknown: not written in this lane", r.name);
      } else if (r.cell->task == task.index) {
        say("#     {:<40} {:#010x}  written, word {}", r.name, r.cell->value, r.cell->word);
      } else {
        say("#     {:<40} {:#010x}  inherited from task {}, word {}", r.name, r.cell->value,
            r.cell->task, r.cell->word);
      }
    }
  }

  EmitFormat format_;
  Sink& sink_;
};

}  // namespace

void write_emit(const std::vector<Opened>& inputs, const RegisterDb& db, const Selection& selection,
                Sink& sink) {
  EmitWriter writer(db, sink);
  sink.put("# npuscope decode 1\n");
  for (const Opened& input : inputs) walk(input.capture, input.sets, selection, writer);
}

}  // namespace npuscope
