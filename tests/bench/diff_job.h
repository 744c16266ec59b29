// Two programs to compare: full records of 108 words, as many as make the wanted number of words.
//
//   const ComparedPrograms programs = compared_programs(1 << 20, {.changed = true});
//   compare(programs.a, programs.b, RegisterDb::builtin())     // one word of each record differs
#pragma once

#include <cstddef>
#include <cstdint>

#include "decoder/open.h"

namespace npuscope::bench {

struct ComparedPrograms {
  Opened a, b;
  std::uint64_t words = 0;    // of the bodies of each side
  std::uint64_t records = 0;  // of each side
};

struct ProgramChange {
  bool changed = false;  // one word of each record of B, a little less than 1 %
  bool moved = false;    // all buffers of B lie elsewhere: every address is compared as a place
};

[[nodiscard]] ComparedPrograms compared_programs(std::size_t words, ProgramChange change);

}  // namespace npuscope::bench
