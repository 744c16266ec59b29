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
    for (const Snapshot& snapshot : capture.snapshots) {
      for (const Piece& piece : snapshot.pieces) ranges.push_back(piece.bytes);
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

void write_content(ContentEvent content, const std::vector<Piece>& pieces, Blobs& blobs,
                   EventLines& lines) {
  for (const Piece& piece : pieces) {
    auto range = blobs.range_of(piece.bytes);
    content.offset = piece.offset;
    content.size = piece.bytes.size();
    content.blob = std::move(range.blob);
    content.at = range.at;
    lines.content(content);
  }
}

void write_buffer(const Capture& capture, std::uint32_t id, Blobs& blobs, EventLines& lines) {
  lines.buffer(id, capture.buffers[id]);
  write_content({.buffer = id, .blob = {}, .when = {}}, capture.buffers[id].pieces, blobs, lines);
}

void write_snapshot(const Snapshot& snapshot, Blobs& blobs, EventLines& lines) {
  write_content({.buffer = snapshot.buffer,
                 .blob = {},
                 .when = std::string(snapshot.complete ? when_complete : when_submit),
                 .submit = snapshot.submit},
                snapshot.pieces, blobs, lines);
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

// A recording, in the order of happening.
void write_timeline(const Capture& capture, Blobs& blobs, EventLines& lines) {
  for (const Moment& moment : capture.timeline) {
    switch (moment.kind) {
      case Moment::Kind::buffer:
        write_buffer(capture, moment.index, blobs, lines);
        break;
      case Moment::Kind::release:
        lines.release(moment.index);
        break;
      case Moment::Kind::snapshot:
        write_snapshot(capture.snapshots[moment.index], blobs, lines);
        break;
      case Moment::Kind::call:
        lines.call(capture.events[moment.index]);
        break;
      case Moment::Kind::submit:
        lines.submit(capture.submits[moment.index]);
        break;
    }
  }
}

BundleFile file_of(std::string_view name, std::string text) {
  auto owner = std::make_shared<const std::string>(std::move(text));
  const Bytes bytes = std::as_bytes(std::span(owner->data(), owner->size()));
  return {std::string(name), std::move(owner), bytes};
}

}  // namespace

std::string bundle_head(std::string_view kind, std::string_view source) {
  nlohmann::ordered_json head{{"schema", bundle_schema}};
  head["kind"] = json_of_text(kind);
  head["source"] = json_of_text(source);
  head["tool"] = "npuscope " NPUSCOPE_VERSION;
  return head.dump(2) + "\n";
}

std::vector<BundleFile> bundle_files(const Capture& capture) {
  Blobs blobs(capture);
  EventLines lines(capture.source);
  for (const Fact& fact : capture.facts) lines.fact(fact);
  if (capture.timeline.empty()) {
    for (std::uint32_t id = 0; id < capture.buffers.size(); ++id)
      write_buffer(capture, id, blobs, lines);
    write_original(capture, blobs, lines);
    write_calls(capture, lines);
  } else {
    write_timeline(capture, blobs, lines);
    write_original(capture, blobs, lines);
  }
  for (const SweepEntry& entry : capture.sweep) lines.sweep(entry);
  for (const NamedWrite& write : capture.named_writes) lines.named_write(write);
  for (const LineCount& count : capture.lines) lines.line_count(count);
  for (const Diagnostic& diagnostic : capture.diagnostics) lines.diagnostic(diagnostic);
  lines.end();
  std::vector<BundleFile> files = std::move(blobs).take();
  files.push_back(file_of(bundle_events_name, lines.take()));
  files.push_back(file_of(bundle_head_name, bundle_head(capture.kind, capture.source)));
  return files;
}

}  // namespace npuscope
