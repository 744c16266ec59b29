// One command word as one line of JSON.
//
//   {"type":"write","task":0,"index":0,"address":"0x00000000fff9c800","word":"0x02010000001b1040","block":"CNA",
//    "register":"CNA_CBUF_CON0","offset":"0x1040","value":27,"fields":{"WEIGHT_BANK":1,"DATA_BANK":11}}
//
// Every field of the register is there, zero or not: a missing name means that the register has no
// such field. Bits that no field owns are in "unknown_bits", if there are any. 64-bit numbers are
// hexadecimal strings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "decoder/emit/text_arena.h"
#include "decoder/word.h"
#include "regdb/register_db.h"

namespace npuscope {

class JsonFormat {
 public:
  explicit JsonFormat(const RegisterDb& db);

  // What stands before "address": {"type":"write","task":12,"index": — laid out once per record by
  // the caller. Writes `prefix`, the index, and the rest of the line.
  char* write_line(char* out, std::string_view prefix, std::size_t index, std::uint64_t address,
                   Word word) const;

  // Enough for any line with a prefix of up to 128 bytes, wide copies included.
  [[nodiscard]] std::size_t max_line() const { return max_line_; }

 private:
  using Text = TextArena::Text;
  struct FieldText {
    Text key;  // "WEIGHT_BANK": with quotes and colon, a comma before all but the first
    std::uint32_t mask = 0;
    std::uint8_t low = 0;
  };
  struct Line {
    Text opening;  // ","block":"CNA","register":"CNA_CBUF_CON0","offset":"0x1040","value":
    std::uint16_t target = 0;
    std::uint16_t field_count = 0;
    std::uint32_t first_field = 0;
    std::uint32_t unowned = 0;
  };

  char* write_stranger(char* out, Word word) const;

  TextArena arena_;
  std::vector<FieldText> fields_;
  std::vector<Line> lines_;
  std::vector<std::uint16_t> line_of_offset_;
  std::size_t max_line_ = 0;
};

// `text` as a JSON string with quotes. Bytes that are not ASCII are read as Latin-1, as text
// captures are.
[[nodiscard]] std::string json_string(std::string_view text);

}  // namespace npuscope
