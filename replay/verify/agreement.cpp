// What several files of one run state about the same thing: sizes, flags, tables and submits. Their
// addresses are not compared: two captures of one program have different ones.
#include <map>

#include "replay/verify/verify.h"

namespace npuscope {

namespace {

struct Statement {
  std::string value;
  Place place;
};
using Statements = std::map<std::string, Statement>;

Statements statements_of(const Run& run) {
  Statements all;
  for (const Allocation& a : run.allocations()) {
    if (a.bytes != 0)
      all[fmt::format("bytes of the {} buffer", a.name)] = {fmt::format("{}", a.bytes), a.place};
    if (a.flags)
      all[fmt::format("flags of the {} buffer", a.name)] = {fmt::format("{:#x}", *a.flags),
                                                            a.place};
  }
  for (const Fact& fact : run.capture().facts)
    if (fact.key == "regcmdbuffer.size" || fact.key == "taskbuffer.size" ||
        fact.key == "runtime.version" || fact.key == "driver.version" ||
        fact.key == "compiler.version")
      all[fact.key] = {fact.value, fact.place};
  if (const auto shape = shape_from_tensors(run.capture()))
    all["shape of the convolution"] = {key_of(shape->shape), shape->place};
  if (run.submit() != nullptr && run.submit()->task_number)
    all["task_number of the SUBMIT"] = {fmt::format("{}", *run.submit()->task_number),
                                        run.submit()->place};
  return all;
}

}  // namespace

Verdict check_agreement(const std::vector<Run>& runs) {
  if (runs.size() < 2) return skip("one input: nothing to compare it with");
  Verdict verdict;
  Statements known;
  std::size_t compared = 0;
  for (const Run& run : runs)
    for (auto& [what, statement] : statements_of(run)) {
      const auto [entry, added] = known.try_emplace(what, statement);
      if (added) continue;
      ++compared;
      verdict.expect(fmt::format("{}, as in {}", what, entry->second.place.text()),
                     entry->second.value, statement.value, statement.place,
                     "files of different runs?");
    }
  return concluded(std::move(verdict), compared,
                   fmt::format("{} statements of {} inputs agree", compared, runs.size()),
                   skip("the inputs state nothing in common"));
}

}  // namespace npuscope
