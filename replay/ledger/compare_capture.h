// How a capture differs from the generated program of its shape, for each of its programs apart.
//
//   auto side = generated_side(shape);
//   CaptureEvidence evidence;
//   compare_words(opened, set, *side, evidence);     // commands were captured
//   compare_rows(*capture.evidence, *side, evidence) // a table of 23 registers a record
//   compare_node(opened, node, evidence)             // a convolution among others, in a model
//
// They fill in `unit`, `program`, `content`, `programs`, `one_core_tasks` and add to `faults`.
#pragma once

#include "decoder/evidence.h"
#include "replay/ledger/evidence.h"
#include "replay/ledger/generated_side.h"
#include "replay/shape/conv_node.h"

namespace npuscope::ledger {

// With tails, links and task entries. `set` is an index into captured.sets.
void compare_words(const Opened& captured, std::size_t set, const GeneratedSide& side,
                   CaptureEvidence& evidence);

// Undoes what the tool that made the table shifted, and says so among the faults.
void compare_rows(const DecodedJson& json, const GeneratedSide& side, CaptureEvidence& evidence);

// The convolution records of one node, with the schedule of its place in the network. Numbers of
// its quantisation are not compared. An Error if no schedule is known for it.
[[nodiscard]] Result<void> compare_node(const Opened& captured, const ConvNode& node,
                                        CaptureEvidence& evidence);

}  // namespace npuscope::ledger
