// Finds registers and fields by the spellings that people use.
//
//   Lookup found = look_up(db, "cna.cbuf_con0.data_bank");
//   found.matches[0].reg->offset == 0x1040;  found.matches[0].field->name == "DATA_BANK"
//   look_up(db, "cbuf_com0").suggestions[0] == "CNA_CBUF_CON0"
//
// Understood, in any case, with "." ":" "-" or blank for "_", and with or without "REG_":
//   CNA_CBUF_CON0, cna.cbuf_con0        a register        CBUF_CON0          every register of that
//   short name CNA_CBUF_CON0_DATA_BANK             a field           DATA_BANK          every field
//   of that short name dpu_rdma.src_base_addr              the doubled RDMA_ may be left out
//   0x1040, 1040                        an offset (hexadecimal)
//   CNA                                 every register of the block
//   02010000001b1040, 0x201000000b11040 a command word: 16 digits, or 0x and 13 to 16
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regdb/register_db.h"

namespace npuscope {

struct LookupMatch {
  const Register* reg = nullptr;
  const Field* field = nullptr;  // nullptr: the register itself
};

struct CommandWord {
  std::uint16_t target = 0;
  std::uint32_t value = 0;
  std::uint16_t offset = 0;
};

struct Lookup {
  std::vector<LookupMatch>
      matches;  // by offset, then from the highest bit; points into the database
  std::optional<CommandWord> word;  // the text is a command word; matches has its register, if any
  std::vector<std::string> suggestions;  // full names, nearest first; only without matches
};

[[nodiscard]] Lookup look_up(const RegisterDb& db, std::string_view text);

}  // namespace npuscope
