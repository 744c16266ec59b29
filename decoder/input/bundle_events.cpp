#include "decoder/input/bundle_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "decoder/bundle/event_fields.h"
#include "decoder/input/bundle_items.h"
#include "decoder/model.h"
#include "decoder/recording.h"

namespace npuscope {

namespace {

// A name as it may stand in a message: a hostile bundle may give it any length and any bytes.
std::string shown_name(std::string_view name) {
  constexpr std::size_t longest = 64;
  std::string text = "\"";
  for (const char c : name.substr(0, longest)) {
    const bool plain = c >= 0x20 && c < 0x7f;
    text.push_back(plain ? c : '?');
  }
  text += name.size() > longest ? "...\"" : "\"";
  return text;
}

}  // namespace

BundleEvents::BundleEvents(Capture& capture, const BundleSource& source)
    : capture_(capture),
      source_(source),
      blobs_(source.load_blob),
      place_{source.events.name, 0, true} {}

std::span<const BundleEvents::Kind> BundleEvents::kinds() {
  static constexpr std::array kinds{
      Kind{"buffer", &BundleEvents::read_buffer},
      Kind{"release", &BundleEvents::read_release},
      Kind{"bytes", &BundleEvents::read_bytes},
      Kind{"content", &BundleEvents::read_content},
      Kind{"model", &BundleEvents::read_model},
      Kind{"decoded_json", &BundleEvents::read_decoded_json},
      Kind{"submit", &BundleEvents::read_submit},
      Kind{"call", &BundleEvents::read_call},
      Kind{"fact", &BundleEvents::read_fact},
      Kind{"sweep", &BundleEvents::read_sweep},
      Kind{"named_write", &BundleEvents::read_named_write},
      Kind{"line_count", &BundleEvents::read_line_count},
      Kind{"diagnostic", &BundleEvents::read_diagnostic},
      Kind{"end", &BundleEvents::read_end},
  };
  return kinds;
}

void BundleEvents::warn(const std::string& text) {
  complaints_.add(Severity::warning, text, place_);
}

void BundleEvents::note(const std::string& text) {
  complaints_.add(Severity::note, text, place_);
}

void BundleEvents::skipped(std::string_view reason) {
  warn(fmt::format("a {} event {} and was skipped", kind_, reason));
}

void BundleEvents::read(std::string_view line, std::uint64_t number, bool whole) {
  place_.at = number;
  if (ended_) return warn("a line stands behind the end event and was not read");
  const ParsedObject parsed = parse_object(line);
  if (!parsed.problem.empty()) {
    if (!whole) return warn("the last line is torn: it was not written to its end");
    ++read_;
    return warn(fmt::format("a line {} and was skipped", parsed.problem));
  }
  EventMembers members(parsed.object, capture_.source);
  read_event(members);
  ++read_;
}

void BundleEvents::read_event(EventMembers& members) {
  const auto name = members.text("event");
  if (!name) return warn("a line does not say which \"event\" it is and was skipped");
  const auto known = kinds();
  const auto kind =
      std::find_if(known.begin(), known.end(), [&](const Kind& k) { return k.name == *name; });
  if (kind == known.end()) {
    return note(fmt::format("events of the kind {} are not known to this version and were skipped",
                            shown_name(*name)));
  }
  kind_ = *name;
  (this->*kind->read)(members);
  for (const std::string& member : members.misfits()) {
    warn(fmt::format("\"{}\" of a {} event has a value of another form and was ignored", member,
                     kind_));
  }
  for (const std::string& member : members.unknown()) {
    note(fmt::format("the member {} of {} events is not known to this version and was skipped",
                     shown_name(member), kind_));
  }
}

void BundleEvents::read_buffer(EventMembers& members) {
  const auto id = members.small("id");
  Buffer buffer = buffer_of(members);
  if (!id) return skipped("has no \"id\"");
  if (!buffers_.emplace(*id, capture_.buffers.size()).second) {
    return skipped("has the id of a buffer before it");
  }
  add_moment(Moment::Kind::buffer, capture_.buffers.size());
  capture_.buffers.push_back(std::move(buffer));
}

void BundleEvents::read_release(EventMembers& members) {
  const auto id = members.small("buffer");
  const auto buffer = id ? buffers_.find(*id) : buffers_.end();
  if (buffer == buffers_.end()) return skipped("is about a buffer that was not described before");
  add_moment(Moment::Kind::release, buffer->second);
}

void BundleEvents::add_moment(Moment::Kind kind, std::size_t index) {
  capture_.timeline.push_back({kind, static_cast<std::uint32_t>(index)});
}

// Contents of one moment that follow each other are one snapshot.
void BundleEvents::add_to_snapshot(Snapshot snapshot) {
  auto& all = capture_.snapshots;
  const bool follows =
      !capture_.timeline.empty() && capture_.timeline.back().kind == Moment::Kind::snapshot &&
      all.back().buffer == snapshot.buffer && all.back().submit == snapshot.submit &&
      all.back().complete == snapshot.complete &&
      all.back().pieces.back().end() < snapshot.pieces.front().offset;
  if (follows) {
    all.back().pieces.push_back(snapshot.pieces.front());
    return;
  }
  add_moment(Moment::Kind::snapshot, all.size());
  all.push_back(std::move(snapshot));
}

void BundleEvents::read_bytes(EventMembers& members) {
  const auto blob = members.text("blob");
  const auto bytes = members.text("bytes");
  if (!blob || !bytes) return skipped("lacks \"blob\" or \"bytes\"");
  if (const std::string problem = blobs_.put(*blob, *bytes); !problem.empty()) warn(problem);
}

void BundleEvents::read_content(EventMembers& members) {
  const auto id = members.small("buffer");
  const auto offset = members.number("offset");
  const auto size = members.number("size");
  const auto blob = members.text("blob");
  const std::uint64_t at = members.number("at").value_or(0);
  const std::string when = members.text("when").value_or("");
  const std::uint32_t submit = members.small("submit").value_or(0);
  if (!id || !offset || !size || !blob) {
    return skipped("lacks \"buffer\", \"offset\", \"size\" or \"blob\"");
  }
  const auto buffer = buffers_.find(*id);
  if (buffer == buffers_.end()) return skipped("is about a buffer that was not described before");
  if (!when.empty() && when != when_submit && when != when_complete) {
    return skipped("was taken at a moment that is not known to this version");
  }
  if (*offset > max_bundle_buffer_end || *size > max_bundle_buffer_end - *offset) {
    return skipped(fmt::format("lies beyond {:#x} of its buffer", max_bundle_buffer_end));
  }
  const BlobStore::Range range = blobs_.range(*blob, at, *size);
  if (!range.problem.empty()) return warn(range.problem);
  if (range.bytes.empty()) return;
  if (!when.empty()) {
    return add_to_snapshot({static_cast<std::uint32_t>(buffer->second),
                            submit,
                            when == when_complete,
                            {{*offset, range.bytes}}});
  }
  if (contents_.claimed_bytes() + *size > blobs_.loaded_bytes() + max_bundle_repeated_bytes) {
    return skipped(fmt::format("repeats more than {} bytes of blobs", max_bundle_repeated_bytes));
  }
  contents_.add(buffer->second, *offset, range.bytes, place_.at);
}

std::optional<FileBytes> BundleEvents::original_of(EventMembers& members) {
  const auto size = members.number("size");
  const auto blob = members.text("blob");
  const std::uint64_t at = members.number("at").value_or(0);
  if (!size || !blob) {
    skipped("lacks \"size\" or \"blob\"");
    return std::nullopt;
  }
  if (capture_.model || capture_.evidence || model_) {
    skipped("is a second one");
    return std::nullopt;
  }
  BlobStore::Range range = blobs_.range(*blob, at, *size);
  if (!range.problem.empty()) {
    warn(range.problem);
    return std::nullopt;
  }
  return FileBytes{fmt::format("{}/blobs/{}", source_.name, *blob), std::move(range.owner),
                   range.bytes};
}

void BundleEvents::read_model(EventMembers& members) {
  const auto regcmd = members.small("regcmd_buffer");
  const auto tasks = members.small("task_buffer");
  const auto file = original_of(members);
  if (!file) return;
  auto model = read_rknn(*file);
  if (!model) return skipped("holds no model that can be read: " + model.error().what);
  regcmd_id_ = regcmd;
  task_id_ = tasks;
  capture_.original = file->bytes;
  model_ = std::make_shared<const Capture>(std::move(*model));
}

void BundleEvents::read_decoded_json(EventMembers& members) {
  const auto file = original_of(members);
  if (!file) return;
  auto json = npuscope::read_decoded_json(*file);
  if (!json) return skipped("holds no decoded JSON that can be read: " + json.error().what);
  capture_.original = file->bytes;
  capture_.evidence = json->evidence;
}

void BundleEvents::read_submit(EventMembers& members) {
  add_moment(Moment::Kind::submit, capture_.submits.size());
  capture_.submits.push_back(submit_of(members));
}

void BundleEvents::read_call(EventMembers& members) {
  add_moment(Moment::Kind::call, capture_.events.size());
  capture_.events.push_back(call_of(members));
}

void BundleEvents::read_sweep(EventMembers& members) {
  capture_.sweep.push_back(sweep_entry_of(members));
}

void BundleEvents::read_diagnostic(EventMembers& members) {
  capture_.diagnostics.push_back(diagnostic_of(members));
}

void BundleEvents::read_fact(EventMembers& members) {
  auto fact = fact_of(members);
  if (!fact) return skipped("lacks \"key\" or \"value\"");
  capture_.facts.push_back(std::move(*fact));
}

void BundleEvents::read_named_write(EventMembers& members) {
  auto write = named_write_of(members);
  if (!write) return skipped("lacks \"register\" or \"argument\"");
  capture_.named_writes.push_back(std::move(*write));
}

void BundleEvents::read_line_count(EventMembers& members) {
  auto count = line_count_of(members);
  if (!count) return skipped("lacks \"format\" or \"lines\"");
  capture_.lines.push_back(std::move(*count));
}

void BundleEvents::read_end(EventMembers& members) {
  ended_ = true;
  const auto lines = members.count("lines");
  if (lines && *lines != read_) {
    warn(
        fmt::format("{} lines stand before the end event, which counts {}: lines were lost or "
                    "added",
                    read_, *lines));
  }
}

std::optional<std::uint32_t> BundleEvents::linked_buffer(std::optional<std::uint32_t> id,
                                                         const Capture& model_capture,
                                                         std::optional<std::uint32_t> model_index) {
  if (!id) return std::nullopt;
  const auto found = buffers_.find(*id);
  const bool fits =
      found != buffers_.end() && model_index && *model_index < model_capture.buffers.size() &&
      capture_.buffers[found->second].size == model_capture.buffers[*model_index].size;
  if (fits) return static_cast<std::uint32_t>(found->second);
  capture_.warn(fmt::format("buffer {} is not the one of the model that it is said to be", *id),
                {source_.events.name, 0, false});
  return std::nullopt;
}

void BundleEvents::link_model() {
  if (!model_) return;
  auto model = std::make_shared<Model>(*model_->model);
  const auto regcmd = linked_buffer(regcmd_id_, *model_, model->regcmd_buffer);
  const auto tasks = linked_buffer(task_id_, *model_, model->task_buffer);
  model->regcmd_buffer = regcmd;
  model->task_buffer = tasks;
  capture_.model = std::move(model);
}

void BundleEvents::finish() {
  const auto owners = blobs_.storage();
  capture_.storage.insert(capture_.storage.end(), owners.begin(), owners.end());
  contents_.finish(capture_, complaints_, place_);
  link_model();
  if (!ended_) {
    place_.at = read_;
    warn(
        "the bundle has no end event: it is still being written, or was cut off; what stands in it "
        "was read");
  }
  complaints_.report(capture_);
  if (!is_recording(capture_)) capture_.timeline.clear();
}

}  // namespace npuscope
