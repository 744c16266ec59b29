// The task table: how many entries, each a task, in the object that the submit names, and the same
// as the model's.
#include <algorithm>

#include "replay/verify/checks.h"

namespace npuscope {

namespace {

// The buffer that holds the table, also if none of its entries passes as a task.
const Buffer* table_buffer(const Run& run) {
  const Capture& capture = run.capture();
  if (run.set != nullptr && run.set->table_buffer != no_index)
    return &capture.buffers[run.set->table_buffer];
  for (const Buffer& buffer : capture.buffers)
    if (buffer.role == BufferRole::task_table && !buffer.pieces.empty()) return &buffer;
  return nullptr;
}

std::uint64_t table_offset(const Run& run) {
  return run.set == nullptr || run.set->table_buffer == no_index ? 0 : run.set->table_offset;
}

// Entries that the sizes of the log leave room for; none: not stated.
std::optional<std::uint64_t> stated_entries(const Run& run) {
  const Fact* fact = run.capture().fact("taskbuffer.size");
  const Allocation* task = run.allocation("task");
  std::uint64_t bytes = task == nullptr ? 0 : task->bytes;
  if (fact != nullptr) bytes = std::strtoull(fact->value.c_str(), nullptr, 10);
  if (bytes == 0) return std::nullopt;
  return bytes / task_bytes;
}

std::string entry_name(const Buffer& buffer, std::uint64_t offset, std::size_t index) {
  return fmt::format("task {} ({} + {:#x})", index, buffer.name, offset + task_bytes * index);
}

}  // namespace

Verdict check_task_count(const Run& run) {
  const Buffer* buffer = table_buffer(run);
  const Allocation* task = run.allocation("task");
  Verdict verdict;
  if (task != nullptr && task->bytes != 0) {
    verdict.place = task->place;
    verdict.expect("bytes of the task buffer beyond whole entries of 40 bytes", std::uint64_t{0},
                   task->bytes % task_bytes, task->place);
  }
  const auto stated = stated_entries(run);
  if (buffer == nullptr || run.set == nullptr || !stated) {
    if (!verdict.failures.empty()) return verdict;
    return buffer == nullptr ? absent(no_table) : skip("the size of the table is not stated");
  }
  verdict.expect("entries of the table, from its size", *stated,
                 std::uint64_t{run.set->tasks.size()}, buffer->place,
                 "an entry that is no task ends the table");
  verdict.passed = fmt::format("{} entries of {} bytes", *stated, task_bytes);
  return verdict;
}

Verdict check_task_entries(const Run& run) {
  const Buffer* buffer = table_buffer(run);
  if (buffer == nullptr) return absent(no_table);
  const std::uint64_t offset = table_offset(run);
  const std::span<const std::byte> bytes = buffer->bytes_from(offset);
  const std::size_t count = std::min<std::size_t>(
      bytes.size() / task_bytes,
      stated_entries(run).value_or(run.set == nullptr ? 0 : run.set->tasks.size()));
  Verdict verdict;
  verdict.place = buffer->place;
  for (std::size_t i = 0; i < count; ++i) {
    const Task task = load_task(bytes.subspan(i * task_bytes));
    const std::string name = entry_name(*buffer, offset, i);
    const auto field = [&](std::string_view what, bool good, std::string expected,
                           std::uint64_t found) {
      if (!good)
        verdict.fail(fmt::format("{}: {}", name, what), std::move(expected),
                     fmt::format("{:#x}", found), buffer->place, "the driver would run it so");
    };
    field("flags", task.flags == 0, "0x0", task.flags);
    field("int_mask", task.int_mask == 0x300 || task.int_mask == 0xc00, "0x300 or 0xc00",
          task.int_mask);
    field("int_clear", task.int_clear == 0x1ffff, "0x1ffff", task.int_clear);
    field("regcfg_amount", task.regcfg_amount > 0 && task.regcfg_amount < 0x1000, "0x1 to 0xfff",
          task.regcfg_amount);
    field("regcfg_offset", task.regcfg_offset == 0, "0x0", task.regcfg_offset);
    field("regcmd_addr", task.regcmd_addr % record_alignment == 0, "a multiple of 64",
          task.regcmd_addr);
  }
  return concluded(std::move(verdict), count, fmt::format("{} entries pass the strict test", count),
                   skip("no entry was captured"));
}

Verdict check_task_object(const Run& run) {
  if (run.submit() == nullptr) return absent("the input shows no SUBMIT");
  const auto object = run.submit()->task_obj_addr;
  const Allocation* task = run.allocation("task");
  if (!object) return skip("the SUBMIT is logged without its task object");
  Verdict verdict;
  verdict.place = run.submit()->place;
  std::size_t compared = 0;
  if (task != nullptr && task->object) {
    ++compared;
    verdict.expect_hex("task object of the SUBMIT: the object of the task buffer", *task->object,
                       *object, run.submit()->place, "the driver follows this pointer unchecked");
  }
  if (const Buffer* buffer = table_buffer(run);
      buffer != nullptr && buffer->object_address && compared == 0) {
    ++compared;
    verdict.expect_hex("task object of the SUBMIT: the object that holds the table",
                       *buffer->object_address, *object, run.submit()->place);
  }
  for (const Event& event : run.capture().events) {
    if (event.kind != "SUBMIT_MATCH" || task == nullptr) continue;
    const auto same = [&](std::string_view key, const std::optional<std::uint64_t>& stated) {
      const auto found = event.number(key);
      if (found && stated)
        verdict.expect_hex(fmt::format("{} of the object that the SUBMIT matches", key), *stated,
                           *found, event.place);
    };
    same("handle", task->handle);
    if (task->bytes != 0) same("size", whole_pages(task->bytes));
    same("dma", task->address);
    same("flags", task->flags);
  }
  return concluded(std::move(verdict), compared,
                   fmt::format("the SUBMIT names the task buffer, {:#x}", *object),
                   skip("no object address of the task buffer is known"));
}

Verdict check_tasks_of_model(const Run& run) {
  if (run.set == nullptr || run.set->tasks.empty()) return absent(no_table);
  if (run.model == nullptr) return skip("no model to compare with: give --model");
  const Buffer* buffer = table_buffer(run);
  const Place at = buffer == nullptr ? Place{run.capture().source, 0, false} : buffer->place;
  const auto& expected = run.model->tasks;
  const auto& found = run.set->tasks;
  Verdict verdict;
  verdict.place = at;
  verdict.expect("tasks of the program", expected.size(), found.size(), at,
                 "another model than the one that ran?");
  const std::uint64_t base = found.front().task.regcmd_addr,
                      model_base = expected.empty() ? 0 : expected.front().regcmd_addr;
  for (std::size_t i = 0; i < std::min(expected.size(), found.size()); ++i) {
    const Task &wanted = expected[i], &task = found[i].task;
    const std::string name =
        buffer == nullptr ? fmt::format("task {}", i) : entry_name(*buffer, table_offset(run), i);
    verdict.expect(name + ": op_idx, the node", wanted.op_idx, task.op_idx, at);
    verdict.expect_hex(name + ": enable_mask", wanted.enable_mask, task.enable_mask, at);
    verdict.expect_hex(name + ": int_mask", wanted.int_mask, task.int_mask, at);
    verdict.expect(name + ": regcfg_amount", wanted.regcfg_amount, task.regcfg_amount, at);
    verdict.expect_hex(name + ": regcmd_addr behind that of task 0",
                       wanted.regcmd_addr - model_base, task.regcmd_addr - base, at);
  }
  verdict.passed =
      fmt::format("{} tasks with the lengths, masks and places of the model", found.size());
  return verdict;
}

}  // namespace npuscope
