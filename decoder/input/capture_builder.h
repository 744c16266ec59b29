// Collects what text readers find, line by line, into Captures.
//
//   CaptureBuilder builder("dump.log");
//   Buffer& gem = builder.select_gem(2);
//   builder.add_bytes(gem, 0x880, bytes, place);   // overlapping bytes must agree, else a warning
//   std::vector<Capture> runs = std::move(builder).finish();
//
// One file may hold several runs: start_run() closes the current one. A Buffer& is valid until the
// next select_*(). Bytes are only noted when they arrive and merged when the run is sealed, so any
// order of lines costs the same. Limits are explicit so that a hostile file cannot make us allocate
// more than it is long: bytes are copied only when they were really there, and what "... N blocks"
// lines claim is bounded by max_zero_run_bytes for one line and max_zero_bytes for one file.
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
inline constexpr std::uint64_t max_zero_bytes = std::uint64_t{1} << 30U;  // all such lines together

class CaptureBuilder {
 public:
  explicit CaptureBuilder(std::string source) { capture_.source = std::move(source); }

  [[nodiscard]] Capture& capture() { return capture_; }

  // The buffer with this number in the current run; created at the first call. Becomes current().
  Buffer& select_gem(std::uint32_t number);
  // A buffer without a number, by name. Becomes current().
  Buffer& select_named(std::string_view name);
  // The buffer of an allocation: by kernel object, else by handle, else new. Becomes current().
  Buffer& select_object(std::uint64_t object_address, std::uint32_t handle);
  // The buffer that lines without a number belong to; "words" if none was named yet.
  Buffer& current();
  // The buffer with this number if the run has it. Changes nothing.
  [[nodiscard]] Buffer* find_gem(std::uint32_t number);
  // Gives a buffer its number, when that becomes known after the buffer itself.
  void number_buffer(Buffer& buffer, std::uint32_t number);

  // Known bytes of a buffer. Contradicting bytes: the first stay and a warning is recorded.
  void add_bytes(Buffer& buffer, std::uint64_t offset, std::span<const std::byte> bytes,
                 const Place& place);
  void add_word(Buffer& buffer, std::uint64_t offset, std::uint64_t word, const Place& place);
  void add_zeros(Buffer& buffer, std::uint64_t first, std::uint64_t last,
                 const Place& place);  // [first, last]
  [[nodiscard]] bool has_bytes(const Buffer& buffer) const;

  void count_line(std::string_view format, std::uint64_t lines = 1);

  // Merges the bytes into Buffer::pieces and the counts into Capture::lines. After it the run takes
  // no more bytes: look at it, add facts, then call start_run() or finish().
  void seal();
  // Whether the run holds nothing but facts.
  [[nodiscard]] bool run_is_empty() const;
  // Ends the current run, if it holds anything but facts; the next run starts empty.
  void start_run();

  [[nodiscard]] std::vector<Capture> finish() &&;

 private:
  // A stretch of bytes as it arrived. Zero runs have no bytes of their own.
  struct Chunk {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::size_t position = 0;  // in Known::bytes, or `zeros`
    std::uint64_t line = 0;
    [[nodiscard]] std::uint64_t end() const { return offset + size; }
  };
  static constexpr std::size_t zeros = static_cast<std::size_t>(-1);
  struct Known {
    std::vector<Chunk> chunks;  // in order of arrival
    std::vector<std::byte> bytes;
    std::uint64_t refused = 0;  // lines beyond the limits
    Place first_refused;
  };
  using Intervals = std::map<std::uint64_t, Chunk>;  // by offset, disjoint

  [[nodiscard]] std::size_t index_of(const Buffer& buffer) const;
  Buffer& new_buffer(std::string name);
  void refuse(Known& known, const Place& place);
  static bool agree(const Known& known, const Chunk& a, const Chunk& b);
  static std::uint64_t fill_gaps(const Known& known, const Chunk& chunk, Intervals& merged);
  void merge(std::size_t index);
  void store_pieces(Buffer& buffer, const Known& known, const Intervals& merged);

  Capture capture_;
  std::vector<Known> known_;  // parallel to capture_.buffers
  std::map<std::uint32_t, std::size_t> by_gem_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
  std::map<std::uint64_t, std::size_t> by_object_;
  std::map<std::uint32_t, std::size_t> by_handle_;
  std::size_t current_ = static_cast<std::size_t>(-1);
  std::map<std::string, std::uint64_t, std::less<>> line_counts_;
  std::uint64_t zero_bytes_claimed_ = 0;
  bool sealed_ = false;
  std::vector<Capture> finished_;
};

}  // namespace npuscope
