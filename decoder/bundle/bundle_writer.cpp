#include "decoder/bundle/bundle_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "decoder/bundle/blob_name.h"
#include "decoder/bundle/event_fields.h"
#include "decoder/bundle/event_lines.h"
#include "decoder/bundle/json_text.h"
#include "decoder/model.h"

namespace npuscope {

namespace {

using Bytes = std::span<const std::byte>;

// Ranges that lie inside others need no blob of their own: the buffers of a model file are parts of
// it, and a model may lie inside a dump.
class Blobs {
 public:
  explicit Blobs(const Capture& capture)
      : owner_(std::make_shared<std::vector<std::shared_ptr<const void>>>(capture.storage)) {
    std::vector<Bytes> ranges;
    if (!capture.original.empty()) ranges.push_back(capture.original);
    for (const Buffer& buffer : capture.buffers) {
      for (const Piece& piece : buffer.pieces) ranges.push_back(piece.bytes);
    }
    std::sort(ranges.begin(), ranges.end(), [](Bytes a, Bytes b) {
      if (a.data() != b.data()) return std::less<>()(a.data(), b.data());
      return a.size() > b.size();
    });
    for (const Bytes range : ranges) {
      if (!whole_.empty() && !std::less<>()(end_of(whole_.back().bytes), end_of(range))) continue;
      whole_.push_back({range, {}});
    }
  }

  struct Range {
    std::string blob;
    std::uint64_t at = 0;
  };
  // Adds the blob to the files when it is used for the first time.
  Range range_of(Bytes bytes) {
    // The last one that begins at or before `bytes`: among these its end is the greatest.
    auto after = std::upper_bound(
        whole_.begin(), whole_.end(), bytes,
        [](Bytes b, const Whole& whole) { return std::less<>()(b.data(), whole.bytes.data()); });
    Whole& whole = *std::prev(after);
    if (whole.name.empty()) add(whole);
    return {whole.name, static_cast<std::uint64_t>(bytes.data() - whole.bytes.data())};
  }
  [[nodiscard]] std::vector<BundleFile> take() && { return std::move(files_); }

 private:
  struct Whole {
    Bytes bytes;
    std::string name;
  };
  static const std::byte* end_of(Bytes bytes) { return bytes.data() + bytes.size(); }
  void add(Whole& whole) {
    whole.name = blob_name(whole.bytes);
    if (!names_.insert(whole.name).second) return;
    files_.push_back({fmt::format("{}/{}", bundle_blobs_name, whole.name), owner_, whole.bytes});
  }

  std::shared_ptr<const void> owner_;
  std::vector<Whole> whole_;  // ascending, none inside another
  std::set<std::string> names_;
  std::vector<BundleFile> files_;
};

void write_buffers(const Capture& capture, Blobs& blobs, EventLines& lines) {
  for (std::uint32_t id = 0; id < capture.buffers.size(); ++id) {
    const Buffer& buffer = capture.buffers[id];
    lines.buffer(id, buffer);
    for (const Piece& piece : buffer.pieces) {
      const auto range = blobs.range_of(piece.bytes);
      lines.content({.buffer = id,
                     .offset = piece.offset,
                     .size = piece.bytes.size(),
                     .blob = range.blob,
                     .at = range.at,
                     .when = {}});
    }
  }
}

void write_original(const Capture& capture, Blobs& blobs, EventLines& lines) {
  if (!capture.model && !capture.evidence) return;
  if (capture.original.empty()) {
    lines.diagnostic({Severity::warning,
                      "the file of the model or of the register values was not at hand when this "
                      "bundle was written: they are not in it",
                      {}});
    return;
  }
  const auto range = blobs.range_of(capture.original);
  OriginalEvent original{.size = capture.original.size(),
                         .blob = range.blob,
                         .at = range.at,
                         .regcmd_buffer = {},
                         .task_buffer = {}};
  if (capture.model) {
    original.regcmd_buffer = capture.model->regcmd_buffer;
    original.task_buffer = capture.model->task_buffer;
    lines.model(original);
  } else {
    lines.decoded_json(original);
  }
}

// Calls and submits of one log in the order of their lines.
void write_calls(const Capture& capture, EventLines& lines) {
  auto submit = capture.submits.begin();
  for (const Event& event : capture.events) {
    while (submit != capture.submits.end() && submit->place.is_line && event.place.is_line &&
           submit->place.at < event.place.at) {
      lines.submit(*submit++);
    }
    lines.call(event);
  }
  while (submit != capture.submits.end()) lines.submit(*submit++);
}

BundleFile file_of(std::string_view name, std::string text) {
  auto owner = std::make_shared<const std::string>(std::move(text));
  const Bytes bytes = std::as_bytes(std::span(owner->data(), owner->size()));
  return {std::string(name), std::move(owner), bytes};
}

std::string head_of(const Capture& capture) {
  nlohmann::ordered_json head{{"schema", bundle_schema}};
  head["kind"] = json_of_text(capture.kind);
  head["source"] = json_of_text(capture.source);
  head["tool"] = "npuscope " NPUSCOPE_VERSION;
  return head.dump(2) + "\n";
}

}  // namespace

std::vector<BundleFile> bundle_files(const Capture& capture) {
  Blobs blobs(capture);
  EventLines lines(capture.source);
  for (const Fact& fact : capture.facts) lines.fact(fact);
  write_buffers(capture, blobs, lines);
  write_original(capture, blobs, lines);
  write_calls(capture, lines);
  for (const SweepEntry& entry : capture.sweep) lines.sweep(entry);
  for (const NamedWrite& write : capture.named_writes) lines.named_write(write);
  for (const LineCount& count : capture.lines) lines.line_count(count);
  for (const Diagnostic& diagnostic : capture.diagnostics) lines.diagnostic(diagnostic);
  lines.end();
  std::vector<BundleFile> files = std::move(blobs).take();
  files.push_back(file_of(bundle_events_name, lines.take()));
  files.push_back(file_of(bundle_head_name, head_of(capture)));
  return files;
}

}  // namespace npuscope
