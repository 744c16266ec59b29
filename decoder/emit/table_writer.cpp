#include <fmt/format.h>

#include "decoder/emit/effective.h"
#include "decoder/emit/writers.h"

namespace npuscope {

namespace {

// For reading at a terminal: quantities in their units, names of values, nothing about how words
// are encoded.
class TableWriter {
 public:
  TableWriter(const RegisterDb& db, Sink& sink) : db_(db), sink_(sink) {}

  void begin_set(const SetView& view) {
    say("{}: {}", view.capture.source, view.capture.kind);
    say("{} tasks, {} records", view.set.tasks.size(), view.set.records.size());
    for (const Diagnostic& d : view.set.diagnostics)
      say("  {}: {}", d.severity == Severity::warning ? "warning" : "note", d.text);
  }
  void begin_program(const SetView&, const Program& program) {
    say("\nprogram for {} core{}{}", program.cores, program.cores == 1 ? "" : "s",
        program.submitted ? ", submitted" : "");
  }
  void begin_lane(const SetView&, const Program&, const Lane& lane) {
    say("  core {}: {} tasks", lane.core, lane.count);
  }

  void task(const SetView& view, const TaskView& task) {
    const Task& t = task.entry.task;
    say("\n    task {:<4} {:<20} op {}, {} words, link {}", task.index, blocks_of(t.enable_mask),
        node_text(view, t.op_idx), t.regcfg_amount, link_text(task.entry, task.record));
    if (task.record == nullptr) return;
    if (task.state != nullptr) {
      state(task);
    } else if (task.same_as != no_index) {
      say("      the same record as task {}", task.same_as);
    } else {
      record(view, *task.record);
    }
  }
  void end_set(const SetView& view) {
    for_each_stray_word(view.capture, view.set, [&](std::uint64_t at, Word word) {
      say("    {:#010x}  {:016x}  in no record", view.address(at), word.raw);
    });
  }

 private:
  template <typename... Args>
  void say(fmt::format_string<Args...> text, Args&&... args) {
    std::string line = fmt::format(text, std::forward<Args>(args)...);
    line.resize(line.find_last_not_of(' ') + 1);  // a register without a meaning leaves blanks
    sink_.put(line += '\n');
  }

  void record(const SetView& view, const Record& record) {
    record.for_each_word([&](std::size_t index, Word word) {
      const std::string name = name_of_write(word);
      const std::string target = relocation_text(view, record, index);
      say("      {:#010x}  {:<36} {:#010x}  {}", view.address(record.at.offset + 8 * index), name,
          word.value(), target.empty() ? meaning(word) : "address of " + target);
    });
    if (!record.complete())
      say("      {} words of this record were not captured",
          record.total_words() - record.known_words());
  }

  void state(const TaskView& task) {
    for (const EffectiveRegister& r : effective_registers(db_, task)) {
      if (r.cell == nullptr) {
        say("      {:<36} unknown", r.name);
        continue;
      }
      const std::string from = r.cell->task == task.index
                                   ? std::string("written")
                                   : fmt::format("from task {}", r.cell->task);
      say("      {:<36} {:#010x}  {:<14} {}", r.name, r.cell->value, from,
          r.reg == nullptr ? std::string() : fields(*r.reg, r.cell->value));
    }
  }

  std::string name_of_write(Word word) const {
    if (word.raw == 0) return "(zero)";
    if (is_marker(word)) return "(marker)";
    if (is_operation_enable(word)) return "OPERATION_ENABLE";
    const Register* reg = db_.at(word.offset());
    const auto block = block_of_target(word.target());
    if (reg != nullptr && reg->block && reg->block == block) return reg->full_name;
    return block ? fmt::format("{} unknown {:04x}", name_of(*block), word.offset())
                 : fmt::format("unknown target {:04x} offset {:04x}", word.target(), word.offset());
  }

  std::string meaning(Word word) const {
    if (is_operation_enable(word)) return "starts " + blocks_of(word.value());
    const Register* reg = db_.at(word.offset());
    if (reg == nullptr || !reg->block || reg->block != block_of_target(word.target())) return {};
    return fields(*reg, word.value());
  }

  static std::string fields(const Register& reg, std::uint32_t value) {
    std::string text;
    for (const Field& field : reg.fields) {
      const std::uint32_t raw = field.extract(value);
      const bool meaningful = raw != 0 || field.bias != 0 ||
                              (field.values != nullptr && field.values->find(0) != nullptr);
      if (!meaningful || (field.must_be_zero && raw == 0)) continue;
      if (!text.empty()) text += ", ";
      text += fmt::format("{} {}", field.name, field.quantity(value));
      if (!field.unit.empty()) text += " " + field.unit;
      const EnumValue* named = field.values == nullptr ? nullptr : field.values->find(raw);
      if (named != nullptr) text += " (" + named->name + ")";
    }
    const std::uint32_t unknown = value & reg.unowned_bits();
    if (unknown != 0)
      text += fmt::format("{}unknown bits {:#x}", text.empty() ? "" : ", ", unknown);
    return text;
  }

  const RegisterDb& db_;
  Sink& sink_;
};

}  // namespace

void write_table(const std::vector<Opened>& inputs, const RegisterDb& db,
                 const Selection& selection, Sink& sink) {
  TableWriter writer(db, sink);
  for (const Opened& input : inputs) walk(input.capture, input.sets, selection, writer);
}

}  // namespace npuscope
