#include "decoder/input/kernel_line.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

namespace npuscope {

namespace {

// "12.5" -> 12'500'000. Digits behind the sixth are dropped.
std::optional<std::uint64_t> microseconds_of(Scanner& scan) {
  const auto seconds = scan.decimal();
  if (!seconds || *seconds > 1'000'000'000'000 || !scan.literal(".")) return std::nullopt;
  std::uint64_t fraction = 0;
  std::uint64_t unit = 100'000;
  std::string_view digits = scan.rest();
  while (!digits.empty() && digits.front() >= '0' && digits.front() <= '9') {
    fraction += static_cast<std::uint64_t>(digits.front() - '0') * unit;
    unit /= 10;
    digits.remove_prefix(1);
  }
  const std::size_t length = scan.rest().size() - digits.size();
  if (length == 0) return std::nullopt;
  scan.literal(scan.rest().substr(0, length));
  return *seconds * 1'000'000 + fraction;
}

// "[   12.345678] text", also with the thread or CPU behind the time: "[   12.3][  T123] text".
bool bracketed_time(KernelHeader& header) {
  Scanner scan(header.text);
  if (!scan.literal("[")) return false;
  scan.blanks();
  const auto time = microseconds_of(scan);
  if (!time || !scan.literal("]")) return false;
  if (scan.rest().starts_with("[ ")) scan.until("]");
  scan.blanks();
  header = {time, scan.rest(), true};
  return true;
}

// "6,339,5140900,-;text", also with "caller=T1" or a flag before the semicolon.
bool kmsg_record(KernelHeader& header) {
  Scanner scan(header.text);
  if (!scan.decimal() || !scan.literal(",") || !scan.decimal() || !scan.literal(",")) return false;
  const auto time = scan.decimal();
  if (!time || !scan.literal(",") || scan.rest().find(';') == std::string_view::npos) return false;
  scan.until(";");
  header = {time, scan.rest(), true};
  return true;
}

// "Nov 20 10:00:00 board kernel: text" and "2026-11-20T10:00:00+00:00 board kernel: text". The name
// stands within the first 128 characters; a text that speaks of a kernel later is not a header.
bool syslog_prefix(KernelHeader& header) {
  const std::size_t at = header.text.substr(0, 128).find(" kernel: ");
  if (at == std::string_view::npos) return false;
  const std::string_view date = header.text.substr(0, at);
  if (date.size() < 9 || date.find(':') == std::string_view::npos) return false;
  header = {std::nullopt, header.text.substr(at + 9), true};
  return true;
}

// The part of `text` behind the name of a driver and of its device.
struct Speaker {
  bool is_npu = false;
  std::string_view driver;  // "" when any may have written it
  std::string_view device;
  std::string_view message;
};

// Memory managers of the three cores. Source: rk3588-base.dtsi of Linux, and of the
// vendor.
constexpr std::array<std::string_view, 4> iommu_devices{"fdab9000.iommu", "fdac9000.iommu",
                                                        "fdaca000.iommu", "fdad9000.iommu"};

Speaker of_iommu(std::string_view text, std::size_t at) {
  Speaker speaker{true, "rk_iommu", {}, text.substr(at)};
  Scanner scan(speaker.message);
  scan.literal("rk_iommu");
  scan.blanks();
  const std::size_t colon = scan.rest().find(": ");
  const std::string_view device = scan.rest().substr(0, colon);
  if (colon != std::string_view::npos && device.find(' ') == std::string_view::npos) {
    scan.until(": ");
    speaker.device = device;
    speaker.is_npu = device.empty() || std::find(iommu_devices.begin(), iommu_devices.end(),
                                                 device) != iommu_devices.end();
  }
  scan.literal(":");
  speaker.message = trimmed(scan.rest());
  return speaker;
}

bool is_word_character(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// "rocket" but not "sprocket".
bool names(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    if (at == 0 || !is_word_character(text[at - 1])) return true;
  }
  return false;
}

Speaker speaker_of(std::string_view text) {
  if (const std::size_t at = text.find("rk_iommu"); at != std::string_view::npos)
    return of_iommu(text, at);
  Speaker speaker{false, {}, {}, text};
  if (const std::size_t at = text.find(".npu"); at != std::string_view::npos && at >= 8) {
    speaker.device = text.substr(at - 8, 12);
    speaker.is_npu = true;
  }
  if (const std::size_t at = text.rfind("RKNPU: "); at != std::string_view::npos) {
    speaker.is_npu = true;
    speaker.driver = "RKNPU";
    speaker.message = trimmed(text.substr(at + 7));
    return speaker;
  }
  speaker.is_npu = speaker.is_npu || names(text, "RKNPU") || names(text, "rknpu") ||
                   names(text, "rocket") || names(text, "NPU job") || names(text, "Rockchip NPU");
  return speaker;
}

// One compiled pattern for each row.
const std::vector<std::unique_ptr<RE2>>& patterns() {
  static const auto compiled = [] {
    std::vector<std::unique_ptr<RE2>> list;
    RE2::Options options;
    options.set_encoding(RE2::Options::EncodingLatin1);  // logs hold any bytes
    options.set_log_errors(false);
    for (const KernelLineKind& kind : kernel_line_kinds())
      list.push_back(std::make_unique<RE2>(kind.pattern, options));
    return list;
  }();
  return compiled;
}

// "task counter: 0, flags: 0x5" -> task_counter, flags.
Arguments underscored(Arguments values) {
  for (auto& [key, value] : values) {
    for (char& c : key) c = c == ' ' ? '_' : c;
  }
  return values;
}

constexpr int most_groups = 6;

// The named groups of a match, lists of values taken apart.
void add_groups(const RE2& pattern, const std::array<re2::StringPiece, most_groups + 1>& groups,
                Arguments& arguments) {
  for (const auto& [index, name] : pattern.CapturingGroupNames()) {
    const re2::StringPiece& group = groups[static_cast<std::size_t>(index)];
    if (group.data() == nullptr) continue;
    const std::string_view value(group.data(), group.size());
    if (name == "equals" || name == "commas") {
      for (auto& pair : name == "equals" ? key_values(value) : underscored(comma_values(value)))
        arguments.push_back(std::move(pair));
    } else {
      arguments.emplace_back(name, value);
    }
  }
}

// The number behind "core " at the begin of the message.
void add_core(std::string_view message, Arguments& arguments) {
  Scanner scan(message);
  if (!scan.literal("core ") || !argument(arguments, "core").empty()) return;
  if (const auto core = scan.decimal()) arguments.emplace_back("core", std::to_string(*core));
}

bool may_write(const Speaker& speaker, const KernelLineKind& kind) {
  return kind.driver.empty() || speaker.driver.empty() || speaker.driver == kind.driver;
}

}  // namespace

KernelHeader kernel_header(std::string_view line) {
  KernelHeader header{std::nullopt, line, false};
  if (kmsg_record(header)) return header;
  syslog_prefix(header);
  if (Scanner level(header.text); level.literal("<") && level.decimal() && level.literal(">"))
    header.text = level.rest();
  bracketed_time(header);
  return header;
}

bool begins_boot(std::string_view line) {
  const std::string_view text = kernel_header(line).text;
  return text.starts_with("Booting Linux on physical CPU") || text.starts_with("Linux version ");
}

std::optional<KernelLine> parse_kernel_line(std::string_view line) {
  const KernelHeader header = kernel_header(line);
  const Speaker speaker = speaker_of(header.text);
  if (!speaker.is_npu) return std::nullopt;
  KernelLine result{nullptr, header.microseconds, speaker.message, {}};
  if (!speaker.device.empty()) result.arguments.emplace_back("device", speaker.device);
  add_core(speaker.message, result.arguments);
  const auto kinds = kernel_line_kinds();
  const re2::StringPiece message(speaker.message.data(), speaker.message.size());
  for (std::size_t i = 0; i + 1 < kinds.size(); ++i) {
    if (!may_write(speaker, kinds[i])) continue;
    const RE2& pattern = *patterns()[i];
    std::array<re2::StringPiece, most_groups + 1> groups;
    const int count = pattern.NumberOfCapturingGroups() + 1;
    if (!pattern.Match(message, 0, message.size(), RE2::UNANCHORED, groups.data(), count)) continue;
    result.kind = &kinds[i];
    add_groups(pattern, groups, result.arguments);
    return result;
  }
  result.kind = &kinds.back();
  return result;
}

}  // namespace npuscope
