#include "replay/ledger/evidence.h"

#include <numeric>

namespace npuscope::ledger {

namespace {

constexpr std::array<std::string_view, 12> result_names{
    "pass",   "not-compared", "wrong-values",     "never-written", "dispatch-miss", "timeout",
    "failed", "device-gone",  "poisons-next-job", "poisoned-boot", "board-lost",    "unfinished"};

}  // namespace

std::uint64_t ProgramDifference::performance() const {
  return differences[static_cast<std::size_t>(DifferenceClass::performance)];
}

std::uint64_t ProgramDifference::counted() const {
  return std::accumulate(differences.begin(), differences.end(), std::uint64_t{0}) - performance();
}

std::string_view name_of(RunResult result) {
  return result_names[static_cast<std::size_t>(result)];
}

std::optional<RunResult> run_result(std::string_view name) {
  for (std::size_t i = 0; i < result_names.size(); ++i)
    if (result_names[i] == name) return static_cast<RunResult>(i);
  return std::nullopt;
}

std::string_view type_of(const Evidence& evidence) {
  constexpr std::array<std::string_view, 4> names{"capture", "simulation", "run", "report"};
  return names[evidence.index()];
}

std::string_view name_of(Unit unit) {
  constexpr std::array<std::string_view, 3> names{"words", "fields", "tasks"};
  return names[static_cast<std::size_t>(unit)];
}

}  // namespace npuscope::ledger
