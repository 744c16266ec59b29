// One command word as one line of EMIT text.
//
//   EmitFormat format(RegisterDb::builtin());
//   char line[...]; char* end = format.write_line(line, 0xfff9c800, Word{0x02010000001b1040});
//   // [0xfff9c800] lsb 02010000001b1040 - CNA           EMIT(REG_CNA_CBUF_CON0,
//   CNA_CBUF_CON0_WEIGHT_BANK(1) | ...);
//
// The line is that of the dump scripts people use, with their errors left out: the block is the
// true one, unknown registers and unowned bits are printed, no word is dropped. The sixteen digits
// after `lsb` are the word; what follows explains it. Names are laid out once per register, so that
// a line is a few wide copies: below 400 instructions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/emit/text_arena.h"
#include "decoder/word.h"
#include "regdb/register_db.h"

namespace npuscope {

class EmitFormat {
 public:
  explicit EmitFormat(const RegisterDb& db);

  // "[address] lsb word - block EMIT(REG_..., fields);\n". Writes at most max_line() bytes.
  char* write_line(char* out, std::uint64_t address, Word word) const;

  // "EMIT(REG_..., fields);" for a word that is a register write, else what it is in words. No line
  // end.
  char* write_emit(char* out, Word word) const;

  // What write_line() puts behind the sixteen digits, without the line end: " - CNA  EMIT(...);".
  // Only for words that write a register of the database, else nullptr.
  char* write_explanation(char* out, Word word) const;

  // Enough for any line, wide copies included.
  [[nodiscard]] std::size_t max_line() const { return max_line_; }

  // The register that a word writes, nullptr if target and offset do not name one.
  [[nodiscard]] const Register* register_of(Word word) const;
  [[nodiscard]] const RegisterDb& db() const { return *db_; }

 private:
  using Text = TextArena::Text;
  struct FieldText {
    Text name;  // "CNA_CBUF_CON0_WEIGHT_BANK"
    std::uint32_t mask = 0;
    std::uint8_t low = 0;
    bool boolean = false;
  };
  struct Line {
    Text opening;                          // "CNA           EMIT(REG_CNA_CBUF_CON0, "
    std::uint16_t block_column = 0;        // length of "CNA           "
    std::uint16_t target = 0;              // what the upper 16 bits of the word must be
    std::uint32_t first_field = 0;         // index into fields_
    std::uint32_t unowned = 0;             // bits without a field
    bool whole_value = false;              // one field: print the value as it is
    std::array<std::uint8_t, 32> owner{};  // which field owns a bit, counted from first_field
  };

  char* write_arguments(char* out, const Line& line, std::uint32_t value) const;
  char* write_stranger(char* out, Word word, bool with_block) const;

  const RegisterDb* db_;
  TextArena arena_;
  std::vector<FieldText> fields_;
  std::vector<Line> lines_;
  std::vector<std::uint16_t> line_of_offset_;  // 65,536 entries, 0 = none
  std::size_t max_line_ = 0;
};

}  // namespace npuscope
