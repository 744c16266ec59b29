#include "decoder/open.h"

#include <fmt/format.h>

#include "decoder/input/read_input.h"
#include "decoder/named_word.h"
#include "decoder/program/find_programs.h"

namespace npuscope {

namespace {

// Words of a text that has names only, in their order. Lines that name nothing known are reported,
// not dropped.
void resolve_named_writes(Capture& capture, const RegisterDb& db) {
  if (capture.named_writes.empty()) return;
  auto words = std::make_shared<std::vector<std::uint64_t>>();
  for (const NamedWrite& write : capture.named_writes) {
    const auto word =
        word_from_names(db, fmt::format("{}, {}", write.register_full_name, write.argument_text));
    if (word) {
      words->push_back(word->raw);
    } else {
      capture.warn(word.error().what, write.place);
    }
  }
  if (words->empty()) return;
  Buffer buffer;
  buffer.name = "named writes";
  buffer.role = BufferRole::commands;
  buffer.role_reason = "words rebuilt from register names";
  buffer.trust = Trust::text_only;
  buffer.size = 8 * words->size();
  buffer.place = capture.named_writes.front().place;
  buffer.pieces.push_back({0, std::as_bytes(std::span(*words))});
  capture.buffers.push_back(std::move(buffer));
  capture.storage.push_back(std::move(words));
}

// What a buffer holds beats what a log calls it, and the number of a GEM object says nothing.
void assign_roles(Capture& capture, const std::vector<ProgramSet>& sets) {
  for (const ProgramSet& set : sets) {
    if (set.stream_buffer != no_index && !set.records.empty()) {
      Buffer& buffer = capture.buffers[set.stream_buffer];
      buffer.role = BufferRole::commands;
      if (buffer.role_reason.empty())
        buffer.role_reason = fmt::format("holds {} records", set.records.size());
    }
    if (set.table_buffer != no_index && set.table_buffer != set.stream_buffer) {
      Buffer& buffer = capture.buffers[set.table_buffer];
      buffer.role = BufferRole::task_table;
      if (buffer.role_reason.empty())
        buffer.role_reason = fmt::format("holds {} tasks", set.tasks.size());
    }
  }
}

}  // namespace

Opened open_capture(Capture capture, const RegisterDb& db) {
  resolve_named_writes(capture, db);
  Opened opened{std::move(capture), {}};
  opened.sets = find_programs(opened.capture);
  assign_roles(opened.capture, opened.sets);
  return opened;
}

Result<std::vector<Opened>> open_input(const std::string& path, const RegisterDb& db) {
  auto captures = read_input(path);
  if (!captures) return tl::unexpected(captures.error());
  std::vector<Opened> inputs;
  for (Capture& capture : *captures) inputs.push_back(open_capture(std::move(capture), db));
  return inputs;
}

}  // namespace npuscope
