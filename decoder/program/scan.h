// Recovers records where no task table was captured: EMIT text, a dump of the commands alone, one
// record.
//
//   std::vector<FoundRecord> found = scan_for_records(buffer);
//
// A record ends in a tail (REGISTER_AMOUNTS, marker, OPERATION_ENABLE) and begins on the 64-byte
// boundary behind the record before it. Constants that look like commands are left out because they
// lie in no record.
#pragma once

#include "decoder/program.h"

namespace npuscope {

struct FoundRecord {
  std::uint64_t offset = 0;  // in the buffer
  Task task;  // enable_mask and regcfg_amount recovered from the tail, regcmd_addr = offset
  bool has_tail = true;
};

[[nodiscard]] std::vector<FoundRecord> scan_for_records(const Buffer& buffer);

}  // namespace npuscope
