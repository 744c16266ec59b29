// Kernel log lines of the NPU driver. The seven trace kinds come from a published patch; no real
// log of them is public, so values are kept as printed (%#x prints a bare 0 for zero).

#include <array>

#include "decoder/input/text_formats.h"

namespace npuscope {

namespace {

struct Kind {
  std::string_view text;
  std::string_view name;
};

constexpr std::array kinds{
    Kind{"pc commit prelude:", "klog.pc_commit_prelude"},
    Kind{"pc commit trace:", "klog.pc_commit_trace"},
    Kind{"pc commit regs:", "klog.pc_commit_regs"},
    Kind{"pc commit armed:", "klog.pc_commit_armed"},
    Kind{"invalid irq pc regs:", "klog.invalid_irq_pc_regs"},
    Kind{"valid irq trace:", "klog.valid_irq_trace"},
    Kind{"timeout pc regs:", "klog.timeout_pc_regs"},
};

// "task counter: 0, flags: 0x5" -> task_counter, flags.
Arguments underscored(Arguments values) {
  for (auto& [key, value] : values) {
    for (char& c : key) c = c == ' ' ? '_' : c;
  }
  return values;
}

// The number behind "core ", when the text begins with it.
void add_core(std::string_view text, Arguments& values) {
  Scanner scan(text);
  if (!scan.literal("core ")) return;
  const auto core = scan.decimal();
  if (core) values.insert(values.begin(), {"core", std::to_string(*core)});
}

}  // namespace

bool read_kernel_line(TextContext& context, std::string_view line) {
  const std::size_t at = line.find("RKNPU: ");
  if (at == std::string_view::npos) return false;
  const std::string_view text = trimmed(line.substr(at + 7));
  for (const Kind& kind : kinds) {
    const std::size_t found = text.find(kind.text);
    if (found == std::string_view::npos) continue;
    Arguments values = key_values(text.substr(found + kind.text.size()));
    add_core(text, values);
    context.event(std::string(kind.name), std::move(values));
    return true;
  }
  std::string kind = "klog.other";
  Arguments values{{"text", std::string(text)}};
  if (text.starts_with("failed to wait job,")) {
    kind = "klog.failed_to_wait";
    values = underscored(comma_values(text.substr(std::string_view("failed to wait job,").size())));
  } else if (const auto status = text.find("irq status:"); status != std::string_view::npos) {
    const bool invalid = text.find("invalid irq status") != std::string_view::npos;
    kind = invalid ? "klog.invalid_irq_status" : "klog.irq_status";
    values = underscored(comma_values(text.substr(status)));
    add_core(text, values);
  } else if (text.starts_with("soft reset")) {
    kind = "klog.soft_reset";
  }
  context.event(std::move(kind), std::move(values));
  return true;
}

}  // namespace npuscope
