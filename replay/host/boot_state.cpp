#include "replay/host/boot_state.h"

#include <fmt/format.h>

#include "decoder/input/kernel_line.h"
#include "decoder/input/text_lines.h"

namespace npuscope::host {

namespace {

std::size_t count_failures(std::string_view log) {
  std::size_t count = 0;
  LineReader lines(log);
  std::string_view line;
  while (lines.next(line)) {
    const auto parsed = parse_kernel_line(line);
    count += parsed && parsed->kind->effect == KernelEffect::failure ? 1 : 0;
  }
  return count;
}

}  // namespace

std::string BootState::doubt() const {
  if (!log.error.empty())
    return fmt::format("the kernel log cannot be read ({}: {})", log.source, log.error);
  if (!log.from_begin)
    return fmt::format("the kernel log does not reach back to the boot ({})", log.source);
  return "";
}

BootState boot_state(const Host& host) {
  BootState state;
  const HostText id = host.read("/proc/sys/kernel/random/boot_id", 64);
  if (id.read() && !id.line().empty()) state.boot_id = id.line();
  const std::string uptime = host.read("/proc/uptime", 64).line();
  Scanner scan(uptime);
  state.uptime_seconds = scan.decimal();
  state.log = read_kernel_log(host);
  state.poison = poison_lines(state.log.text);
  state.failures = count_failures(state.log.text);
  return state;
}

}  // namespace npuscope::host
