// The jobs of a `rocket` submit as a task table, which is what programs are found by.
//
//   add_job_tables(capture);        // a buffer "tasks of submit 0", if there are jobs
//
// The mainline driver takes pairs of address and count; there is no table in memory. The entry that
// the vendor's driver would need follows from the words: OPERATION_ENABLE at the end of a record
// gives the enable mask, and the four tail words are counted apart if they are there.
#pragma once

#include "decoder/capture.h"

namespace npuscope {

void add_job_tables(Capture& capture);

}  // namespace npuscope
