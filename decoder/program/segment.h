// Cuts the records that a task table names out of a stream, and looks at their tails.
//
//   segment(capture, set);       // fills set.records and TaskEntry::record from set.tasks,
//   stream_buffer, base
//
// A record is found by address and amount, never by the look of a word, so weights never decode as
// registers.
#pragma once

#include "decoder/program.h"

namespace npuscope {

// The known words of the record that `task` names. Words behind the body belong to the tail as far
// as they look like one. Empty runs: nothing was captured there.
[[nodiscard]] Record cut_record(const Buffer& buffer, std::size_t buffer_index,
                                std::uint64_t offset, const Task& task);

void segment(const Capture& capture, ProgramSet& set);

// Follows the first word of every tail: fills TaskEntry::link and link_task. Needs lanes
// (set.programs).
void classify_links(ProgramSet& set);

}  // namespace npuscope
