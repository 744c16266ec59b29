#include "decoder/open.h"

#include <fmt/format.h>

#include <filesystem>

#include "decoder/input/read_input.h"
#include "decoder/input/scan.h"
#include "decoder/named_word.h"
#include "decoder/program/find_programs.h"
#include "decoder/program/job_table.h"
#include "decoder/program/model_link.h"
#include "decoder/recording.h"

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

// "run.bundle@3": the state at submit 3, unless there is a file of that name.
std::pair<std::string, std::optional<std::size_t>> split_submit(const std::string& path) {
  const std::size_t at = path.rfind('@');
  std::error_code ignored;
  if (at == std::string::npos || at == 0 || std::filesystem::exists(path, ignored))
    return {path, {}};
  const auto number = whole_number32(std::string_view(path).substr(at + 1));
  if (!number) return {path, {}};
  return {path.substr(0, at), *number};
}

}  // namespace

Opened open_capture(Capture capture, const RegisterDb& db) {
  resolve_named_writes(capture, db);
  add_job_tables(capture);
  Opened opened{std::move(capture), {}};
  opened.sets = find_programs(opened.capture);
  assign_roles(opened.capture, opened.sets);
  link_with_own_model(opened);
  return opened;
}

Result<std::vector<Opened>> open_input(const std::string& path, const RegisterDb& db) {
  const auto [file, submit] = split_submit(path);
  auto captures = read_input(file);
  if (!captures) return tl::unexpected(captures.error());
  std::vector<Opened> inputs;
  for (Capture& capture : *captures) {
    if (is_recording(capture)) {
      const std::size_t shown = submit.value_or(first_captured(capture));
      if (submit && shown >= capture.submits.size())
        return wrong_usage(fmt::format("{}: there is no submit {}", file, shown),
                           fmt::format("it has {}, counted from 0", capture.submits.size()));
      capture = at_submit(capture, shown);
    } else if (submit) {
      return wrong_usage(fmt::format("{} is no recording, which may have several submits", file),
                         "leave out @" + std::to_string(*submit));
    }
    inputs.push_back(open_capture(std::move(capture), db));
  }
  return inputs;
}

}  // namespace npuscope
