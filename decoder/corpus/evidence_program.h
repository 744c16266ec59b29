// The rows of a decoded JSON as the words of its tasks, so that its registers are asked for like
// any others.
//
//   if (input.capture.evidence) attach_evidence(input);
//
// The file has values without words and records without tails: what it does not say is not there.
#pragma once

#include "decoder/open.h"

namespace npuscope::corpus {

// Gives each task that starts the CNA a record of its row. Values that the reader doubts are left
// out. Does nothing where rows and tasks do not correspond.
void attach_evidence(Opened& input);

}  // namespace npuscope::corpus
