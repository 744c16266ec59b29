#include "capture_tools/fake_npu/faults.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace npuscope::fake {

namespace {

constexpr std::array<std::string_view, 7> names{"dispatch-miss", "early-retirement",  "iommu-fault",
                                                "foreign-reset", "invalid-interrupt", "no-memory",
                                                "unplugged"};

}  // namespace

Result<Fault> parse_fault(std::string_view text) {
  const std::size_t at = text.find('@');
  const auto found = std::ranges::find(names, text.substr(0, at));
  if (found == names.end())
    return wrong_usage(fmt::format("there is no fault `{}`", text.substr(0, at)),
                       fmt::format("one of {}, as in dispatch-miss@3", fmt::join(names, ", ")));
  Fault fault{static_cast<FaultKind>(found - names.begin()), 1};
  if (at == std::string_view::npos) return fault;
  const std::string_view number = text.substr(at + 1);
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), fault.number);
  if (error != std::errc{} || end != number.data() + number.size() || fault.number == 0)
    return wrong_usage(fmt::format("`{}` in {} is no number of a call", number, text),
                       "they count from 1");
  return fault;
}

bool contains(const std::vector<Fault>& faults, FaultKind kind, std::uint64_t number) {
  return std::ranges::any_of(
      faults, [&](const Fault& fault) { return fault.kind == kind && fault.number == number; });
}

}  // namespace npuscope::fake
