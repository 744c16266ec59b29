// The outputs of `decode`: EMIT text, JSON lines, a table for reading, C source. All show the same
// walk.
//
//   write_decode(OutputFormat::emit, captures, RegisterDb::builtin(), {.cores = 1}, sink);
//
// EMIT text is lossless: decoder/emit/assembler.h makes the same bytes of it. Formats are described
// in docs/formats.md.
#pragma once

#include <string_view>
#include <vector>

#include "decoder/capture.h"
#include "decoder/emit/sink.h"
#include "decoder/emit/walk.h"
#include "decoder/open.h"
#include "regdb/register_db.h"

namespace npuscope {

enum class OutputFormat : std::uint8_t { emit, jsonl, table, c };

void write_decode(OutputFormat format, const std::vector<Opened>& inputs, const RegisterDb& db,
                  const Selection& selection, Sink& sink);

// One each, in a file of its own.
void write_emit(const std::vector<Opened>& inputs, const RegisterDb& db, const Selection& selection,
                Sink& sink);
void write_jsonl(const std::vector<Opened>& inputs, const RegisterDb& db,
                 const Selection& selection, Sink& sink);
void write_table(const std::vector<Opened>& inputs, const RegisterDb& db,
                 const Selection& selection, Sink& sink);
void write_c(const std::vector<Opened>& inputs, const RegisterDb& db, const Selection& selection,
             Sink& sink);

}  // namespace npuscope
