#include "tests/support/capture_text.h"

#include <fmt/format.h>

#include "decoder/bundle/blob_name.h"
#include "decoder/evidence.h"
#include "decoder/model.h"

namespace npuscope::testing {

namespace {

template <typename Number>
std::string optional_text(const std::optional<Number>& number) {
  return number ? fmt::format("{}", *number) : "-";
}

std::string place_text(const Place& place) {
  return fmt::format("({} {} {})", place.file, place.at, place.is_line ? "line" : "byte");
}

std::string buffer_text(const Buffer& b) {
  std::string text = fmt::format(
      "buffer {} gem {} handle {} role {} because {} at {} from {} object {} flags {} size {} "
      "exact {} trust {} {}\n",
      b.name, optional_text(b.gem), optional_text(b.handle), name_of(b.role), b.role_reason,
      optional_text(b.device_address), b.address_source, optional_text(b.object_address),
      optional_text(b.flags), b.size, b.exact_size, name_of(b.trust), place_text(b.place));
  for (const Piece& piece : b.pieces) {
    text +=
        fmt::format("  piece {} {} {}\n", piece.offset, piece.bytes.size(), blob_name(piece.bytes));
  }
  if (b.file) text += fmt::format("  file {}\n", *b.file);
  return text;
}

std::string submit_text(const Submit& s) {
  std::string text = "submit";
  for (const auto& number :
       {s.flags, s.timeout, s.task_start, s.task_number, s.task_counter, s.core_mask})
    text += fmt::format(" {}", optional_text(number));
  for (const auto& number : {s.priority, s.fence_fd})
    text += fmt::format(" {}", optional_text(number));
  for (const auto& number : {s.task_obj_addr, s.regcfg_obj_addr, s.task_base_addr, s.user_data})
    text += fmt::format(" {}", optional_text(number));
  for (const auto& core : s.subcore)
    text += core ? fmt::format(" {}+{}", core->first, core->second) : " -";
  for (const RocketJob& job : s.jobs) {
    text += " job";
    for (const auto& [address, words] : job.tasks) text += fmt::format(" {:#x}*{}", address, words);
    text += fmt::format(" reads {} writes {}", job.inputs.size(), job.outputs.size());
  }
  return fmt::format("{} file {} {} {}\n", text, optional_text(s.file), s.uncaptured,
                     place_text(s.place));
}

// Two readings of the same bytes are equal, so their counts do.
std::string model_text(const Model& m) {
  return fmt::format("model {} {} {}: {} tensors, {} nodes, {} relocations, regcmd {}, tasks {}\n",
                     m.container_version, m.platform, m.compiler, m.tensors.size(), m.nodes.size(),
                     m.relocations.size(), optional_text(m.regcmd_buffer),
                     optional_text(m.task_buffer));
}

}  // namespace

std::string capture_text(const Capture& capture) {
  std::string text = fmt::format("{} ({})\n", capture.source, capture.kind);
  for (const Buffer& buffer : capture.buffers) text += buffer_text(buffer);
  for (const Submit& submit : capture.submits) text += submit_text(submit);
  for (const Event& event : capture.events) {
    text += "event " + event.kind;
    for (const auto& [name, value] : event.arguments) text += fmt::format(" {}={};", name, value);
    text += fmt::format(" {}\n", place_text(event.place));
  }
  for (const Snapshot& s : capture.snapshots) {
    text += fmt::format("snapshot of {} at {} {}:", s.buffer, s.submit, s.complete);
    for (const Piece& piece : s.pieces)
      text += fmt::format(" {}+{} {}", piece.offset, piece.bytes.size(), blob_name(piece.bytes));
    text += "\n";
  }
  for (const Moment& moment : capture.timeline)
    text += fmt::format("moment {} {}\n", static_cast<int>(moment.kind), moment.index);
  for (const Fact& f : capture.facts)
    text += fmt::format("fact {}={} {}\n", f.key, f.value, place_text(f.place));
  for (const SweepEntry& e : capture.sweep)
    text += fmt::format("sweep {} {} {} {}\n", e.status, e.name, e.text, place_text(e.place));
  for (const NamedWrite& w : capture.named_writes)
    text +=
        fmt::format("write {} {} {}\n", w.register_full_name, w.argument_text, place_text(w.place));
  for (const LineCount& l : capture.lines) text += fmt::format("lines {} {}\n", l.format, l.lines);
  for (const Diagnostic& d : capture.diagnostics)
    text += fmt::format("{} {} {}\n", d.severity == Severity::warning ? "warning" : "note", d.text,
                        place_text(d.place));
  if (capture.model) text += model_text(*capture.model);
  if (capture.evidence)
    text += fmt::format("evidence {}: {} rows\n", capture.evidence->slug,
                        capture.evidence->rows.size());
  return text +
         fmt::format("original {} {}\n", capture.original.size(), blob_name(capture.original));
}

}  // namespace npuscope::testing
