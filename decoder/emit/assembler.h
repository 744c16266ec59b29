// EMIT text back into bytes: the exact inverse of `decode`, and of the dialects that people have.
//
//   Assembler assembler(format, {}, sink);
//   for each line: if (auto ok = assembler.line(text); !ok) ... ok.error() names the line ...
//   auto done = assembler.finish();
//
// Words go where their address says. A window (".window ADDRESS BYTES") fixes begin and size, so
// that padding comes back as well; without one the first address begins the image. Lines of C
// source with whole words and EMIT lines without addresses follow one another. Text in ascending
// order is written as it comes, in constant memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/emit/emit_reader.h"
#include "decoder/emit/sink.h"

namespace npuscope {

struct AssembleOptions {
  bool fill_absent = false;  // words that are missing become 0; otherwise they are an error
  // When names and digits of a line disagree: an error, unless one of the two is declared right.
  enum class Prefer : std::uint8_t { neither, word, names } prefer = Prefer::neither;
};

struct AssembleReport {
  std::uint64_t words = 0;
  std::uint64_t bytes = 0;
  std::uint64_t filled = 0;  // absent words that became 0
  std::uint64_t windows = 0;
};

class Assembler {
 public:
  Assembler(const EmitFormat& format, AssembleOptions options, Sink& sink)
      : reader_(format), options_(options), sink_(sink) {}

  // One line, without its line end. `place` is for messages.
  [[nodiscard]] Result<void> line(std::string_view text, std::uint64_t line_number);
  [[nodiscard]] Result<AssembleReport> finish();

 private:
  Result<void> directive(std::string_view text, std::uint64_t line_number);
  Result<void> place(bool has_address, std::uint64_t address, Word word, std::uint64_t line_number);
  Result<void> close_window();

  EmitReader reader_;
  AssembleOptions options_;
  Sink& sink_;
  AssembleReport report_;

  bool open_ = false;              // a window is open
  bool fixed_ = false;             // its size was given by ".window"
  std::uint64_t origin_ = 0;       // address of its first byte
  std::uint64_t fixed_bytes_ = 0;  // of all windows with a size so far
  std::uint64_t size_ = 0;         // bytes, when fixed_
  std::uint64_t written_ = 0;      // bytes that went to the sink already
  std::vector<std::byte> image_;   // what follows them
  std::uint64_t next_ = 0;         // address for a word without one
  std::uint64_t gap_words_ = 0;    // addresses that were passed over, padding left out
  std::uint64_t first_gap_line_ = 0;
  bool saw_zero_value_ = false;  // a write of value 0: the text was not filtered
};

}  // namespace npuscope
