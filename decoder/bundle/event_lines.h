// Writes events.jsonl: one call, one line.
//
//   EventLines lines("run.log");
//   lines.buffer(0, buffer);
//   lines.content({.buffer = 0, .size = 4096, .blob = blob_name(bytes)});
//   lines.end();
//   file << lines.take();          // may be called between lines too: a recorder writes as it goes
//
// Members that a value does not have are left out. Equal values give equal bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "decoder/capture.h"

namespace npuscope {

// Bytes of a buffer: `size` bytes of a blob, from `at` on, lie at `offset` of the buffer.
struct ContentEvent {
  std::uint32_t buffer = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::string blob;
  std::uint64_t at = 0;
  // When a recorder took them: "submit" (just before submit number N) or "complete" (after it).
  // Empty: the state that the source shows.
  std::string when;
  std::uint32_t submit = 0;
};

// The file that a model or a table of registers is read from: a range of a blob.
struct OriginalEvent {
  std::uint64_t size = 0;
  std::string blob;
  std::uint64_t at = 0;
  // Models only: which buffers are its register words and task table. None: it was found in memory.
  std::optional<std::uint32_t> regcmd_buffer, task_buffer;
};

class EventLines {
 public:
  // Places that name no file are in `source`, so that it is not repeated on every line.
  explicit EventLines(std::string source) : source_(std::move(source)) {}

  void buffer(std::uint32_t id, const Buffer& buffer);
  void release(std::uint32_t buffer);
  // The bytes of a blob, in place of a file. What it is named by must be blob_name() of them.
  void bytes(std::string_view blob, std::span<const std::byte> bytes);
  void content(const ContentEvent& content);
  void model(const OriginalEvent& original);
  void decoded_json(const OriginalEvent& original);
  void submit(const Submit& submit);
  void call(const Event& event);
  void fact(const Fact& fact);
  void sweep(const SweepEntry& entry);
  void named_write(const NamedWrite& write);
  void line_count(const LineCount& count);
  void diagnostic(const Diagnostic& diagnostic);
  // The last line; says how many stand before it.
  void end();

  // What was written since the last take().
  [[nodiscard]] std::string take() { return std::exchange(text_, {}); }

 private:
  class Line;
  std::string source_;
  std::string text_;
  std::uint64_t count_ = 0;
};

}  // namespace npuscope
