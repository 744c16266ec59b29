#include "decoder/program/find_programs.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "decoder/evidence.h"
#include "decoder/model.h"
#include "decoder/program/link_base.h"
#include "decoder/program/locate.h"
#include "decoder/program/scan.h"
#include "decoder/program/sections.h"
#include "decoder/program/segment.h"
#include "decoder/program/task_table.h"

namespace npuscope {

namespace {

void finish(const Capture& capture, ProgramSet& set) {
  segment(capture, set);
  set.link_base = set.base;
  // A table with offsets beside commands that are placed already: the runtime's own copy of the
  // table.
  const bool offsets_only = set.base == 0 || set.base > 0xffffffffU;
  if (!set.relative && offsets_only) {
    if (const auto found = base_from_links(set)) {
      set.link_base = found->base;
      set.base_source +=
          fmt::format("; the table has offsets, {} links give the address", found->links);
    }
  }
  partition(capture, set);
  classify_links(set);
}

std::vector<TaskEntry> entries_of(const std::vector<Task>& tasks) {
  std::vector<TaskEntry> entries(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) entries[i].task = tasks[i];
  return entries;
}

// A model file states its table and its words; addresses are offsets.
std::optional<ProgramSet> from_model(const Capture& capture) {
  const Model* model = capture.model.get();
  if (model == nullptr || !model->regcmd_buffer || !model->task_buffer || !model->is_rk3588())
    return std::nullopt;
  ProgramSet set;
  set.table_buffer = *model->task_buffer;
  set.stream_buffer = *model->regcmd_buffer;
  set.relative = true;
  set.base_source = "model file: addresses are offsets in the register words";
  const auto bytes = capture.buffers[set.table_buffer].bytes_from(0);
  for (std::size_t at = 0; at + task_bytes <= bytes.size(); at += task_bytes) {
    set.tasks.push_back({load_task(bytes.subspan(at)), no_index, LinkKind::unknown, no_index});
  }
  if (set.tasks.empty()) return std::nullopt;
  finish(capture, set);
  return set;
}

ProgramSet from_table(const Capture& capture, const TaskTable& table,
                      const std::optional<Stream>& stream) {
  ProgramSet set;
  set.table_buffer = table.buffer;
  set.table_offset = table.offset;
  set.tasks = entries_of(table.tasks);
  if (stream) {
    set.stream_buffer = stream->buffer;
    set.base = stream->base;
    set.base_source = stream->source;
  } else {
    set.diagnostics.push_back(
        {Severity::warning,
         "no captured buffer holds the records of this table; dump the buffer that the "
         "addresses point into as well",
         capture.buffers[table.buffer].place});
  }
  finish(capture, set);
  return set;
}

// Where several tables describe the same records, the one whose stream is stated by the source
// comes first.
std::vector<ProgramSet> from_tables(const Capture& capture) {
  struct Candidate {
    TaskTable table;
    std::optional<Stream> stream;
  };
  const bool addresses_known =
      std::any_of(capture.buffers.begin(), capture.buffers.end(),
                  [](const Buffer& b) { return b.device_address.has_value(); });
  std::vector<Candidate> candidates;
  std::uint64_t budget = search_budget;
  for (TaskTable& table : find_task_tables(capture)) {
    auto stream = locate_stream(capture, table, budget);
    candidates.push_back({std::move(table), std::move(stream)});
  }
  const auto rank = [&](const Candidate& c) {
    if (c.stream && capture.buffers[c.stream->buffer].device_address == c.stream->base) return 0;
    if (!c.stream) return 3;
    return c.table.has_offsets() ? 2 : 1;
  };
  std::stable_sort(candidates.begin(), candidates.end(),
                   [&](const Candidate& a, const Candidate& b) { return rank(a) < rank(b); });
  std::vector<ProgramSet> sets;
  std::vector<const Candidate*> taken;
  // A model that is loaded twice has two tables and two streams; a copy of a table has the same
  // records, whatever the offsets in it would match as well.
  const auto place = [](const Candidate& c) {
    return std::pair(c.stream->buffer, c.table.lowest_address() - c.stream->base);
  };
  for (const Candidate& candidate : candidates) {
    const bool copy = std::any_of(taken.begin(), taken.end(), [&](const Candidate* other) {
      return is_copy(other->table, candidate.table) &&
             (candidate.table.has_offsets() || !candidate.stream || !other->stream ||
              place(*other) == place(candidate));
    });
    // With a map of the buffers at hand, a table that points into none of them is no table (strict
    // test, last part).
    if (copy || (addresses_known && !candidate.stream && !sets.empty())) continue;
    taken.push_back(&candidate);
    sets.push_back(from_table(capture, candidate.table, candidate.stream));
  }
  return sets;
}

// Tasks that a decoded JSON lists; there are no words behind them.
ProgramSet from_evidence(const Capture& capture) {
  const DecodedJson& json = *capture.evidence;
  ProgramSet set;
  set.inferred = true;
  set.tasks.resize(json.amounts.size());
  for (std::size_t i = 0; i < set.tasks.size(); ++i) {
    Task& task = set.tasks[i].task;
    task.regcfg_amount = json.amounts[i];
    if (i < json.masks.size()) task.enable_mask = json.masks[i];
    if (i < json.addresses.size()) task.regcmd_addr = json.addresses[i];
  }
  set.base_source = "decoded JSON: no words";
  partition(capture, set);
  return set;
}

std::optional<ProgramSet> from_records(const Capture& capture, std::size_t buffer_index) {
  const Buffer& buffer = capture.buffers[buffer_index];
  const auto found = scan_for_records(buffer);
  if (found.empty()) return std::nullopt;
  ProgramSet set;
  set.stream_buffer = buffer_index;
  set.inferred = true;
  set.base_source = "no task table: records recovered from their tails";
  for (const FoundRecord& record : found)
    set.tasks.push_back({record.task, no_index, LinkKind::unknown, no_index});

  segment(capture, set);
  if (const auto linked = base_from_links(set)) {
    set.base = set.link_base = linked->base;
    set.base_source += fmt::format("; base from {} links", linked->links);
    for (TaskEntry& entry : set.tasks) entry.task.regcmd_addr += linked->base;
  }
  partition(capture, set);
  classify_links(set);
  return set;
}

}  // namespace

std::vector<ProgramSet> find_programs(const Capture& capture) {
  if (capture.model && capture.model->regcmd_buffer) {
    std::vector<ProgramSet> sets;
    if (auto set = from_model(capture)) sets.push_back(std::move(*set));
    return sets;
  }
  if (capture.evidence) return {from_evidence(capture)};
  std::vector<ProgramSet> sets = from_tables(capture);
  if (!sets.empty()) return sets;
  for (std::size_t i = 0; i < capture.buffers.size(); ++i) {
    if (capture.buffers[i].role == BufferRole::model) continue;
    if (auto set = from_records(capture, i)) sets.push_back(std::move(*set));
  }
  return sets;
}

}  // namespace npuscope
