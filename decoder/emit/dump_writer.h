// Captures in the formats that people's scripts read: raw dumps of memory objects, hex rows, task reports, EMIT lines
// alone.
//
//   for (const DumpFile& file : *raw_dumps(opened.capture)) ... "gem2-dump", its bytes ...
//   write_hex_rows(opened.capture, sink);      // "[00000880] = 00b11040 02010000 00001104 02010000"
//   write_task_report(opened, sink);           // "Task 0 @ offset 0x0000" and nine fields
//   write_emit_lines(opened, db, sink);        // "[0xffd70880] lsb 02010000... - CNA  EMIT(...);"
//
// Our own readers read each of them again. A memory object has the number that its source gave it, else its handle,
// else its place in the capture.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "decoder/emit/sink.h"
#include "decoder/open.h"
#include "regdb/register_db.h"

namespace npuscope {

struct DumpFile {
  std::string name;  // "gem2-dump"
  std::vector<std::byte> bytes;
  std::uint64_t unknown = 0;  // of them were not captured, and are zero here
};

// Buffers of which nothing is known are left out. Errors (unreadable): one of more than 1 GiB.
[[nodiscard]] Result<std::vector<DumpFile>> raw_dumps(const Capture& capture);

// Rows of known bytes, zero blocks collapsed. Bytes that make no whole group of four are left out;
// the result counts them.
std::uint64_t write_hex_rows(const Capture& capture, Sink& sink);

void write_task_report(const Opened& opened, Sink& sink);

// Every known word of the records, in table order, without lines for people.
void write_emit_lines(const Opened& opened, const RegisterDb& db, Sink& sink);

}  // namespace npuscope
