// Divides a task table into lanes and programs.
//
//   [1-core lane] [pair core 0] [pair core 1] [triple core 0] [triple core 1] [triple core 2]
//
// The three programs are complete alternatives: each covers the whole output once. With a model
// file its own lists decide. Otherwise a new lane starts where op_idx falls, or where a chain ends
// and the same op_idx follows; this reproduces the lists of 80 of 80 model files. Lanes are named
// by their number: 6, 3 (nothing could be split), 8 (older runtime: three copies of the 1-core
// lane). A submit for several cores names their tasks itself: that program is the submitted one.
#pragma once

#include "decoder/program.h"

namespace npuscope {

void partition(const Capture& capture, ProgramSet& set);

}  // namespace npuscope
