// Task entries that a tool has decoded. Many of them are false (75 in one public file): that does
// not matter here, since each is the bytes of its object, and who is a task is decided later.

#include <fmt/format.h>

#include <array>
#include <span>

#include "decoder/input/text_formats.h"

namespace npuscope {

namespace {

constexpr std::array<std::string_view, 9> field_names{
    "flags",      "op_idx",        "enable_mask",   "int_mask",   "int_clear",
    "int_status", "regcfg_amount", "regcfg_offset", "regcmd_addr"};

// "0x0000000d", "2 (0x00000002)" or "108 entries (0x0000006c)": the hexadecimal number counts.
std::optional<std::uint64_t> field_value(std::string_view text) {
  const std::size_t hex = text.rfind("0x");
  if (hex == std::string_view::npos) return std::nullopt;
  Scanner scan(text.substr(hex + 2));
  return scan.hex();
}

void set_field(Task& task, std::size_t field, std::uint64_t value) {
  std::array<std::uint32_t*, 8> fields{&task.flags,         &task.op_idx,       &task.enable_mask,
                                       &task.int_mask,      &task.int_clear,    &task.int_status,
                                       &task.regcfg_amount, &task.regcfg_offset};
  if (field < fields.size()) {
    *fields[field] = static_cast<std::uint32_t>(value);
  } else {
    task.regcmd_addr = value;
  }
}

}  // namespace

void add_task(TextContext& context, Buffer& buffer, std::uint64_t offset, const Task& task) {
  const std::string name = buffer.gem ? fmt::format("gem{}", *buffer.gem) : buffer.name;
  ++context.task_counts[name];
  // Tools also list commands and weights as tasks. What cannot be one is counted, and its bytes are
  // not taken for captured words: forty bytes from the middle of a record say nothing about the
  // record.
  if (!is_vendor_task(task) && !is_foreign_task(task)) {
    ++context.false_task_counts[name];
    return;
  }
  context.builder.add_bytes(buffer, offset, std::as_bytes(std::span(&task, 1)), context.place);
}

bool read_task_list(TextContext& context, std::string_view line) {
  Scanner scan(line);
  if (scan.literal("Decoded rknpu_task entries for GEM ")) {
    const auto number = scan.decimal();
    if (!number || *number > 0xffffffffU) return false;
    context.task_section = static_cast<std::uint32_t>(*number);
    return true;
  }
  if (!scan.literal("Task ") || !scan.decimal() || !scan.literal(" @ offset ")) return false;
  const auto offset = scan.number();
  if (!offset) return false;
  if (context.open_task) {
    context.complain("a listed task entry has less than nine fields and was ignored");
  }
  TextContext::OpenTask task;
  task.gem = context.task_section.value_or(context.builder.current().gem.value_or(1));
  task.offset = *offset;
  task.place = context.place;
  context.open_task = std::move(task);
  return true;
}

bool read_task_field(TextContext& context, std::string_view line) {
  if (!context.open_task || !line.starts_with("  ")) return false;
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  TextContext::OpenTask& open = *context.open_task;
  // Fields come in the order of the struct; anything else is not this entry.
  if (trimmed(line.substr(0, colon)) != field_names[open.fields]) return false;
  const auto value = field_value(line.substr(colon + 1));
  if (!value) return false;
  set_field(open.task, open.fields, *value);
  if (++open.fields < field_names.size()) return true;
  const TextContext::OpenTask whole = *context.open_task;
  context.open_task.reset();
  const auto before = context.builder.find_gem(whole.gem);
  Buffer& buffer = before ? *before : context.builder.select_gem(whole.gem);
  add_task(context, buffer, whole.offset, whole.task);
  return true;
}

bool read_task_address(TextContext& context, std::string_view line) {
  Scanner scan(line);
  if (context.task_address_index && scan.literal("\t")) {
    const auto address = scan.hex();
    if (!address || !scan.at_end()) return false;
    const auto index = *context.task_address_index;
    context.task_address_index.reset();
    // The list ends with an all-zero entry.
    if (*address != 0) {
      context.event("task_address", {{"index", fmt::format("{}", index)},
                                     {"regcmd_addr", fmt::format("{:#x}", *address)}});
    }
    return true;
  }
  if (!scan.literal("[")) return false;
  const auto index = scan.decimal();
  if (!index || !scan.literal("] ")) return false;
  scan.literal("-");
  if (!scan.decimal() || !scan.at_end()) return false;
  context.task_address_index = index;
  return true;
}

void end_task_list(TextContext& context) {
  if (context.open_task) {
    context.complain("a listed task entry has less than nine fields and was ignored");
    context.open_task.reset();
  }
  for (const auto& [name, count] : context.task_counts) {
    context.fact(name + ".listed_tasks", fmt::format("{}", count));
  }
  for (const auto& [name, count] : context.false_task_counts) {
    context.fact(name + ".false_tasks", fmt::format("{}", count));
  }
  context.task_counts.clear();
  context.false_task_counts.clear();
}

}  // namespace npuscope
