#include "decoder/compare/cause_tally.h"

namespace npuscope {

void CauseTally::changed(CauseIndex cause, std::string name, std::string a, std::string b,
                         std::string note) {
  add(causes_[cause].changed, std::move(name), std::move(a), std::move(b), std::move(note));
}

void CauseTally::stayed(CauseIndex cause, std::string name, const std::string& value) {
  add(causes_[cause].stayed, std::move(name), value, value, {});
}

void CauseTally::shown(const ShownCauses& where) {
  if (where.cores == 0) return;
  for (const CauseIndex cause : where.causes) {
    Entry& entry = causes_[cause];
    ++entry.records;
    entry.cores.insert(where.cores);
  }
}

std::vector<Cause> CauseTally::causes(const CauseRoots& roots) const {
  std::vector<Cause> causes;
  for (const auto& [index, entry] : causes_) {
    Cause cause;
    cause.name = groups_[index].name;
    cause.note = groups_[index].note;
    cause.root = roots.is_root(index);
    for (const CauseIndex from : roots.follows(index)) cause.follows.push_back(groups_[from].name);
    cause.cores = entry.cores;
    cause.records = entry.records;
    cause.changed = evidence(entry.changed);
    cause.stayed = evidence(entry.stayed);
    causes.push_back(std::move(cause));
  }
  return causes;
}

void CauseTally::add(Lines& lines, std::string name, std::string a, std::string b,
                     std::string note) {
  const auto [at, is_new] = lines.by_name.emplace(name, lines.lines.size());
  if (is_new) {
    lines.lines.push_back({std::move(name), a, b, std::move(note), 0, 0});
    lines.values.emplace_back();
  }
  ++lines.lines[at->second].count;
  lines.values[at->second].emplace(std::move(a), std::move(b));
}

std::vector<Evidence> CauseTally::evidence(const Lines& lines) {
  std::vector<Evidence> evidence = lines.lines;
  for (std::size_t i = 0; i < evidence.size(); ++i) evidence[i].variants = lines.values[i].size();
  return evidence;
}

}  // namespace npuscope
