#include "replay/audit/memory.h"

#include <algorithm>

#include "decoder/input/scan.h"
#include "decoder/input/text_lines.h"

namespace npuscope::audit {

namespace {

constexpr std::uint64_t four_gib = std::uint64_t{1} << 32U;
constexpr std::uint64_t page = 4096;
constexpr std::uint64_t most_pages = std::uint64_t{1} << 40U;  // more is no number of pages

// "100000000-1ffffffff : System RAM". An ordinary user is shown zeros.
std::optional<std::uint64_t> of_iomem(std::string_view iomem) {
  std::uint64_t above = 0;
  bool said = false;
  LineReader lines(iomem);
  std::string_view line;
  while (lines.next(line)) {
    Scanner scan(line);
    const auto first = scan.hex();
    if (!first || !scan.literal("-")) continue;
    const auto last = scan.hex();
    if (!last || *last < *first || scan.rest() != " : System RAM") continue;
    said = said || *last > 0;
    if (*last >= four_gib)
      above += std::min(*last - std::max(*first, four_gib), most_pages * page) + 1;
  }
  if (!said) return std::nullopt;
  return above;
}

struct Zone {
  std::optional<std::uint64_t> spanned, present, start;  // pages
};

std::uint64_t above_of(const Zone& zone) {
  if (!zone.start || !zone.present || *zone.present == 0) return 0;
  const std::uint64_t border = four_gib / page;
  const std::uint64_t span = std::min(zone.spanned.value_or(*zone.present), most_pages);
  const std::uint64_t start = std::min(*zone.start, most_pages);
  if (start >= border) return std::min(*zone.present, most_pages) * page;
  return start + span > border ? (start + span - border) * page : 0;
}

// "Node 0, zone   Normal", then "        spanned  7340032", ..., "  start_pfn: 1048576".
std::optional<std::uint64_t> of_zoneinfo(std::string_view zoneinfo) {
  std::uint64_t above = 0;
  bool said = false;
  Zone zone;
  LineReader lines(zoneinfo);
  std::string_view line;
  while (lines.next(line)) {
    if (line.starts_with("Node ")) {
      above += above_of(zone);
      zone = {};
      continue;
    }
    Scanner scan(trimmed(line));
    std::optional<std::uint64_t>* target = nullptr;
    if (scan.literal("spanned")) target = &zone.spanned;
    if (target == nullptr && scan.literal("present")) target = &zone.present;
    if (target == nullptr && scan.literal("start_pfn:")) target = &zone.start;
    if (target == nullptr) continue;
    scan.blanks();
    *target = scan.decimal();
    said = said || zone.start.has_value();
  }
  if (!said) return std::nullopt;
  return above + above_of(zone);
}

}  // namespace

std::optional<std::uint64_t> bytes_above_4g(std::string_view iomem, std::string_view zoneinfo) {
  const auto precise = of_iomem(iomem);
  return precise ? precise : of_zoneinfo(zoneinfo);
}

std::optional<std::uint64_t> meminfo_bytes(std::string_view meminfo, std::string_view name) {
  LineReader lines(meminfo);
  std::string_view line;
  while (lines.next(line)) {
    Scanner scan(line);
    if (!scan.literal(name) || !scan.literal(":")) continue;
    scan.blanks();
    const auto kilobytes = scan.decimal();
    if (!kilobytes || *kilobytes > (~std::uint64_t{0} >> 10U)) return std::nullopt;
    return *kilobytes << 10U;
  }
  return std::nullopt;
}

}  // namespace npuscope::audit
