// A command file for gdb that records a program where nothing can be preloaded.
//
//   write(gdb_script(GdbMachine::aarch64, options));     // record.gdb
//   gdb --batch -x record.gdb --args ./client > run.log  // then: npuscope decode run.log
//
// gdb stops at ioctl, mmap and munmap and prints lines that can be checked
// (decoder/input/gdb_line.h); decoder/input/gdb_log.cpp reads them. Python is not needed: boards
// often have a gdb without it. Filters and limits of the options become conditions of the file;
// prefix is not supported. For the driver `rknpu` on a DRM node.
#pragma once

#include <cstdint>
#include <string>

#include "capture_tools/record/record_options.h"

namespace npuscope::record {

enum class GdbMachine : std::uint8_t { x86_64, aarch64 };

[[nodiscard]] std::string gdb_script(GdbMachine machine, const RecordOptions& options);

}  // namespace npuscope::record
