#include <fmt/format.h>

#include <algorithm>

#include "decoder/input/bundle_line.h"
#include "decoder/input/load_file.h"
#include "decoder/input/scan.h"
#include "decoder/input/text_lines.h"
#include "replay/snapshot/snapshot.h"

namespace npuscope::snapshot {

namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{64} << 20U;
constexpr std::string_view schema = "npuscope.snapshot/1";

// Line ends inside values are printed as \n.
std::string with_line_ends(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool escaped = text.substr(at, 2) == "\\n";
    result += escaped ? '\n' : text[at];
    at += escaped ? 1 : 0;
  }
  return result;
}

SnapshotValue value_of(std::string name, std::string_view text) {
  Scanner scan(text);
  if (scan.literal("<unreadable:"))
    return {std::move(name), "",
            static_cast<int>(std::min<std::uint64_t>(scan.decimal().value_or(0), 4095))};
  return {std::move(name), with_line_ends(text), 0};
}

// --- text: the events that the reader of captures makes of it ---

// The snapshot that `label` belongs to: the last one, or a new one.
Snapshot& labelled(std::vector<Snapshot>& snapshots, std::string_view label) {
  if (snapshots.empty() || snapshots.back().label != label) {
    snapshots.emplace_back();
    snapshots.back().label = label;
  }
  return snapshots.back();
}

void add_event(const Event& event, const std::vector<std::string>& lines,
               std::vector<Snapshot>& snapshots) {
  const auto text = [&event](std::string_view key) {
    return std::string(argument(event.arguments, key));
  };
  const std::string& kind = event.kind;
  if (kind.ends_with(".snapshot")) {
    labelled(snapshots, text("label"));
  } else if (kind == "sysfs") {
    labelled(snapshots, text("label")).values.push_back(value_of(text("path"), text("value")));
  } else if (kind == "action") {
    labelled(snapshots, text("label")).values.push_back(value_of(text("name"), text("value")));
  } else if (kind == "mmio.unavailable") {
    labelled(snapshots, text("label")).no_registers = text("error");
  } else if (kind == "mmio") {
    const auto core = event.number("core"), offset = event.number("off"),
               value = event.number("value");
    if (core && offset && value && *core < core_count && *offset <= 0xffff && *value <= 0xffffffff)
      labelled(snapshots, text("label"))
          .registers.push_back({static_cast<std::uint32_t>(*core),
                                static_cast<std::uint16_t>(*offset),
                                static_cast<std::uint32_t>(*value)});
  } else if (kind.starts_with("klog.") && !snapshots.empty() && event.place.at <= lines.size() &&
             event.place.at > 0) {
    snapshots.back().log.push_back(lines[event.place.at - 1]);
  }
}

Result<std::vector<Snapshot>> parse_text(std::string_view text, const std::string& file) {
  std::vector<std::string> lines;
  LineReader reader(text);
  std::string_view line;
  while (reader.next(line)) lines.emplace_back(line);
  const auto owner = std::make_shared<const std::string>(text);
  const auto captures = read_text({file, owner, std::as_bytes(std::span(*owner))});
  if (!captures) return tl::unexpected(captures.error());
  std::vector<Snapshot> snapshots;
  for (const Capture& capture : *captures)
    for (const Event& event : capture.events) add_event(event, lines, snapshots);
  return snapshots;
}

// --- JSON lines ---

bool add_object(EventMembers& members, Snapshot& snapshot) {
  const std::string type = members.text("type").value_or("");
  if (type == "value") {
    const auto error = members.count("error");
    snapshot.values.push_back({members.text("name").value_or(""),
                               members.text("value").value_or(""),
                               static_cast<int>(std::min<std::uint64_t>(error.value_or(0), 4095))});
  } else if (type == "register") {
    const auto core = members.count("core");
    const auto offset = members.number("offset"), value = members.number("value");
    if (!core || !offset || !value) return false;
    if (*core >= core_count || *offset > 0xffff || *value > 0xffffffff) return false;
    snapshot.registers.push_back({static_cast<std::uint32_t>(*core),
                                  static_cast<std::uint16_t>(*offset),
                                  static_cast<std::uint32_t>(*value)});
  } else if (type == "log") {
    snapshot.log.push_back(members.text("text").value_or(""));
  } else if (type == "missing") {
    const bool registers = members.text("what").value_or("") == "registers";
    (registers ? snapshot.no_registers : snapshot.no_log) = members.text("why").value_or("");
  }
  return true;  // guards say nothing about the state
}

Result<std::vector<Snapshot>> parse_json(std::string_view text, const std::string& file) {
  std::vector<Snapshot> snapshots;
  LineReader reader(text);
  std::string_view line;
  while (reader.next(line)) {
    const std::string where = fmt::format("{}:{}", file, reader.number());
    if (trimmed(line).empty()) continue;
    const ParsedObject parsed = parse_object(line);
    if (!parsed.problem.empty()) return unreadable("the line " + parsed.problem, where);
    EventMembers members(parsed.object, file);
    if (const auto name = members.text("schema")) {
      if (*name != schema)
        return unreadable(fmt::format("its schema is {}, not {}", *name, schema), where);
      snapshots.emplace_back();
      snapshots.back().label = members.text("label").value_or("");
    } else if (snapshots.empty() || !add_object(members, snapshots.back())) {
      return unreadable("no line of a snapshot", where);
    }
  }
  return snapshots;
}

}  // namespace

Result<std::vector<Snapshot>> parse_snapshots(std::string_view text, const std::string& file) {
  auto snapshots = text.starts_with('{') ? parse_json(text, file) : parse_text(text, file);
  if (snapshots && snapshots->empty())
    return unreadable("there is no snapshot in it", file,
                      "npuscope snapshot writes them, as text or with --format=json");
  return snapshots;
}

Result<std::vector<Snapshot>> read_snapshots(const std::string& path) {
  const auto file = load_plain_file(path, most_bytes);
  if (!file) return tl::unexpected(file.error());
  return parse_snapshots(file->text(), path);
}

}  // namespace npuscope::snapshot
