// What the writers of `npuscope ledger` have in common: entries and statuses in words, and the
// numbers of the family table.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "capture_tools/commands/ledger_writers.h"

namespace npuscope::cli {

// "OFFLINE_EQUAL (words)"
[[nodiscard]] std::string status_text(const ledger::ProgramStatus& program);
// One line, the source included.
[[nodiscard]] std::string evidence_text(const ledger::Entry& entry);
// "145 PASS, 72 FENCED", the most frequent first
[[nodiscard]] std::string counts_text(const ledger::Campaign& campaign);

struct FamilyRow {
  std::string family;  // "all" for the sum
  unsigned cores = 1;
  std::size_t shapes = 0;
  std::array<std::size_t, 9> counts{};  // by Status
};

struct FamilyTable {
  std::vector<ledger::Status> statuses;  // that occur
  std::vector<FamilyRow> rows;
};

[[nodiscard]] FamilyTable family_table(const std::vector<ledger::ShapeStatus>& statuses);

// Names of the list of which a search found no capture, and where it was made.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> searched_in_vain(
    const std::vector<ledger::ShapeStatus>& statuses);

}  // namespace npuscope::cli
