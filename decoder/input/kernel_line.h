// One line of a kernel log, when it is about the NPU: which driver wrote it, what it tells, and
// whether the boot can still be trusted after it.
//
//   if (const auto line = npuscope::parse_kernel_line("[  9.1] RKNPU: soft reset, num: 1"))
//     ... line->kind->id == "klog.soft_reset", line->microseconds == 9'100'000 ...
//
// Everything that looks at kernel logs shares this one table of kinds: the reader of captures, the
// check of a run, the guard before a submit, `npuscope klog` and `npuscope audit`. A line of the
// NPU that no row knows has the kind klog.other; it is never dropped. Nothing is allocated for
// lines that are not about the NPU.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "decoder/input/scan.h"

namespace npuscope {

// What a line means for the runs that follow it.
enum class KernelEffect : std::uint8_t {
  information,  // how things are
  failure,      // a run went wrong, and the driver has recovered
  poison,       // nothing after it can be trusted until the board is rebooted
};
[[nodiscard]] std::string_view name_of(KernelEffect effect);

// A row of the table. Texts are for people; `defect` names what the driver does wrong then.
struct KernelLineKind {
  std::string_view id;       // "klog.invalid_irq_status", also the kind of the event in a Capture
  std::string_view driver;   // "RKNPU", "rocket", "rk_iommu"; "" for the kernel itself
  std::string_view pattern;  // RE2; named groups become arguments, `equals` and `commas` lists of
                             // key=value and "key: value"
  KernelEffect effect = KernelEffect::information;
  std::string_view what;    // what happened, without an end
  std::string_view why;     // how the driver came to say so, with the source
  std::string_view defect;  // "B1": the defect of the driver that it shows, or that may follow
  std::string_view remedy;  // what to do
};

// Where a line stands: its time since boot and the text behind all that log programs put before it.
// "<6>[ 12.5] text", "[ 12.5] text", "6,339,12500000,-;text", "Nov 20 10:00:00 board kernel: text"
struct KernelHeader {
  std::optional<std::uint64_t> microseconds;  // since boot
  std::string_view text;
  bool present = false;  // whether anything stood before the text: this is a line of a kernel log
};
[[nodiscard]] KernelHeader kernel_header(std::string_view line);

struct KernelLine {
  const KernelLineKind* kind = nullptr;  // never null
  std::optional<std::uint64_t> microseconds;
  std::string_view text;  // what the driver wrote, without its name; part of the line
  Arguments arguments;    // values of the line, as printed; "device": "fdab9000.iommu"
};

// Nothing for lines that are not about the NPU. A line of the IOMMU counts when it is that of the
// NPU, or when it does not say which.
[[nodiscard]] std::optional<KernelLine> parse_kernel_line(std::string_view line);

// The line with which a boot begins; what stands before it is about an earlier one.
[[nodiscard]] bool begins_boot(std::string_view line);

// All rows; klog.other is the last.
[[nodiscard]] std::span<const KernelLineKind> kernel_line_kinds();
// The row with this id, or null.
[[nodiscard]] const KernelLineKind* kernel_line_kind(std::string_view id);

}  // namespace npuscope
