// Snapshots of sysfs values, answers of the driver, and memory-mapped registers. "Unavailable" and
// "unreadable" are valid results and never become zeros.

#include "decoder/input/text_formats.h"

namespace npuscope {

namespace {

// "  /sys/class/devfreq/fdab0000.npu/cur_freq = 1000000000"; line ends inside values are printed
// as \n and stay so.
bool read_sysfs_value(TextContext& context, std::string_view text) {
  const std::size_t equals = text.find(" = ");
  if (!text.starts_with('/') || equals == std::string_view::npos) return false;
  context.event("sysfs", {{"label", context.snapshot_label},
                          {"path", std::string(text.substr(0, equals))},
                          {"value", std::string(text.substr(equals + 3))}});
  return true;
}

// "  ACTION GET_FREQ = 1000000000"
bool read_answer(TextContext& context, std::string_view text) {
  const std::size_t equals = text.find(" = ");
  if (equals == std::string_view::npos) return false;
  context.event("action", {{"label", context.snapshot_label},
                           {"name", std::string(text.substr(0, equals))},
                           {"value", std::string(text.substr(equals + 3))}});
  return true;
}

// "  core=0 base=0xfdab0000", then "    VERSION              off=0x0000 value=0x..."
bool read_mmio_value(TextContext& context, std::string_view text) {
  Scanner scan(text);
  if (scan.literal("MMIO_UNAVAILABLE")) {
    Arguments values = key_values(scan.rest());
    values.insert(values.begin(), {"label", context.snapshot_label});
    context.event("mmio.unavailable", std::move(values));
    return true;
  }
  if (text.starts_with("core=")) {
    context.mmio_core = argument(key_values(text), "core");
    return true;
  }
  const std::string name(scan.until(" "));
  Arguments values = key_values(scan.rest());
  if (argument(values, "off").empty() || argument(values, "value").empty()) return false;
  values.insert(values.begin(),
                {{"label", context.snapshot_label}, {"core", context.mmio_core}, {"name", name}});
  context.event("mmio", std::move(values));
  return true;
}

}  // namespace

bool read_snapshot_header(TextContext& context, std::string_view line) {
  Scanner scan(line);
  if (scan.literal("SYSFS_SNAPSHOT")) {
    context.snapshot = "sysfs";
  } else if (scan.literal("MMIO_SNAPSHOT")) {
    context.snapshot = "mmio";
  } else if (scan.literal("ACTION_SNAPSHOT")) {
    context.snapshot = "action";
  } else {
    return false;
  }
  context.snapshot_label = trimmed(scan.rest());
  context.mmio_core.clear();
  context.event(context.snapshot + ".snapshot", {{"label", context.snapshot_label}});
  return true;
}

bool read_snapshot_detail(TextContext& context, std::string_view line) {
  if (context.snapshot.empty() || !line.starts_with("  ")) return false;
  const std::string_view text = trimmed(line);
  if (context.snapshot == "action") return read_answer(context, text);
  return context.snapshot == "sysfs" ? read_sysfs_value(context, text)
                                     : read_mmio_value(context, text);
}

}  // namespace npuscope
