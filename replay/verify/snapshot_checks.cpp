// Snapshots of the system: sysfs values and memory-mapped registers. What an ordinary user cannot
// read is absent, not wrong.
#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include "replay/verify/checks.h"

namespace npuscope {

namespace {

// The end of a path, and what its value must be.
struct Value {
  std::string_view ending;
  bool (*good)(std::string_view value);
  std::string_view expected;
};

std::optional<std::uint64_t> decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_number(std::string_view text) {
  return decimal(text).has_value();
}

// The operating points of the RK3588's NPU.
bool is_frequency(std::string_view text) {
  const auto hertz = decimal(text);
  return hertz && *hertz >= 200'000'000 && *hertz <= 1'000'000'000;
}

bool is_status(std::string_view text) {
  constexpr std::array<std::string_view, 6> known{"active",   "suspended",   "suspending",
                                                  "resuming", "unsupported", "error"};
  return std::find(known.begin(), known.end(), text) != known.end();
}

bool is_control(std::string_view text) {
  return text == "auto" || text == "on";
}

constexpr std::array values{
    Value{"/power/runtime_status", is_status, "active or suspended"},
    Value{"/power/runtime_usage", is_number, "a number"},
    Value{"/power/runtime_active_time", is_number, "milliseconds"},
    Value{"/power/runtime_suspended_time", is_number, "milliseconds"},
    Value{"/power/control", is_control, "auto or on"},
    Value{"/cur_freq", is_frequency, "200 to 1000 MHz, in Hz"},
    Value{"/target_freq", is_frequency, "200 to 1000 MHz, in Hz"},
};

constexpr std::size_t mmio_cores = 3;

// The RK3588's NPU; the driver adds the two registers up. Source: rknpu_drv.c, every public log.
constexpr std::uint64_t version_offset = 0, version_number_offset = 4,
                        hardware_version = 0x46495245;

}  // namespace

Verdict check_sysfs(const Run& run) {
  Verdict verdict;
  std::size_t seen = 0, unreadable = 0;
  for (const Event& event : run.capture().events) {
    if (event.kind != "sysfs") continue;
    if (seen++ == 0) verdict.place = event.place;
    const std::string_view path = text_of(event, "path"), value = text_of(event, "value");
    if (value.starts_with("<unreadable:")) {
      ++unreadable;
      continue;
    }
    for (const Value& known : values)
      if (path.ends_with(known.ending) && !known.good(value))
        verdict.fail(std::string(path), std::string(known.expected), std::string(value),
                     event.place);
  }
  if (seen > 0 && seen == unreadable)
    return skip(fmt::format("none of {} values could be read by this user", seen));
  return concluded(
      std::move(verdict), seen,
      fmt::format("{}{}", count_of(seen - unreadable, "value"),
                  unreadable == 0 ? std::string()
                                  : fmt::format(", {} not readable by this user", unreadable)),
      absent("no snapshot of sysfs is in the input"));
}

Verdict check_mmio(const Run& run) {
  Verdict verdict;
  std::map<std::string, std::map<std::string, std::set<std::string>>> registers;  // label, core
  std::map<std::pair<std::string, std::string>, std::uint64_t> versions;  // of label and core
  const Event* unavailable = nullptr;
  std::size_t seen = 0;
  for (const Event& event : run.capture().events) {
    if (event.kind == "mmio.unavailable") unavailable = &event;
    if (event.kind != "mmio") continue;
    if (seen++ == 0) verdict.place = event.place;
    registers[std::string(text_of(event, "label"))][std::string(text_of(event, "core"))].insert(
        std::string(text_of(event, "off")));
    const auto offset = event.number("off"), value = event.number("value");
    if (offset && value && (*offset == version_offset || *offset == version_number_offset))
      versions[{std::string(text_of(event, "label")), std::string(text_of(event, "core"))}] +=
          *offset == version_offset ? *value : *value & 0xffffU;
    if (offset && *offset % 4 != 0)
      verdict.fail("offset of a register", "a multiple of 4", fmt::format("{:#x}", *offset),
                   event.place);
  }
  if (seen == 0 && unavailable != nullptr)
    return skip(fmt::format("MMIO was not available: {} ({})", text_of(*unavailable, "error"),
                            text_of(*unavailable, "device")));
  for (const auto& [snapshot_core, sum] : versions)
    verdict.expect_hex(fmt::format("version of core {}", snapshot_core.second), hardware_version,
                       sum, verdict.place, "was the core powered?");
  for (const auto& [label, cores] : registers) {
    verdict.expect(fmt::format("cores in the snapshot {}", label), mmio_cores, cores.size(),
                   verdict.place);
    for (const auto& [core, offsets] : cores)
      verdict.expect(fmt::format("registers of core {} in the snapshot {}", core, label),
                     cores.begin()->second.size(), offsets.size(), verdict.place);
  }
  return concluded(std::move(verdict), seen,
                   fmt::format("{} registers of {} cores", seen, mmio_cores),
                   absent("no snapshot of MMIO registers is in the input"));
}

}  // namespace npuscope
