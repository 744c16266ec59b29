#include "capture_tools/commands/snapshot_writers.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "decoder/emit/json_format.h"
#include "decoder/emit/walk.h"
#include "regdb/describe.h"

namespace npuscope::cli {

namespace {

using snapshot::Snapshot;
using snapshot::SnapshotRegister;
using snapshot::SnapshotValue;

bool is_path(const SnapshotValue& value) {
  return value.name.starts_with('/');
}

std::string on_one_line(const SnapshotValue& value) {
  if (value.error != 0) return fmt::format("<unreadable:{}>", value.error);
  std::string text;
  for (const char c : value.value)
    if (c == '\n')
      text += "\\n";
    else
      text += c;
  return comment_text(text);
}

void write_values(const Snapshot& snapshot, bool paths, Sink& sink) {
  for (const SnapshotValue& value : snapshot.values)
    if (is_path(value) == paths)
      sink.put(fmt::format("  {} = {}\n", comment_text(value.name), on_one_line(value)));
}

std::string register_name(const RegisterDb& db, const SnapshotRegister& value) {
  const Register* reg = db.at(value.offset);
  return reg == nullptr ? fmt::format("{:#06x}", value.offset) : reg->full_name;
}

std::string text_or_null(const std::optional<std::string>& text) {
  return text ? json_string(*text) : "null";
}

std::string one_line(std::string_view text) {
  std::string result;
  for (const char c : comment_text(text)) result += c == '\n' ? ' ' : c;
  return result;
}

}  // namespace

void write_snapshot_text(const Snapshot& snapshot, const RegisterDb& db, Sink& sink) {
  const std::string label = comment_text(snapshot.label);
  sink.put(fmt::format("SYSFS_SNAPSHOT {}\n", label));
  write_values(snapshot, true, sink);
  sink.put(fmt::format("ACTION_SNAPSHOT {}\n", label));
  write_values(snapshot, false, sink);
  sink.put(fmt::format("MMIO_SNAPSHOT {}\n", label));
  if (!snapshot.no_registers.empty())
    sink.put(fmt::format("  MMIO_UNAVAILABLE device=/dev/mem errno={} error={}\n", EPERM,
                         one_line(snapshot.no_registers)));
  std::uint32_t core = snapshot::core_count;
  for (const SnapshotRegister& value : snapshot.registers) {
    if (value.core != core)
      sink.put(fmt::format("  core={} base={:#x}\n", value.core, snapshot::core_base(value.core)));
    core = value.core;
    sink.put(fmt::format("    {:<20} off={:#06x} value={:#010x}\n", register_name(db, value),
                         value.offset, value.value));
  }
  if (!snapshot.no_log.empty())
    sink.put(fmt::format("# kernel log: {}\n", one_line(snapshot.no_log)));
  for (const std::string& line : snapshot.log) sink.put(comment_text(line) + "\n");
}

void write_snapshot_json(const Snapshot& snapshot, const RegisterDb& db, Sink& sink) {
  sink.put(fmt::format("{{\"schema\":\"npuscope.snapshot/1\",\"label\":{}}}\n",
                       json_string(snapshot.label)));
  for (const SnapshotValue& value : snapshot.values)
    sink.put(fmt::format(R"({{"type":"value","name":{},"value":{},"error":{}}})"
                         "\n",
                         json_string(value.name),
                         value.error == 0 ? json_string(value.value) : "null", value.error));
  for (const snapshot::Guard& guard : snapshot.guards)
    sink.put(fmt::format(R"({{"type":"guard","id":{},"passed":{},"found":{}}})"
                         "\n",
                         json_string(guard.id), guard.passed, json_string(guard.found)));
  for (const SnapshotRegister& value : snapshot.registers)
    sink.put(fmt::format(
        R"({{"type":"register","core":{},"offset":"{:#06x}","value":"{:#010x}","register":{}}})"
        "\n",
        value.core, value.offset, value.value, json_string(register_name(db, value))));
  for (const std::string& line : snapshot.log)
    sink.put(fmt::format(R"({{"type":"log","text":{}}})"
                         "\n",
                         json_string(line)));
  const auto missing = [&sink](const char* what, const std::string& why) {
    if (!why.empty())
      sink.put(fmt::format(R"({{"type":"missing","what":"{}","why":{}}})"
                           "\n",
                           what, json_string(why)));
  };
  missing("registers", snapshot.no_registers);
  missing("log", snapshot.no_log);
}

void write_changes_text(const Changes& changes, Sink& sink) {
  for (const snapshot::SnapshotChange& change : changes) {
    const auto side = [](const std::optional<std::string>& text) {
      return text ? one_line(*text) : std::string("(not there)");
    };
    if (change.name == "kernel log")
      sink.put(fmt::format("kernel log: {}\n", side(change.after)));
    else
      sink.put(fmt::format("{}: {} -> {}\n", comment_text(change.name), side(change.before),
                           side(change.after)));
    for (const std::string& words : change.words) sink.put(fmt::format("    {}\n", words));
  }
  sink.put(fmt::format("{} changed\n", changes.size()));
}

void write_changes_json(const Changes& changes, Sink& sink) {
  sink.put("{\"schema\":\"npuscope.snapshot-changes/1\"}\n");
  for (const snapshot::SnapshotChange& change : changes) {
    std::string words;
    for (const std::string& text : change.words)
      words += fmt::format("{}{}", words.empty() ? "" : ",", json_string(text));
    sink.put(fmt::format(R"({{"type":"change","name":{},"before":{},"after":{},"fields":[{}]}})"
                         "\n",
                         json_string(change.name), text_or_null(change.before),
                         text_or_null(change.after), words));
  }
  sink.put(fmt::format(R"({{"type":"summary","changes":{}}})"
                       "\n",
                       changes.size()));
}

}  // namespace npuscope::cli
