// A capture with its programs, ready for every consumer: the one thing that verbs work on.
//
//   Result<std::vector<Opened>> inputs = open_input("capture.log");
//   for (const Opened& input : *inputs) ... input.sets ...
#pragma once

#include <string>
#include <vector>

#include "decoder/capture.h"
#include "decoder/program.h"
#include "regdb/register_db.h"

namespace npuscope {

struct Opened {
  Capture capture;
  std::vector<ProgramSet> sets;  // views into the bytes that `capture` owns
};

// Of a recording, one submit is opened: PATH@3 names it, counted from 0; PATH alone is the first.
//
// Reads the input, finds its programs, names the roles of its buffers from what they hold. Register
// writes that a text names without words (EMIT(REG_..., ...);) become words with the help of `db`.
[[nodiscard]] Result<std::vector<Opened>> open_input(const std::string& path, const RegisterDb& db);

// The same for a capture that was read already.
[[nodiscard]] Opened open_capture(Capture capture, const RegisterDb& db);

}  // namespace npuscope
