// A kernel log in any of its forms; the report accounts for each line at most once.
#include <cstdlib>

#include "replay/host/kernel_log.h"
#include "replay/host/kernel_report.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

void fuzz_kernel_log(std::span<const std::byte> bytes) {
  const std::string_view log(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto report = host::report_kernel_log(log, RegisterDb::builtin(), nullptr);
  if (report.lines.size() > report.total) std::abort();
  // What stands before the last boot never decides.
  const auto last = host::last_boot(log);
  const auto rest = host::report_kernel_log(last, RegisterDb::builtin(), nullptr);
  if (rest.poisoned() != report.poisoned() || rest.poisoned() == host::poison_lines(last).empty())
    std::abort();
}

}  // namespace npuscope::fuzz
