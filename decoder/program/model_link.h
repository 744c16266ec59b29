// Joins a capture with the model file that its program was compiled from.
//
//   auto linked = link_with_model(opened, *model_capture);
//   if (linked) ... opened.capture.model: names and shapes for decode; buffers have roles ...
//
// By content: every word of the program must be the model's, or the model's with the address of a tensor in it. Names of
// files say nothing, and programs of one family agree in most of their words.
#pragma once

#include "decoder/open.h"

namespace npuscope {

// Errors (usage): the model is not that of any program in the capture, with the count of words that nothing explains.
[[nodiscard]] Result<void> link_with_model(Opened& opened, const Capture& model);

// The same for a model that the capture brings along: as a file (bundles), or in the memory of one of its buffers. Nothing
// happens if there is none or it does not fit.
void link_with_own_model(Opened& opened);

}  // namespace npuscope
