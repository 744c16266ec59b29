// Memory objects as hex rows, the text of dump.py and of the older tools.

#include <fmt/format.h>

#include <array>
#include <span>

#include "decoder/input/text_formats.h"

namespace npuscope {

namespace {

constexpr std::size_t first_group = 13;  // "[00000880] = "
constexpr std::size_t group_width = 9;   // eight digits and a blank

std::string_view without_trailing_blanks(std::string_view line) {
  while (line.ends_with(' ')) line.remove_suffix(1);
  return line;
}

// Rows that follow `gem open got` without a `Gem N`: the handle is the only name.
void settle_header(TextContext& context, std::uint32_t number) {
  Buffer& buffer = context.builder.select_gem(number);
  context.talk_about(number);
  if (!context.pending_header) return;
  const auto& header = *context.pending_header;
  buffer.handle = header.handle;
  buffer.size = std::max(buffer.size, header.size);
  buffer.place = context.place;
  context.dumped_sizes[number] = header.size;
  if (header.cookie) context.cookies[*header.cookie] = number;
  context.pending_header.reset();
}

// A number comes back after the submit of its run: the next run has begun.
void begin_run_if_repeated(TextContext& context, std::uint32_t number) {
  const Buffer* known = context.builder.find_gem(number);
  if (known && context.builder.has_bytes(*known) && !context.builder.capture().submits.empty()) {
    context.new_run();
  }
}

bool read_flink_header(TextContext& context, Scanner scan) {
  const auto number = scan.decimal();
  if (!number || *number > 0xffffffffU || !scan.literal(": ")) return false;
  const Arguments values = key_values(scan.rest());
  const auto handle = whole_number32(argument(values, "handle"));
  const auto size = whole_number(argument(values, "size"));
  if (argument(values, "ret") != "0" || !handle || !size) {
    context.complain("a memory object could not be opened by the tool that wrote this text");
    context.talk_about(std::nullopt);
    return true;
  }
  begin_run_if_repeated(context, static_cast<std::uint32_t>(*number));
  context.pending_header = TextContext::GemHeader{*handle, *size, std::nullopt};
  settle_header(context, static_cast<std::uint32_t>(*number));
  return true;
}

bool read_open_header(TextContext& context, Scanner scan) {
  const bool failed = scan.literal("-");
  const auto result = scan.decimal();
  scan.blanks();
  const auto handle = scan.decimal();
  scan.blanks();
  const auto size = scan.decimal();
  if (!result || !handle || !size || *handle > 0xffffffffU) return false;
  context.talk_about(std::nullopt);
  context.pending_header.reset();
  if (failed || *result != 0) {
    context.complain("a memory object could not be opened by the tool that wrote this text");
    return true;
  }
  context.pending_header =
      TextContext::GemHeader{static_cast<std::uint32_t>(*handle), *size, std::nullopt};
  return true;
}

// `memmap returned 0 100003000`: the same offset as before means the same object, opened again.
bool read_memmap(TextContext& context, Scanner scan) {
  scan.literal("0x");
  const auto cookie = scan.hex();
  if (!cookie) return false;
  if (!context.pending_header) return true;
  const auto known = context.cookies.find(*cookie);
  if (known == context.cookies.end()) {
    context.pending_header->cookie = *cookie;
  } else {
    context.talk_about(known->second);
    context.builder.select_gem(known->second);
    context.pending_header.reset();
  }
  return true;
}

}  // namespace

bool read_hex_row(TextContext& context, std::string_view line) {
  line = without_trailing_blanks(line);
  std::uint64_t offset = 0;
  if (line.size() < first_group || line.substr(9, 4) != "] = " || line[0] != '[' ||
      !fixed_hex(line.data() + 1, 8, offset)) {
    return false;
  }
  std::array<std::uint32_t, 4> groups{};
  std::size_t count = 0;
  for (std::size_t at = first_group; count < 4 && at + 8 <= line.size(); at += group_width) {
    std::uint64_t value = 0;
    if (!fixed_hex(line.data() + at, 8, value)) break;
    if (at + 8 < line.size() && line[at + 8] != ' ') break;
    groups[count++] = static_cast<std::uint32_t>(value);
  }
  // "[00000008] = 123" also looks like other text: rows begin with a whole group.
  if (count == 0) return false;
  if (first_group + count * group_width - 1 != line.size()) {
    context.complain("a hex row is damaged; its whole groups before the damage were kept");
  }
  if (context.pending_header) settle_header(context, context.pending_header->handle);
  context.builder.add_bytes(context.builder.current(), offset,
                            std::as_bytes(std::span(groups.data(), count)), context.place);
  context.saw_words = true;
  return true;
}

bool read_zero_run(TextContext& context, std::string_view line) {
  Scanner scan(line);
  if (!scan.literal("... ")) return false;
  const auto blocks = scan.decimal();
  if (!blocks || !scan.literal(" blocks (")) return false;
  const auto bytes = scan.decimal();
  if (!bytes || !scan.literal(" bytes) from ")) return false;
  const auto first = scan.number();
  if (!first || !scan.literal(" to ")) return false;
  const auto last = scan.number();
  if (!last || !scan.literal(" are all zeros")) return false;
  if (*last < *first || *last - *first != *bytes - 1 || *blocks > max_buffer_bytes ||
      *blocks * 16 != *bytes) {
    context.complain("a run of zero blocks contradicts itself and was ignored");
    return true;
  }
  context.builder.add_zeros(context.builder.current(), *first, *last, context.place);
  return true;
}

bool read_gem_header(TextContext& context, std::string_view line) {
  Scanner scan(line);
  if (scan.literal("gem flink ")) return read_flink_header(context, scan);
  if (scan.literal("gem open got ")) return read_open_header(context, scan);
  if (scan.literal("memmap returned 0 ")) return read_memmap(context, scan);
  const bool about = scan.literal("=== Processing GEM ") || scan.literal("Processing GEM Flink ");
  if (!about && !scan.literal("Gem ")) return false;
  const auto number = scan.decimal();
  if (!number || *number > 0xffffffffU) return false;
  const auto gem = static_cast<std::uint32_t>(*number);
  if (about) {
    context.talk_about(gem);
  } else {
    if (!scan.at_end()) return false;
    begin_run_if_repeated(context, gem);
    settle_header(context, gem);
  }
  return true;
}

void check_coverage(TextContext& context) {
  Capture& capture = context.builder.capture();
  for (const auto& [number, size] : context.dumped_sizes) {
    const Buffer* buffer = context.builder.find_gem(number);
    if (!buffer) continue;
    const std::uint64_t known = buffer->known_bytes();
    if (known < size) {
      capture.note(fmt::format("{}: rows and zero runs cover {} of {} bytes; the dump was limited "
                               "or lines are missing",
                               buffer->name, known, size),
                   buffer->place);
    } else if (known > size) {
      capture.warn(fmt::format("{}: rows and zero runs cover {} bytes, but the object has only {}",
                               buffer->name, known, size),
                   buffer->place);
    }
  }
}

}  // namespace npuscope
