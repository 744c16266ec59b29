// What every consumer does with a capture, and the promises that hold for any input.
//
//   FileBytes file = in_memory(bytes, "x.log");
//   if (auto captures = read_text(file)) for (Capture& c : *captures) consume(std::move(c));
#pragma once

#include <span>
#include <string>

#include "decoder/capture.h"
#include "decoder/emit/walk.h"
#include "decoder/input/read_input.h"
#include "regdb/register_db.h"

namespace npuscope::fuzz {

// Aborts with `promise` on stderr when it does not hold.
void require(bool holds, const char* promise);

// The bytes in a block of exactly their size, so that a sanitizer sees the first byte behind them.
[[nodiscard]] FileBytes in_memory(std::span<const std::byte> bytes, std::string name);

// Finds programs, accounts for the bytes and writes every format. Promises: pieces lie inside their
// buffers in order; the ranges of a buffer cover it without gap; EMIT text reads back as it was
// written; EMIT text and JSON lines show the same number of words. Captures of more than 4 MiB are
// left out: they are zero runs, and slow.
void consume(Capture capture, const Selection& selection = {});

// Writes some words of every register in all forms, and reads the text of the names. A database of
// any content must keep writers within max_line().
void consume(const RegisterDb& db);

}  // namespace npuscope::fuzz
