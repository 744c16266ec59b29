// The same outputs written the plain way: from the database, with fmt, word by word. Slow, and what
// the fast paths are compared with before they are measured.
#pragma once

#include <cstdint>
#include <string>

#include "decoder/emit/binary_record.h"
#include "decoder/word.h"

namespace npuscope::bench {

[[nodiscard]] std::string plain_emit_line(std::uint64_t address, Word word);
[[nodiscard]] std::string plain_json_line(std::string_view prefix, std::size_t index,
                                          std::uint64_t address, Word word);
[[nodiscard]] BinaryRecord plain_record(std::uint32_t position, Word word);

}  // namespace npuscope::bench
