// How `npuscope sweep` shows its rows.
#pragma once

#include <string>
#include <vector>

#include "decoder/emit/sink.h"
#include "replay/run/sweep.h"
#include "replay/shape/shape_list.h"

namespace npuscope::cli {

struct SweepLine {
  std::string name;
  ConvShape shape;
  Family family = Family::pointwise;
  SweepRow row;
};

// A table by family, then what did not pass; with `each`, all rows before it.
void write_sweep_text(const std::vector<SweepLine>& lines, const SweepOptions& options, bool each,
                      Sink& sink);
// JSON lines, schema npuscope.sweep/1.
void write_sweep_json(const std::vector<SweepLine>& lines, const SweepOptions& options, Sink& sink);

}  // namespace npuscope::cli
