// What `generate` shows beside the program itself.
#pragma once

#include "decoder/emit/sink.h"
#include "replay/generate/generated.h"

namespace npuscope::cli {

// Each formula of the schedule with its numbers, then a table of the records. `cores` 0 means all.
void write_explanation(const GeneratedProgram& program, unsigned cores, Sink& sink);

// JSON lines: shape, banks, explanation, buffers, records, tasks, submit. Described in
// docs/formats.md.
void begin_generate_json(Sink& sink);
void write_generate_json(const GeneratedProgram& program, unsigned cores, Sink& sink);

}  // namespace npuscope::cli
