// Writes register streams and task tables as the vendor's compiler lays them out, for tests.
//
//   const SyntheticStream stream = lay_out(lanes_of_one_layer());
//   const Capture capture = capture_of(stream, {.base = 0xfff98000, .stream_offset = 0x4800});
//
// This is a second implementation of the format, made from its description alone (record: body,
// four tail words, zeros to the next 64 bytes; table: 40-byte entries), so that the decoder is not
// tested against itself. All streams are synthetic: short records of 12 to 19 words exist in model
// files only, never in a live capture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "decoder/capture.h"
#include "decoder/program.h"
#include "decoder/task.h"
#include "decoder/word.h"

namespace npuscope::testing {

struct StreamRecord {
  std::vector<Word> body;
  std::uint32_t enable_mask = 0;
  std::uint32_t op_idx = 1;
  std::uint32_t group = 0;  // REGISTER_AMOUNTS[31:16] of its tail
  // Uses the stream of this task (index in table order); everything else but op_idx is ignored.
  std::optional<std::size_t> same_as;
  bool ends_chain = false;  // a chain end inside a lane
};

using Lanes = std::vector<std::vector<StreamRecord>>;

// The composition that vendor streams have for this number of words: 104, 106, 108, 122, 126 full
// convolutions, 69 element-wise, 26 pooling or barrier, 12, 13, 16, 17, 19, 56, 58 short
// convolutions, 9 short copy, 4 and 8 short pooling. Values follow from `seed`; some are zero;
// S_POINTER is 0xe.
[[nodiscard]] std::vector<Word> body_of(std::uint32_t amount, std::uint32_t seed);
[[nodiscard]] StreamRecord record_of(std::uint32_t amount, std::uint32_t seed,
                                     std::uint32_t op_idx = 1);
[[nodiscard]] StreamRecord same_as(std::size_t task, std::uint32_t op_idx = 1);

// Lanes 2 | 3+3 | 2+2+2 of amounts 108,108 | 104,104,26 twice | 104,26 three times: the arrangement
// of a public capture, whose stream has 1168 words (9344 bytes).
[[nodiscard]] Lanes lanes_of_one_layer();
// A layer that cannot be split: one record, three tasks.
[[nodiscard]] Lanes lanes_of_unsplittable_layer();
// Two nodes; the second is shared with the 1-core lane, a third follows it:
//   1-core: conv conv copy conv | pair: conv bar (copy) conv bar, conv bar conv bar | triple: ...
[[nodiscard]] Lanes lanes_with_shared_records();
// Eight lanes 4, 4, 4 | 4+2 | 4+2+2 of 106-word convolutions whose S_POINTER holds the core.
[[nodiscard]] Lanes lanes_of_older_runtime();
// A 1-core lane alone: 108, 108, then one record of each short amount. Then the other lanes.
[[nodiscard]] Lanes lanes_with_short_records();

struct SyntheticStream {
  std::vector<Task> tasks;           // regcmd_addr is the byte offset in `words`
  std::vector<std::uint64_t> words;  // padded to 64 bytes behind every record
  std::vector<std::size_t> lanes;    // lengths

  [[nodiscard]] std::vector<std::byte> bytes() const;
  // Links and task addresses at their place in memory.
  [[nodiscard]] SyntheticStream placed(std::uint64_t address) const;
};

[[nodiscard]] SyntheticStream lay_out(const Lanes& lanes);

[[nodiscard]] std::vector<std::byte> bytes_of(const std::vector<Task>& tasks);
[[nodiscard]] std::vector<std::byte> bytes_of(const std::vector<std::uint64_t>& words);

// Adds a buffer that owns its bytes; its known bytes begin at `from`. Returns its index.
std::size_t add_buffer(Capture& capture, std::string name, std::vector<std::byte> bytes,
                       std::optional<std::uint64_t> device_address = {}, std::uint64_t from = 0);

struct Placement {
  std::uint64_t base = 0xfff98000;       // device address of the command buffer
  std::uint64_t stream_offset = 0x4800;  // of the stream in it
  bool state_address = true;             // the source names the device address
  bool with_table = true;                // buffer 0 is the task table
  bool with_table_copy = false;          // behind the stream, with relative addresses
  bool weights_like_commands = false;    // plausible words and tails in front of the stream
};

// Buffer "GEM 1" is the task table (4096 bytes), buffer "GEM 2" constants and the stream. Without
// the table, the command buffer is the only one.
[[nodiscard]] Capture capture_of(const SyntheticStream& stream, const Placement& placement = {});
[[nodiscard]] Capture capture_of(const Lanes& lanes, const Placement& placement = {});

// A list of words at the begin of a buffer "words", and nothing else.
[[nodiscard]] Capture capture_of_words(const std::vector<std::uint64_t>& words,
                                       Trust trust = Trust::raw);

[[nodiscard]] constexpr Word marker_word() {
  return Word{std::uint64_t{0x0041} << 48U};
}
[[nodiscard]] constexpr Word enable_word(std::uint32_t mask) {
  return Word::make(0x0081, 0x0008, mask);
}
[[nodiscard]] constexpr Word amounts_word(std::uint32_t value) {
  return Word::make(0x0101, 0x0014, value);
}
[[nodiscard]] constexpr Word link_word(std::uint32_t address) {
  return Word::make(0x0101, 0x0010, address);
}

// A task that passes every condition of the strict test.
[[nodiscard]] Task vendor_task(std::uint64_t address, std::uint32_t amount,
                               std::uint32_t enable_mask = 0x0d, std::uint32_t op_idx = 1);

// The lane lengths that the decoder found, "2|3+3|2+2+2".
[[nodiscard]] std::string lanes_text(const ProgramSet& set);

}  // namespace npuscope::testing
