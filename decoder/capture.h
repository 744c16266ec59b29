// What a source gave us, before anything is interpreted: buffers with their known bytes, submits,
// events, facts.
//
//   auto captures = read_input("capture.log", {});        // decoder/input/read_input.h
//   for (const Buffer& b : captures->front().buffers) ... b.bytes_at(0x4800, 64) ...
//
// Readers fill a Capture; they never decide what is a command. That is decoder/program's work, from
// the task table. A Capture owns its bytes (`storage`); spans into it stay valid as long as the
// Capture (or a copy of it) lives.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decoder/task.h"

namespace npuscope {

struct Model;        // decoder/model.h: what a .rknn file says beside its bytes
struct DecodedJson;  // decoder/evidence.h: tables of registers without words

// How far the bytes can be trusted.
enum class Trust : std::uint8_t {
  raw,   // the bytes themselves: binary dumps, model files
  text,  // every byte printed as text (hex rows, lsb listings, qword windows): as good as raw where
         // present
  filtered,   // text from which lines were removed: absent words are unknown, not zero
  lossy,      // values or targets were changed by the tool that wrote them (regdump.bin)
  text_only,  // names and values only, the words are rebuilt from them (EMIT lines without a word)
};

enum class BufferRole : std::uint8_t {
  unknown,
  task_table,
  commands,
  constants,
  internal,
  input,
  output,
  model
};

[[nodiscard]] std::string_view name_of(Trust trust);
[[nodiscard]] std::string_view name_of(BufferRole role);

// Where an item was read: file name, and line (text) or byte offset (binary).
struct Place {
  std::string file;
  std::uint64_t at = 0;
  bool is_line = false;
  [[nodiscard]] std::string text() const;  // "x.log:12" or "gem1-dump, byte 0x28"
};

// A run of known bytes of a buffer.
struct Piece {
  std::uint64_t offset = 0;  // in the buffer
  std::span<const std::byte> bytes;
  [[nodiscard]] std::uint64_t end() const { return offset + bytes.size(); }
};

struct Buffer {
  std::string name;  // as its source calls it: "GEM 2", "gem2-dump", "regcmd"
  std::optional<std::uint32_t>
      gem;  // number in the source (flink name or handle); says nothing about the role
  std::optional<std::uint32_t> handle;
  std::optional<std::uint32_t> file;  // recordings: which open device file the handle belongs to
  BufferRole role = BufferRole::unknown;
  std::string role_reason;  // why we think so
  std::optional<std::uint64_t> device_address;
  std::string address_source;                   // the line or mechanism that gave device_address
  std::optional<std::uint64_t> object_address;  // kernel object, links buffers with submits
  std::optional<std::uint32_t> flags;
  std::uint64_t size = 0;        // bytes, as declared or as long as the known bytes reach
  std::uint64_t exact_size = 0;  // bytes before page rounding, 0 if not known
  Trust trust = Trust::raw;
  std::vector<Piece>
      pieces;  // ascending, disjoint, not adjacent; the rest of the buffer was not captured
  Place place;

  // The bytes [offset, offset+count) if all are known and lie in one piece, else an empty span.
  [[nodiscard]] std::span<const std::byte> bytes_at(std::uint64_t offset,
                                                    std::uint64_t count) const;
  // The longest run of known bytes that starts at offset.
  [[nodiscard]] std::span<const std::byte> bytes_from(std::uint64_t offset) const;
  [[nodiscard]] std::uint64_t known_bytes() const;
};

// A named number or text of a source: driver version, shape, register file size. Keys are lower
// case with dots.
struct Fact {
  std::string key;  // "runtime.version", "test.name", "regcmdbuffer.size", "tensor.input.dims"
  std::string value;
  Place place;
};

// One logged call or line of a protocol, in order: an ioctl, a kernel log line, a snapshot value.
struct Event {
  std::string
      kind;  // "MEM_CREATE", "IOCTL_RET", "SUBMIT", "sysfs", "mmio", "klog.failed_to_wait", ...
  std::vector<std::pair<std::string, std::string>> arguments;  // as printed, in order
  Place place;
  [[nodiscard]] std::optional<std::uint64_t> number(
      std::string_view key) const;  // 0x.. or decimal, also negative
};

// A job of a submit to `rocket`: pairs of device address and count of command words, run in order,
// and the handles that it names.
struct RocketJob {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> tasks;
  std::vector<std::uint32_t> inputs, outputs;
};

// DRM_IOCTL_RKNPU_SUBMIT as logged, or jobs for `rocket`. Fields that were not logged are empty.
struct Submit {
  std::optional<std::uint32_t> flags, timeout, task_start, task_number, task_counter, core_mask;
  std::optional<std::int64_t> priority, fence_fd;
  std::optional<std::uint64_t> task_obj_addr, regcfg_obj_addr, task_base_addr, user_data;
  std::array<std::optional<std::pair<std::uint32_t, std::uint32_t>>, 5>
      subcore;  // {task_start, task_number}
  std::vector<RocketJob> jobs;
  std::optional<std::uint32_t> file;  // as Buffer::file
  std::string
      uncaptured;  // recordings: why the contents of the buffers were not taken; empty: they were
  Place place;
};

// Recordings: bytes of a buffer as they were from some moment on; those beside them stay as they
// were.
struct Snapshot {
  std::uint32_t buffer = 0;  // index in Capture::buffers
  std::uint32_t submit = 0;  // index in Capture::submits
  bool complete = false;     // false: taken just before that submit; true: after it
  std::vector<Piece> pieces;
};

// What happened, in order. `index` is one into the list of Capture that belongs to the kind; a
// release ends the life of a buffer.
struct Moment {
  enum class Kind : std::uint8_t { buffer, release, snapshot, call, submit };
  Kind kind = Kind::call;
  std::uint32_t index = 0;
};

enum class Severity : std::uint8_t { note, warning };

// Something a person should know about the source. Never fatal.
struct Diagnostic {
  Severity severity = Severity::note;
  std::string text;
  Place place;
};

// A row of a sweep log: status of one shape.
struct SweepEntry {
  std::string status;  // "PASS", "FAIL", "FENCED", "ERROR", ...
  std::string name;    // shape name as printed
  std::string text;    // the rest, continuation lines joined with "\n"
  Place place;
};

// A register write that a text names without its word: EMIT(REG_CNA_DCOMP_REGNUM, 0x0). Who has the
// register database turns it into a word; nothing is resolved here.
struct NamedWrite {
  std::string register_full_name;  // "CNA_DCOMP_REGNUM", without the REG_ of the text
  std::string argument_text;       // "0x0" or "CNA_CBUF_CON0_WEIGHT_BANK(1) | ..."
  Place place;
};

// How many lines (text) of each format a source held; "unclassified" is a format like any other.
struct LineCount {
  std::string format;
  std::uint64_t lines = 0;
};

struct Capture {
  std::string source;  // path or name as given
  std::string kind;    // "rknn model", "live log", "GEM directory", ... for a person
  std::vector<Buffer> buffers;
  std::vector<Submit> submits;
  std::vector<Event> events;
  // Recordings, which see buffers more than once: decoder/recording.h shows them at one submit.
  std::vector<Snapshot> snapshots;
  std::vector<Moment> timeline;  // of buffers, snapshots, calls and submits; empty: no recording
  std::vector<Fact> facts;
  std::vector<SweepEntry> sweep;
  std::vector<NamedWrite> named_writes;  // in order; only from text without words
  std::vector<LineCount> lines;
  std::vector<Diagnostic> diagnostics;
  std::shared_ptr<const Model>
      model;  // set for .rknn files, and when a model was found in a buffer
  std::shared_ptr<const DecodedJson> evidence;  // set for decoded JSON
  std::span<const std::byte>
      original;  // the bytes of the file that `model` or `evidence` was read from
  std::vector<std::shared_ptr<const void>> storage;  // owns every byte that a span above names

  [[nodiscard]] const Fact* fact(std::string_view key) const;  // the first with this key
  void note(std::string text, Place place = {});
  void warn(std::string text, Place place = {});
};

}  // namespace npuscope
