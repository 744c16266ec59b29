// The outputs of `diff`.
#pragma once

#include <functional>

#include "decoder/compare/difference_text.h"
#include "decoder/emit/sink.h"

namespace npuscope::cli {

// What is compared and what of it is shown.
struct DiffView {
  const Opened& a;
  const Opened& b;
  const RegisterDb& db;
  const Comparison& result;
};

// Every difference, under the records it belongs to.
void write_diff_text(const DiffView& view, Sink& sink);
// Differences of each field, counted over all records.
void write_diff_stat(const DiffView& view, Sink& sink);
// One line: counts by class.
void write_diff_summary(const DiffView& view, Sink& sink);
// JSON lines, schema npuscope.diff/1.
void write_diff_json(const DiffView& view, Sink& sink);

}  // namespace npuscope::cli
