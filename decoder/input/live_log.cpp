// What a gdb script prints when it stops a program at its submit.

#include <fmt/format.h>

#include "decoder/input/text_formats.h"

namespace npuscope {

namespace {

// Ends in a number or in the end of the line.
std::optional<std::uint64_t> field(Scanner& scan, std::string_view name) {
  if (!scan.literal(name)) return std::nullopt;
  return scan.number();
}

bool read_task_like(TextContext& context, Scanner scan) {
  if (!scan.decimal() || !scan.literal("] ")) return false;
  const auto offset = field(scan, "off=");
  const Arguments values = key_values(scan.rest());
  const auto value = [&](std::string_view key) { return whole_number32(argument(values, key)); };
  const auto flags = value("flags"), op_idx = value("op_idx"), enable = value("enable_mask"),
             mask = value("int_mask"), clear = value("int_clear"), status = value("int_status"),
             amount = value("regcfg_amount"), words = value("regcfg_offset");
  const auto address = whole_number(argument(values, "regcmd_addr"));
  if (!offset || !flags || !op_idx || !enable || !mask || !clear || !status || !amount || !words ||
      !address) {
    context.complain("a task_like line lacks a field and was ignored");
    return true;
  }
  add_task(context, context.builder.current(), *offset,
           Task{*flags, *op_idx, *enable, *mask, *clear, *status, *amount, *words, *address});
  return true;
}

bool read_window(TextContext& context, Scanner scan) {
  end_window(context);
  const Arguments values = key_values(scan.rest());
  const auto offset = whole_number(argument(values, "off"));
  const std::string_view count_text = argument(values, "count");
  const auto count = whole_number(count_text.substr(0, count_text.find(' ')));
  if (!offset || !count) return false;
  const Buffer& buffer = context.builder.current();
  context.event("QWORD_WINDOW", {{"buffer", buffer.name},
                                 {"off", fmt::format("{:#x}", *offset)},
                                 {"count", fmt::format("{}", *count)}});
  if (count_text.ends_with(" unavailable")) {
    const auto size = argument(values, "size");
    context.event("QWORD_WINDOW_UNAVAILABLE", {{"buffer", buffer.name}});
    context.builder.capture().warn(
        fmt::format("{}: the window of {} words at {:#x} was not captured (it ends beyond the "
                    "object's {} bytes): the task table is there, the words are not",
                    buffer.name, *count, *offset, size),
        context.place);
    return true;
  }
  context.window = TextContext::Window{*offset, *count, 0, 0, context.place};
  return true;
}

// A run of commands that `--scan-regcmd` found: its words follow, counted from 0 again.
bool read_regcmd_run(TextContext& context, Scanner scan) {
  end_window(context);
  if (!scan.decimal() || !scan.literal("] ")) return false;
  const Arguments values = key_values(scan.rest());
  const auto offset = whole_number(argument(values, "off"));
  const auto count = whole_number(argument(values, "qwords"));
  if (!offset || !count) return false;
  context.window = TextContext::Window{*offset, *count, 0, 0, context.place};
  return true;
}

}  // namespace

bool read_qword(TextContext& context, std::string_view line) {
  Scanner scan(line);
  if (!scan.literal("  regcmd_qword[")) return false;
  const auto index = scan.decimal();
  if (!index || !scan.literal("] ")) return false;
  const auto offset = field(scan, "off=");
  if (!offset || !scan.literal(" value=0x")) {
    context.complain("a regcmd_qword line is torn and was ignored");
    return true;
  }
  std::uint64_t word = 0;
  const std::string_view digits = scan.rest();
  const bool ends = digits.size() == 16 || (digits.size() > 16 && digits[16] == ' ');
  if (!ends || !fixed_hex(digits.data(), 16, word)) {
    context.complain("a regcmd_qword line is torn and was ignored");
    return true;
  }
  if (!context.window) {
    // Without a header the first line is the header.
    context.window = TextContext::Window{*offset - 8 * *index, 0, 0, *index, context.place};
  }
  TextContext::Window& window = *context.window;
  if (*offset != window.offset + 8 * *index) {
    context.complain("the offset of a regcmd_qword line does not fit its index: ignored");
    return true;
  }
  if (*index != window.next_index) {
    context.complain("regcmd_qword lines are missing: the words between are unknown");
  }
  window.next_index = *index + 1;
  ++window.read;
  context.builder.add_word(context.builder.current(), *offset, word, context.place);
  context.saw_words = true;
  return true;
}

bool read_live_gem(TextContext& context, std::string_view line) {
  Scanner scan(line);
  if (!scan.literal("GEM ")) return false;
  const auto number = scan.decimal();
  if (!number || *number > 0xffffffffU || !scan.literal(": ")) return false;
  end_window(context);
  const auto gem = static_cast<std::uint32_t>(*number);
  if (scan.literal("unavailable")) {
    scan.literal(": ");
    context.event("GEM_UNAVAILABLE",
                  {{"gem", fmt::format("{}", gem)}, {"reason", std::string(scan.rest())}});
    context.talk_about(std::nullopt);
    return true;
  }
  const Arguments values = key_values(scan.rest());
  const auto size = whole_number(argument(values, "size"));
  if (!size) return false;
  const Buffer* known = context.builder.find_gem(gem);
  if (known && context.builder.has_bytes(*known) && !context.builder.capture().submits.empty()) {
    context.new_run();
  }
  Buffer& buffer = context.builder.select_gem(gem);
  buffer.handle = buffer.handle ? buffer.handle : whole_number32(argument(values, "handle"));
  buffer.size = std::max(buffer.size, *size);
  if (buffer.place.file.empty()) buffer.place = context.place;
  context.talk_about(gem);
  return true;
}

bool read_live_detail(TextContext& context, std::string_view line) {
  Scanner scan(line);
  if (!scan.literal("  ")) return false;
  if (scan.literal("task_like[")) return read_task_like(context, scan);
  if (scan.literal("QWORD_WINDOW ")) return read_window(context, scan);
  if (scan.literal("REGCMD_RUN[")) return read_regcmd_run(context, scan);
  if (scan.literal("task_like_entries=") || scan.literal("regcmd_like_runs=")) {
    return scan.decimal().has_value();
  }
  return false;
}

bool read_live_submit(TextContext& context, std::string_view line) {
  Scanner scan(line);
  if (!scan.literal("submit #")) return false;
  const auto number = scan.decimal();
  if (!number || !scan.literal(": ")) return false;
  end_window(context);
  Submit submit;
  submit.place = context.place;
  Arguments values = key_values(scan.rest());
  for (const auto& [key, value] : values) apply_submit_field(submit, key, value);
  context.builder.capture().submits.push_back(submit);
  values.insert(values.begin(), {"number", fmt::format("{}", *number)});
  context.event("SUBMIT", std::move(values));
  return true;
}

void end_window(TextContext& context) {
  if (!context.window) return;
  const TextContext::Window window = *context.window;
  context.window.reset();
  if (window.count == 0 || window.read == window.count) return;
  context.builder.capture().warn(fmt::format("the window at {:#x} announces {} words, {} were read",
                                             window.offset, window.count, window.read),
                                 window.place);
}

}  // namespace npuscope
