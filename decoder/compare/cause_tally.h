// The evidence of each cause, counted over all records.
//
//   CauseTally tally(groups);
//   tally.changed(cause, "CNA_DATA_SIZE0.DATAIN_HEIGHT", "50 pixels", "28 pixels");
//   tally.shown({1, {cause}});        // once for each pair of records
//   tally.causes(roots)
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "decoder/compare/cause_roots.h"
#include "decoder/compare/explain.h"

namespace npuscope {

class CauseTally {
 public:
  explicit CauseTally(const CauseGroups& groups) : groups_(groups) {}

  void changed(CauseIndex cause, std::string name, std::string a, std::string b,
               std::string note = {});
  void stayed(CauseIndex cause, std::string name, const std::string& value);
  void shown(const ShownCauses& where);

  // In the order of the register database.
  [[nodiscard]] std::vector<Cause> causes(const CauseRoots& roots) const;

 private:
  struct Lines {
    std::vector<Evidence> lines;  // in the order in which they were first seen
    std::map<std::string, std::size_t> by_name;
    std::vector<std::set<std::pair<std::string, std::string>>> values;  // of each line
  };
  struct Entry {
    Lines changed, stayed;
    std::set<unsigned> cores;
    std::uint64_t records = 0;
  };

  static void add(Lines& lines, std::string name, std::string a, std::string b, std::string note);
  [[nodiscard]] static std::vector<Evidence> evidence(const Lines& lines);

  const CauseGroups& groups_;
  std::map<CauseIndex, Entry> causes_;
};

}  // namespace npuscope
