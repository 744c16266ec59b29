// Collects what text readers find, line by line, into Captures.
//
//   CaptureBuilder builder("dump.log");
//   Buffer& gem = builder.select_gem(2);
//   builder.add_bytes(gem, 0x880, bytes, place);   // overlapping bytes must agree, else a warning
//   std::vector<Capture> runs = std::move(builder).finish();
//
// One file may hold several runs: start_run() closes the current one. Limits are explicit so that a
// hostile file cannot make us allocate more than it is long: bytes are copied only when they were
// really there; zero runs are bounded by max_buffer_bytes.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/capture.h"

namespace npuscope {

inline constexpr std::uint64_t max_buffer_bytes = std::uint64_t{1}
                                                  << 32U;  // devices have 32-bit addresses
inline constexpr std::uint64_t max_zero_run_bytes = std::uint64_t{256}
                                                    << 20U;  // what a "... N blocks" line may claim

class CaptureBuilder {
 public:
  explicit CaptureBuilder(std::string source) { capture_.source = std::move(source); }

  [[nodiscard]] Capture& capture() { return capture_; }

  // The buffer with this number in the current run; created at the first call. Becomes current().
  Buffer& select_gem(std::uint32_t number);
  // A buffer without a number, by name. Becomes current().
  Buffer& select_named(std::string_view name);
  // The buffer that lines without a number belong to; "words" if none was named yet.
  Buffer& current();

  // Known bytes of a buffer. Contradicting bytes: the first stay and a warning is recorded.
  void add_bytes(Buffer& buffer, std::uint64_t offset, std::span<const std::byte> bytes,
                 const Place& place);
  void add_word(Buffer& buffer, std::uint64_t offset, std::uint64_t word, const Place& place);
  void add_zeros(Buffer& buffer, std::uint64_t first, std::uint64_t last,
                 const Place& place);  // [first, last]

  void count_line(std::string_view format);

  // Ends the current run, if it holds anything but facts; the next run starts empty.
  void start_run();

  [[nodiscard]] std::vector<Capture> finish() &&;

 private:
  struct Run {
    std::uint64_t offset = 0;
    std::vector<std::byte> bytes;
    [[nodiscard]] std::uint64_t end() const { return offset + bytes.size(); }
  };
  struct Known {
    std::map<std::uint64_t, Run> runs;  // by offset, disjoint and not adjacent
    std::uint64_t conflicts = 0;
    Place first_conflict;
  };

  void close_run();

  Capture capture_;
  std::vector<Known> known_;  // parallel to capture_.buffers
  std::size_t current_ = static_cast<std::size_t>(-1);
  std::map<std::string, std::uint64_t, std::less<>> line_counts_;
  std::vector<Capture> finished_;
};

}  // namespace npuscope
