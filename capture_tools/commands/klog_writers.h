// How `klog` shows a kernel log: as text or JSON lines.
#pragma once

#include <string>

#include "decoder/emit/sink.h"
#include "replay/host/kernel_report.h"

namespace npuscope::cli {

// `source` is a path, or where the live log was read.
void write_klog_text(const std::string& source, const host::KernelReport& report, Sink& sink);
void begin_klog_json(Sink& sink);
void write_klog_json(const std::string& source, const host::KernelReport& report, Sink& sink);

}  // namespace npuscope::cli
