// What the line formats of a text share while it is read: the builder, the current line's place,
// the current memory object, and the words that listings print beside (not instead of) hex rows.
//
//   TextContext context("x.log");
//   context.place.at = 12;                       // line number
//   read_hex_row(context, "[00000000] = ...");   // decoder/input/text_formats.h
//   context.end_run();
//
// One file may hold several runs of a program; new_run() closes one and starts the next.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decoder/input/capture_builder.h"
#include "decoder/input/scan.h"
#include "decoder/task.h"

namespace npuscope {

// Words as an EMIT text or an lsb listing prints them. Its addresses are wrong in every public
// file (a stale base, a false task, a hard-coded constant): only their differences are used.
struct Listing {
  enum class Dialect : std::uint8_t { emit, lsb };
  struct Word {
    std::uint64_t address = 0;
    std::uint64_t word = 0;
  };
  Dialect dialect = Dialect::emit;
  std::optional<std::uint32_t> gem;            // the object that the text is talking about
  std::optional<std::uint64_t> declared_base;  // "base selection ... chosen="
  std::vector<Word> words;
  bool has_zeros = false;  // a zero word, or a register write of value 0: nothing was filtered out
  Place place;
};

inline constexpr std::size_t max_line_formats = 32;

struct TextContext {
  explicit TextContext(const std::string& file) : builder(file), place{file, 0, true} {}

  CaptureBuilder builder;
  Place place;  // of the line being read

  // Notes a condition that may be true of very many lines: one diagnostic each, with a count.
  void complain(std::string_view what);
  void fact(std::string key, std::string_view value);
  Event& event(std::string kind, Arguments arguments = {});
  // The words of EMIT and lsb lines.
  void listed_word(Listing::Dialect dialect, std::uint64_t address, std::uint64_t word);
  // A header says that the next lines are about this object, or about none.
  void talk_about(std::optional<std::uint32_t> gem);

  // Closes the run: merges the bytes, compares listings, says what is incomplete.
  void end_run();
  void new_run();  // end_run(), and start_run() of the builder

  // --- what single formats remember between lines ---
  std::vector<Listing> listings;
  std::optional<std::uint32_t> listing_gem;
  std::map<std::uint32_t, std::uint64_t> listing_bases;

  struct GemHeader {
    std::uint32_t handle = 0;
    std::uint64_t size = 0;
    std::optional<std::uint64_t> cookie;
  };
  std::optional<GemHeader> pending_header;              // `gem open got`, before its `Gem N`
  std::map<std::uint64_t, std::uint32_t> cookies;       // mmap offset -> object
  std::map<std::uint32_t, std::uint64_t> dumped_sizes;  // objects whose whole content is announced

  struct OpenTask {
    std::uint32_t gem = 0;
    std::uint64_t offset = 0;
    std::size_t fields = 0;
    Task task;
    Place place;
  };
  std::optional<std::uint32_t> task_section;  // "Decoded rknpu_task entries for GEM N"
  std::optional<OpenTask> open_task;
  std::optional<std::uint64_t> task_address_index;  // "[i] <int>" line before TAB address
  std::map<std::string, std::uint64_t> task_counts;
  std::map<std::string, std::uint64_t> false_task_counts;  // of these, what cannot be a task

  struct Window {
    std::uint64_t offset = 0;
    std::uint64_t count = 0;
    std::uint64_t read = 0;
    std::uint64_t next_index = 0;
    Place place;
  };
  std::optional<Window> window;

  struct Allocation {
    std::string size, flags;
  };
  std::map<std::string, Allocation> created;  // MEM_CREATE #n, before its _RET
  std::map<std::uint32_t, bool> freed;        // handles
  std::optional<std::size_t> open_submit;     // index into Capture::submits
  std::size_t open_submit_event = 0;          // index of its event
  std::map<std::string, std::pair<std::uint64_t, Place>> call_counts;  // strace

  std::string snapshot;  // kind of the open block, "" for none
  std::string snapshot_label;
  std::string mmio_core;

  bool sweep_summary = false;
  std::optional<std::size_t> open_sweep;  // entry that continuation lines belong to
  bool live_sweep = false;

  std::array<std::uint64_t, max_line_formats> line_counts{};  // by index into the table of formats
  std::uint64_t c_source_lines = 0;
  bool saw_words = false;  // 64-bit words or bytes, in any format

 private:
  struct Complaint {
    std::uint64_t count = 0;
    Place first;
  };
  std::map<std::string, Complaint, std::less<>> complaints_;
};

}  // namespace npuscope
