// Traces of the driver's ioctls. gdb prints a record into the middle of a line that the traced
// program has begun (5 of 17 public logs), so records are searched anywhere in a line.

#include <fmt/format.h>
#include <re2/re2.h>

#include "decoder/input/text_formats.h"

namespace npuscope {

namespace {

const RE2& record_pattern() {
  static const RE2 pattern(
      R"((IOCTL_RET #\d+ |ACTION flags=|MEM_CREATE_RET #|MEM_CREATE (?:#|size=)|MEM_MAP_RET #|MEM_MAP (?:#|handle=)|MMAP_RET #|MMAP #|MUNMAP (?:#|addr=)|MEM_DESTROY (?:#|handle=)|CLOSE (?:#|fd=)|MEM_SYNC (?:#\d+ )?flags=|=== DRM_IOCTL_RKNPU_SUBMIT #))",
      [] {
        RE2::Options options;
        options.set_encoding(RE2::Options::EncodingLatin1);
        return options;
      }());
  return pattern;
}

void read_memory_created(TextContext& context, const Arguments& values) {
  const auto handle = whole_number32(argument(values, "handle"));
  const auto object = whole_number(argument(values, "obj"));
  if (!handle || *handle == 0 || !object) return;
  Buffer& buffer = context.builder.select_object(*object, *handle);
  buffer.device_address = whole_number(argument(values, "dma"));
  buffer.address_source = "ioctl log: MEM_CREATE_RET";
  if (buffer.place.file.empty()) buffer.place = context.place;
  const auto created = context.created.find(std::string(argument(values, "number")));
  if (created == context.created.end()) return;
  buffer.exact_size = whole_number(created->second.size).value_or(0);
  buffer.flags = whole_number32(created->second.flags);
  // Objects are whole pages.
  if (buffer.exact_size < max_buffer_bytes) {
    buffer.size = std::max(buffer.size, (buffer.exact_size + 0xfff) & ~std::uint64_t{0xfff});
  }
}

void read_record(TextContext& context, std::string_view kind, std::string_view rest) {
  Arguments values = key_values(rest);
  if (kind == "MEM_CREATE") {
    context.created[std::string(argument(values, "number"))] = {
        std::string(argument(values, "size")), std::string(argument(values, "flags"))};
  } else if (kind == "MEM_CREATE_RET") {
    read_memory_created(context, values);
  }
  context.event(std::string(kind), std::move(values));
}

void open_submit(TextContext& context, std::string_view rest) {
  rest = trimmed(rest.substr(0, rest.rfind("===")));
  context.event("SUBMIT", key_values(rest));
  Submit submit;
  submit.place = context.place;
  context.builder.capture().submits.push_back(submit);
  context.open_submit = context.builder.capture().submits.size() - 1;
  context.open_submit_event = context.builder.capture().events.size() - 1;
}

// "subcore_task[0]={task_start=0, task_number=2}"
bool read_subcore(Submit& submit, std::string_view line) {
  Scanner scan(line);
  if (!scan.literal("subcore_task[")) return false;
  const auto core = scan.decimal();
  if (!core || *core >= submit.subcore.size() || !scan.literal("]={task_start=")) return false;
  const auto start = whole_number32(trimmed(scan.until(",")));
  scan.blanks();
  if (!start || !scan.literal("task_number=")) return false;
  const auto count = whole_number32(scan.until("}"));
  if (!count) return false;
  submit.subcore[static_cast<std::size_t>(*core)] = {*start, *count};
  return true;
}

}  // namespace

void apply_submit_field(Submit& submit, std::string_view key, std::string_view value) {
  const bool negative = value.starts_with('-');
  const auto number = whole_number(negative ? value.substr(1) : value);
  if (!number) return;
  const auto number32 = whole_number32(negative ? std::string_view("?") : value);
  const auto number_signed = negative ? -static_cast<std::int64_t>(*number & 0x7fffffffffffffffU)
                                      : static_cast<std::int64_t>(*number & 0x7fffffffffffffffU);
  if (key == "flags") submit.flags = number32;
  if (key == "timeout") submit.timeout = number32;
  if (key == "task_start") submit.task_start = number32;
  if (key == "task_number") submit.task_number = number32;
  if (key == "task_counter") submit.task_counter = number32;
  if (key == "core_mask") submit.core_mask = number32;
  if (key == "priority") submit.priority = number_signed;
  if (key == "fence_fd") submit.fence_fd = number_signed;
  if (key == "task_obj_addr") submit.task_obj_addr = *number;
  if (key == "regcfg_obj_addr") submit.regcfg_obj_addr = *number;
  if (key == "task_base_addr") submit.task_base_addr = *number;
  if (key == "user_data") submit.user_data = *number;
}

bool read_ioctl(TextContext& context, std::string_view line) {
  re2::StringPiece found;
  if (line.find_first_of("=#") == std::string_view::npos) return false;
  if (!RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), record_pattern(), &found)) {
    return false;
  }
  const auto at = static_cast<std::size_t>(found.data() - line.data());
  if (!trimmed(line.substr(0, at)).empty()) {
    context.complain("a record of the ioctl trace stands inside another line (torn output)");
  }
  context.open_submit.reset();
  Scanner scan(line.substr(at));
  if (scan.literal("=== DRM_IOCTL_RKNPU_SUBMIT ")) {
    open_submit(context, scan.rest());
  } else if (scan.literal("IOCTL_RET ")) {
    const std::string_view number = scan.until(" ");
    const std::string_view kind = scan.until(" ");
    Arguments values = key_values(scan.rest());
    values.insert(values.begin(),
                  {{"call", std::string(number.substr(1))}, {"kind", std::string(kind)}});
    context.event("IOCTL_RET", std::move(values));
  } else {
    const std::string_view kind = scan.until(" ");
    read_record(context, kind, scan.rest());
  }
  return true;
}

bool read_submit_detail(TextContext& context, std::string_view line) {
  if (!context.open_submit) return false;
  if (!line.starts_with("  ")) {
    context.open_submit.reset();
    return false;
  }
  Submit& submit = context.builder.capture().submits[*context.open_submit];
  const std::string_view text = trimmed(line);
  if (read_subcore(submit, text)) return true;
  if (text.find('=') == std::string_view::npos) return text.find("task[") == 0;
  Arguments values = key_values(text);
  if (text.starts_with("match ") || text.starts_with("sync ")) {
    context.event(text.starts_with("match ") ? "SUBMIT_MATCH" : "SUBMIT_SYNC", std::move(values));
    return true;
  }
  for (const auto& [key, value] : values) apply_submit_field(submit, key, value);
  Event& event = context.builder.capture().events[context.open_submit_event];
  event.arguments.insert(event.arguments.end(), values.begin(), values.end());
  return true;
}

}  // namespace npuscope
