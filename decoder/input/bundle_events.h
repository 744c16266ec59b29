// Turns the lines of events.jsonl into a capture, one at a time.
//
//   BundleEvents events(capture, source);
//   while (lines.next(line)) events.read(line, lines.number());
//   events.finish();
//
// Nothing in a line is fatal: what is not understood is counted, and reported by finish().
// Internal to decoder/input.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "decoder/input/bundle.h"
#include "decoder/input/bundle_contents.h"
#include "decoder/input/bundle_line.h"
#include "decoder/input/complaints.h"

namespace npuscope {

class BundleEvents {
 public:
  // Both must outlive it.
  BundleEvents(Capture& capture, const BundleSource& source);

  // `whole`: the line ends with a line end. One that does not may be torn.
  void read(std::string_view line, std::uint64_t number, bool whole);
  // Buffers get their bytes, the model is read again, and complaints become diagnostics.
  void finish();

 private:
  using Read = void (BundleEvents::*)(EventMembers&);
  struct Kind {
    std::string_view name;
    Read read;
  };
  static std::span<const Kind> kinds();
  void read_event(EventMembers& members);

  void read_buffer(EventMembers& members);
  void read_release(EventMembers& members);
  void read_bytes(EventMembers& members);
  void read_content(EventMembers& members);
  void read_model(EventMembers& members);
  void read_decoded_json(EventMembers& members);
  void read_submit(EventMembers& members);
  void read_call(EventMembers& members);
  void read_fact(EventMembers& members);
  void read_sweep(EventMembers& members);
  void read_named_write(EventMembers& members);
  void read_line_count(EventMembers& members);
  void read_diagnostic(EventMembers& members);
  void read_end(EventMembers& members);

  std::optional<FileBytes> original_of(EventMembers& members);
  void add_moment(Moment::Kind kind, std::size_t index);
  void add_to_snapshot(Snapshot snapshot);
  // The buffer of the capture that a model calls its register words or its task table.
  std::optional<std::uint32_t> linked_buffer(std::optional<std::uint32_t> id,
                                             const Capture& model_capture,
                                             std::optional<std::uint32_t> model_index);
  void link_model();
  void warn(const std::string& text);
  void note(const std::string& text);
  void skipped(std::string_view reason);

  Capture& capture_;
  const BundleSource& source_;
  BlobStore blobs_;
  BufferContents contents_;
  Complaints complaints_;
  Place place_;
  std::string kind_;  // of the event that is being read
  std::uint64_t read_ = 0;
  std::map<std::uint32_t, std::size_t> buffers_;  // id -> index
  std::optional<std::uint32_t> regcmd_id_, task_id_;
  std::shared_ptr<const Capture> model_;  // the model file as read again
  bool ended_ = false;
};

}  // namespace npuscope
