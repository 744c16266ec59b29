// Call traces without payload: only how often each call was made can be learnt from them.

#include <fmt/format.h>

#include "decoder/input/text_formats.h"

namespace npuscope {

namespace {

// "8274  ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x45, 0x20), 0xffffcd751ad0) = 0"; the end of
// the line may be cut.
bool read_strace_call(TextContext& context, Scanner scan) {
  const std::size_t call = scan.rest().find("ioctl(");
  if (call > 32) return false;  // also where there is none
  scan.until("_IOC(");
  const std::string_view direction = scan.until(", ");
  const std::string_view type = scan.until(", ");
  const std::string_view number = scan.until(", ");
  const std::string_view size = scan.until(")");
  if (!whole_number(type) || !whole_number(number) || !whole_number(size)) return false;
  auto& [count, first] =
      context.call_counts[fmt::format("{} {} {} {}", direction, type, number, size)];
  if (count++ == 0) first = context.place;
  return true;
}

// "0 struct_rknpu_mem_create ['handle:0x1', 'flags:0x40B'] = ret struct [...]"
bool read_python_call(TextContext& context, Scanner scan) {
  if (!scan.decimal() || !scan.literal(" struct_")) return false;
  const std::string name(scan.until(" "));
  if (name.empty() || !scan.literal("[")) return false;
  Arguments values;
  Scanner list(scan.until("]"));
  while (!list.at_end()) {
    Scanner item(list.until(","));
    item.blanks();
    item.literal("'");
    const std::string_view key = item.until(":");
    const std::string_view value = item.until("'");
    if (!key.empty()) values.emplace_back(key, trimmed(value));
  }
  context.event("python." + name, std::move(values));
  return true;
}

}  // namespace

bool read_strace(TextContext& context, std::string_view line) {
  return read_strace_call(context, Scanner(line)) || read_python_call(context, Scanner(line));
}

void end_strace(TextContext& context) {
  for (const auto& [call, seen] : context.call_counts) {
    Scanner scan(call);
    Arguments values;
    for (const char* key : {"direction", "type", "nr", "size"}) {
      values.emplace_back(key, scan.until(" "));
    }
    values.emplace_back("calls", fmt::format("{}", seen.first));
    context.event("strace.ioctl", std::move(values)).place = seen.second;
  }
  context.call_counts.clear();
}

}  // namespace npuscope
