// The kernel's log since this boot, from wherever the machine lets us read it.
//
//   const KernelLog log = read_kernel_log(Host{});
//   if (!log.error.empty()) ... nobody can say that this boot is clean ...
//   for (const PoisonLine& line : poison_lines(log.text)) ... line.text ...
//
// Source on the machine we run on: /dev/kmsg, else syslog(2). Below a root, the first of dmesg.txt
// (what `dmesg` printed), var/log/dmesg, var/log/kern.log and var/log/syslog; of a file that holds
// several boots the last one counts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replay/host/host.h"

namespace npuscope::host {

struct KernelLog {
  std::string text;    // lines of this boot
  std::string source;  // "/dev/kmsg"
  std::string error;   // why there is no text, "" if it was read
  // The first line of the boot is there; else older lines were overwritten, and what they said is
  // not known.
  bool from_begin = false;
};
[[nodiscard]] KernelLog read_kernel_log(const Host& host);

// Where the log stands, to find there later what came behind. Reads all of /dev/kmsg, as there is
// no other way to the last record.
struct KernelCursor {
  std::optional<std::uint64_t> sequence;  // of the last record
  std::string error;                      // why there is none, "" if there is
  // "sequence 1042", or "not readable: /dev/kmsg: Operation not permitted"
  [[nodiscard]] std::string text() const;
};
[[nodiscard]] KernelCursor kernel_log_cursor();
// The same of a text with the records of /dev/kmsg.
[[nodiscard]] KernelCursor last_record(std::string_view records);

// The part of a log that belongs to its last boot.
[[nodiscard]] std::string_view last_boot(std::string_view log);

// A line after which no run can be trusted until the board is rebooted (KABI-L28, X03).
struct PoisonLine {
  std::string kind;  // "klog.invalid_irq_status", a row of decoder/input/kernel_line.h
  std::string text;  // the whole line
  std::optional<std::uint64_t> microseconds;  // since boot
};
// Lines without a time are always taken; of the others those later than `after_microseconds`.
[[nodiscard]] std::vector<PoisonLine> poison_lines(std::string_view log,
                                                   std::uint64_t after_microseconds = 0);

}  // namespace npuscope::host
