// A whole program from a file, as a runtime submits it: buffers, words that hold addresses, tasks,
// submits. Lines of the file, which contents follow in another:
//
//   buffer BYTES CONTENT_BYTES                  the next bytes of CONTENT are its first
//   address BUFFER OFFSET TARGET ADDEND         the word's value is a place in the buffer TARGET
//   task BUFFER OFFSET AMOUNT ENABLE INTERRUPT  an entry of the table
//   submit CORE_MASK FIRST COUNT ... (5 times)
//   output BUFFER                               is printed, all its bytes
#pragma once

#include "npu.h"

// Exit code: 0, or 2 with a message.
int run_job_file(const char* driver, const char* path, const char* content_path);
