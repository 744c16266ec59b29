// Kernel log lines inside text captures. Values are kept as printed (%#x prints a bare 0 for zero).
#include "decoder/input/kernel_line.h"
#include "decoder/input/text_formats.h"

namespace npuscope {

bool read_kernel_line(TextContext& context, std::string_view line) {
  // Logs of programs speak of rknpu too; a line of the kernel has its header or the driver's name.
  if (line.find("RKNPU: ") == std::string_view::npos && !kernel_header(line).present) return false;
  auto found = parse_kernel_line(line);
  if (!found) return false;
  if (found->arguments.empty() || found->kind->pattern.empty())
    found->arguments.emplace_back("text", found->text);
  context.event(std::string(found->kind->id), std::move(found->arguments));
  return true;
}

}  // namespace npuscope
