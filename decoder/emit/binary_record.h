// Command words as records of 16 bytes: the fastest form, for other programs and for bulk work.
//
//   BinaryDecoder decoder(RegisterDb::builtin());
//   std::vector<BinaryRecord> records(words.size());
//   decoder.decode(words, 0, records.data());
//   if (records[0].reg != no_register) ... db.registers()[records[0].reg].full_name ...
//
// Every word gives one record, in order; the record holds the whole word, so nothing is lost.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "decoder/word.h"
#include "regdb/register_db.h"

namespace npuscope {

inline constexpr std::uint16_t no_register = 0xffff;
inline constexpr std::uint8_t no_block = 0xff;

// Bits of BinaryRecord::flags.
enum RecordFlag : std::uint8_t {
  record_unknown = 1,   // a register write, but the database has no such register in that block
  record_marker = 2,    // the word before OPERATION_ENABLE
  record_enable = 4,    // OPERATION_ENABLE
  record_zero = 8,      // all 64 bits are zero: padding, or the end of a chain
  record_foreign = 16,  // the target names no block: not a command word
};

// Little-endian in memory and in files.
struct BinaryRecord {
  std::uint32_t value = 0;
  std::uint16_t offset = 0;
  std::uint16_t target = 0;
  std::uint16_t reg = no_register;  // index into RegisterDb::registers()
  std::uint8_t block = no_block;    // Block that the target names; pc for OPERATION_ENABLE
  std::uint8_t flags = 0;
  std::uint32_t position = 0;  // of the word, in words

  [[nodiscard]] Word word() const { return Word::make(target, offset, value); }
  friend bool operator==(const BinaryRecord&, const BinaryRecord&) = default;
};

static_assert(sizeof(BinaryRecord) == 16);

class BinaryDecoder {
 public:
  // `db` is not kept.
  explicit BinaryDecoder(const RegisterDb& db);

  // Writes words.size() records. The first word has position `first`; positions are modulo 2^32.
  void decode(WordView words, std::uint32_t first, BinaryRecord* out) const;

 private:
  // What a record says besides its word, for the target that belongs to this offset.
  static constexpr std::uint32_t no_target = 0x10000;  // equals no target: no register here
  struct Entry {
    std::uint32_t says = 0;            // reg, block, flags as they lie in a record
    std::uint32_t target = no_target;  // of 16 bits
  };

  std::vector<Entry> entries_;  // 65,536, by offset
};

}  // namespace npuscope
