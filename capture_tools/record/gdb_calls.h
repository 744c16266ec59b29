// The calls that our gdb command files stop at: what is printed of each, and what it does to the
// buffers that gdb knows.
//
//   for (const GdbCall& call : gdb_calls()) text += commands_of(call);   // npuscope_before_66, ...
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "capture_tools/record/gdb_print.h"

namespace npuscope::record {

struct GdbCall {
  struct Member {
    std::string_view name;
    std::size_t offset, bytes;
  };
  std::string_view kind;  // kinds and names are those of ioctl logs and of recordings
  std::uint32_t number;   // of type 'd'
  std::vector<Member> before, after;
};

[[nodiscard]] const std::vector<GdbCall>& gdb_calls();
[[nodiscard]] std::string commands_of(const GdbCall& call);

// A member of the structure that the call points to, as an expression.
[[nodiscard]] std::string member(std::size_t offset, std::size_t bytes);
// Descriptor and thread of the call.
[[nodiscard]] GdbValues who_calls();

}  // namespace npuscope::record
