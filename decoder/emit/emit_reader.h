// One line of EMIT text back into its word, in every dialect that people have.
//
//   EmitReader reader(format);
//   EmitLine line;
//   if (reader.read(text, EmitCheck::verified, line)) ... line.word, line.address, line.agreement
//   ...
//
// The sixteen digits after `lsb` are the truth; names and fields are checked against them by
// writing them anew and comparing. A line without such digits (EMIT(REG_CNA_DCOMP_REGNUM, 0x0);) is
// read from its names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "decoder/emit/emit_format.h"

namespace npuscope {

enum class EmitCheck : std::uint8_t { word_only, verified };

enum class Agreement : std::uint8_t {
  unchecked,  // word_only, or the line explains nothing ("zero", "Unknown")
  agrees,     // names and fields give the same word
  disagrees,  // they give another one, see `named`
  unreadable  // an EMIT( that cannot be understood: unknown register or field
};

struct EmitLine {
  bool has_address = false;
  bool has_word = false;  // digits after `lsb`; otherwise the word comes from the names
  std::uint64_t address = 0;
  Word word;
  Word named;  // what the names say, where they were read
  Agreement agreement = Agreement::unchecked;
};

class EmitReader {
 public:
  // `format` must outlive the reader.
  explicit EmitReader(const EmitFormat& format) : format_(&format) {}

  // False: the line holds no command word in any dialect.
  bool read(std::string_view line, EmitCheck check, EmitLine& result) const;

  // "EMIT(REG_X, A(1) | B);" or without the "EMIT(" and ");". The error says which name is not
  // known.
  [[nodiscard]] Result<Word> from_names(std::string_view emit) const;

  // The same for the EMIT( of a whole line, colours and what stands before it left out.
  [[nodiscard]] Result<Word> named_in(std::string_view line) const;

 private:
  bool read_usual(std::string_view line, EmitCheck check, EmitLine& result) const;
  bool read_plain(std::string_view line, EmitCheck check, EmitLine& result) const;
  void verify(std::string_view explanation, EmitLine& result) const;

  const EmitFormat* format_;
};

}  // namespace npuscope
