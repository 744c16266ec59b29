// A kernel log read for a person: which lines are about the NPU, what each means, and what follows
// for the next run.
//
//   const KernelReport report = report_kernel_log(log, RegisterDb::builtin(), nullptr);
//   for (const ReportedLine& line : report.lines) ... line.kind->what, line.words ...
//   if (report.poisoned()) ... reboot ...
//
// A file may hold several boots; only lines of the last one say anything about the machine as it
// is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/capture.h"
#include "decoder/input/kernel_line.h"
#include "regdb/register_db.h"

namespace npuscope::host {

struct ReportedLine {
  std::uint64_t number = 0;                   // in the log, from 1
  std::size_t boot = 0;                       // 0: before the first line of any boot
  std::string text;                           // the whole line
  std::optional<std::uint64_t> microseconds;  // since boot
  const KernelLineKind* kind = nullptr;       // never null
  Arguments arguments;
  std::vector<std::string> words;  // what numbers mean, see line_values.h
};

struct KernelReport {
  std::vector<ReportedLine> lines;  // about the NPU
  std::uint64_t total = 0;          // lines of the log
  std::size_t boots = 0;            // that begin in the log

  // Lines of this effect in the last boot.
  [[nodiscard]] std::size_t count(KernelEffect effect) const;
  [[nodiscard]] bool poisoned() const { return count(KernelEffect::poison) > 0; }
};

// `capture` gives names to addresses; it may be null.
[[nodiscard]] KernelReport report_kernel_log(std::string_view log, const RegisterDb& db,
                                             const Capture* capture);

}  // namespace npuscope::host
