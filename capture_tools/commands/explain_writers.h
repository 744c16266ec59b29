// The outputs of `explain`.
#pragma once

#include "decoder/compare/explain.h"
#include "decoder/emit/sink.h"

namespace npuscope::cli {

struct ExplainView {
  const Opened& a;
  const Opened& b;
  const Comparison& comparison;
  const Explanation& explanation;
};

// Every cause with its evidence, roots first, buffers that moved, a line of counts.
void write_explain_text(const ExplainView& view, Sink& sink);
// A line for each cause.
void write_explain_summary(const ExplainView& view, Sink& sink);
// JSON lines, schema npuscope.explain/1.
void write_explain_json(const ExplainView& view, Sink& sink);

}  // namespace npuscope::cli
