// The commands: where they lie, whether the capture holds them whole, their tails, and whether they
// are the model's.
#include <algorithm>
#include <cstring>

#include "decoder/compare/compare.h"
#include "decoder/compare/difference_text.h"
#include "decoder/program/coverage.h"
#include "replay/verify/checks.h"

namespace npuscope {

namespace {

constexpr std::string_view no_model = "no model to compare with: give --model";

std::uint64_t first_command(const ProgramSet& set) {
  std::uint64_t lowest = ~std::uint64_t{0};
  for (const TaskEntry& entry : set.tasks) lowest = std::min(lowest, entry.task.regcmd_addr);
  return lowest;
}

std::uint64_t command_bytes(const ProgramSet& set) {
  std::uint64_t end = 0;
  for (const TaskEntry& entry : set.tasks)
    end = std::max(end, entry.task.regcmd_addr + record_stride(entry.task.regcfg_amount));
  return end - first_command(set);
}

// Where the words of the program were printed.
Place words_place(const Run& run) {
  for (const Event& event : run.capture().events)
    if (event.kind == "QWORD_WINDOW") return event.place;
  if (run.set != nullptr && run.set->stream_buffer != no_index)
    return run.capture().buffers[run.set->stream_buffer].place;
  return {run.capture().source, 0, false};
}

bool has_words(const Run& run) {
  return run.set != nullptr && !run.set->records.empty();
}

// Why the words of the program are not there.
Verdict no_words(const Run& run) {
  if (run.set == nullptr) return absent(no_table);
  for (const Diagnostic& d : run.set->diagnostics)
    if (d.severity == Severity::warning) return skip(d.text);
  return skip("the words of the program were not captured");
}

// "task 3 (GEM 2 + 0x4f00)": where word `index` of its record lies.
std::string record_name(const Run& run, std::size_t task, std::size_t index = 0) {
  const Record* record = run.set->record_of(task);
  if (record == nullptr) return fmt::format("task {}", task);
  return fmt::format("task {} ({} + {:#x})", task, run.capture().buffers[record->at.buffer].name,
                     record->at.offset + 8 * index);
}

void check_tail(const Run& run, std::size_t task, const Place& at, Verdict& verdict) {
  const ProgramSet& set = *run.set;
  const TaskEntry& entry = set.tasks[task];
  const Record* record = set.record_of(task);
  if (record == nullptr) return;
  const std::string name = record_name(run, task);
  if (!record->complete())
    verdict.fail(name + ": words that were captured", fmt::format("{}", record->total_words()),
                 fmt::format("{}", record->known_words()), at, "a line is missing or damaged");
  if (record->tail != TailForm::standard)
    return verdict.fail(name + ": tail", std::string(name_of(TailForm::standard)),
                        std::string(name_of(record->tail)), at);
  if (entry.link == LinkKind::broken)
    verdict.fail(name + ": link", "a record of the table", "none starts there", at);
  // Bits 3:0 of the address select other modes of the fetch unit. Source: TRM, PC base.
  if (const auto link = record->word(record->body_words))
    verdict.expect_hex(name + ": lowest bits of its link", 0, link->value() & 0xfU, at);
  const auto amounts = record->word(std::size_t{record->body_words} + 1),
             enable = record->word(std::size_t{record->body_words} + 3);
  if (enable)
    verdict.expect_hex(name + ": OPERATION_ENABLE, the task's enable_mask", entry.task.enable_mask,
                       enable->value(), at);
  if (!amounts) return;
  const bool leads = entry.link_task != no_index && entry.link_task < set.tasks.size();
  const std::uint32_t wanted =
      leads ? link_amount(set.tasks[entry.link_task].task.regcfg_amount) : 0;
  if (leads || entry.link == LinkKind::end)
    verdict.expect_hex(name + ": length in its link", wanted, amounts->value() & 0xffffU, at,
                       "the fetch unit reads this many pairs of words, less one");
}

}  // namespace

Verdict check_active_offset(const Run& run) {
  if (run.set == nullptr || run.set->tasks.empty()) return absent(no_table);
  if (run.model == nullptr) return skip(std::string(no_model));
  const Allocation* weight = run.allocation("weight");
  if (weight == nullptr || !weight->address || run.set->relative)
    return skip("the address of the weight buffer is not in the input");
  Verdict verdict;
  verdict.place = weight->address_place;
  const std::uint64_t offset = first_command(*run.set) - *weight->address;
  verdict.expect_hex("first command in the weight buffer", run.model->commands_offset, offset,
                     weight->address_place,
                     "weights, rounded up to 64 bytes, and 0x800 of barrier");
  verdict.expect("bytes of all commands", run.model->commands_bytes, command_bytes(*run.set),
                 weight->address_place);
  verdict.passed = fmt::format("commands at {:#x} of the weight buffer, {} bytes",
                               run.model->commands_offset, run.model->commands_bytes);
  return verdict;
}

Verdict check_window(const Run& run) {
  if (run.set == nullptr) return absent(no_table);
  Verdict verdict;
  std::size_t windows = 0;
  for (const Event& event : run.capture().events) {
    if (event.kind == "QWORD_WINDOW_UNAVAILABLE")
      return skip("the window reaches beyond its buffer and was not captured");
    const auto offset = event.number("off"), count = event.number("count");
    if (event.kind != "QWORD_WINDOW" || !offset || !count) continue;
    if (windows++ == 0) verdict.place = event.place;
    if (run.set->stream_buffer == no_index) continue;
    const std::uint64_t begin = first_command(*run.set) - run.set->base;
    const std::uint64_t bytes = command_bytes(*run.set);
    // A window that shows something else says nothing about the commands.
    if (*offset >= begin + bytes || *offset + 8 * *count <= begin)
      return skip(fmt::format("the window at {:#x} shows other bytes: the commands are at {:#x}",
                              *offset, begin));
    verdict.expect_hex("begin of the window, the first task's address", begin, *offset,
                       event.place);
    if (*count * 8 < bytes)
      verdict.fail("bytes of the window", fmt::format("{}", bytes), fmt::format("{}", 8 * *count),
                   event.place, "the last records are not in it");
  }
  for (const Diagnostic& d : run.capture().diagnostics)
    if (d.text.starts_with("the window at ") ||
        d.text.find("regcmd_qword line") != std::string::npos)
      verdict.fail("words of the window", "each on its line", d.text, d.place, "capture again");
  return concluded(std::move(verdict), windows, "begins at the first task, and is whole",
                   has_words(run) ? skip("no window: the words come from a dump") : no_words(run));
}

Verdict check_tails(const Run& run) {
  if (!has_words(run)) return no_words(run);
  Verdict verdict;
  verdict.place = words_place(run);
  for (std::size_t task = 0; task < run.set->tasks.size(); ++task)
    check_tail(run, task, verdict.place, verdict);
  const std::uint64_t unexplained = cover(run.capture(), run.input->sets).unexplained;
  if (unexplained != 0)
    verdict.fail("bytes between the records", "zero padding",
                 fmt::format("{} bytes that are none", unexplained), verdict.place);
  verdict.passed = fmt::format("{} records: links, lengths and OPERATION_ENABLE fit the tasks",
                               run.set->records.size());
  return verdict;
}

Verdict check_program_of_model(const Run& run) {
  if (!has_words(run)) return no_words(run);
  if (run.model == nullptr) return skip(std::string(no_model));
  const Opened& model = *run.model->program;
  if (model.sets.empty()) return skip(std::string(no_model));
  const Comparison result = compare(model, *run.input, *run.db);
  const DifferenceText text(model, *run.input, *run.db, result);
  Verdict verdict;
  verdict.place = words_place(run);
  std::size_t performance = 0;
  for (const RegisterDifference& difference : result.registers) {
    if (difference.kind == DifferenceClass::performance) {
      ++performance;
      continue;
    }
    const RecordPair& pair = result.pairs[difference.pair];
    const std::string name =
        record_name(run, pair.task_b, difference.word_b == no_word ? 0 : difference.word_b);
    for (const FieldDifference& field : text.fields(difference))
      verdict.fail(fmt::format("{}: {}", name, field.name), field.a, field.b, verdict.place,
                   field.note);
  }
  for (const StructuralDifference& difference : result.structure) {
    // Submits and the entries of the table are compared by checks of their own.
    if (difference.text.starts_with("submit ")) continue;
    if (difference.text.starts_with("task ") && difference.pair != no_word &&
        result.pairs[difference.pair].task_a != no_index &&
        result.pairs[difference.pair].task_b != no_index)
      continue;
    verdict.fail(fmt::format("structure ({})", name_of(difference.kind)), "as in the model",
                 difference.text, verdict.place, "model / run");
  }
  verdict.passed =
      fmt::format("{} words in {} records are the model's", result.words, result.records);
  if (performance > 0)
    verdict.passed += fmt::format(", but for {} registers that only change the speed", performance);
  if (result.not_compared > 0)
    verdict.passed += fmt::format("; {} words were not captured", result.not_compared);
  return verdict;
}

Verdict check_table_copy(const Run& run) {
  if (run.set == nullptr) return absent(no_table);
  if (run.model == nullptr) return skip(std::string(no_model));
  const Buffer* weight = nullptr;
  for (const Buffer& buffer : run.capture().buffers)
    if (buffer.role == BufferRole::commands || buffer.role == BufferRole::constants)
      weight = &buffer;
  const std::size_t count = run.set->tasks.size();
  const auto bytes = weight == nullptr
                         ? std::span<const std::byte>{}
                         : weight->bytes_at(run.model->table_copy_offset, task_bytes * count);
  if (weight == nullptr || bytes.empty())
    return skip("the copy of the table behind the commands was not captured");
  Verdict verdict;
  verdict.place = weight->place;
  const std::uint64_t base = first_command(*run.set);
  for (std::size_t i = 0; i < count; ++i) {
    Task wanted = run.set->tasks[i].task, copy = load_task(bytes.subspan(i * task_bytes));
    wanted.regcmd_addr -= base;
    wanted.int_status = copy.int_status = 0;
    if (copy != wanted)
      verdict.fail(fmt::format("entry {} of the copy ({} + {:#x})", i, weight->name,
                               run.model->table_copy_offset + task_bytes * i),
                   fmt::format("task {}, its record at {:#x}", i, wanted.regcmd_addr),
                   fmt::format("amount {}, record at {:#x}", copy.regcfg_amount, copy.regcmd_addr),
                   weight->place);
  }
  verdict.passed =
      fmt::format("{} entries at {:#x} of the weight buffer, addresses from the first command",
                  count, run.model->table_copy_offset);
  return verdict;
}

}  // namespace npuscope
