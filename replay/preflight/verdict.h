// Where a rule reports: what it looked at, what it could not look at, what it found.
//
//   void check(const Context& context, Verdict& verdict) {
//     for (const TaskView& task : context.tasks()) {
//       Reading read(task);
//       const std::uint32_t banks = read(reg::CNA_CBUF_CON0_DATA_BANK);
//       if (!verdict.looked(read)) continue;                    // words missing: not evaluated
//       if (banks == 0) verdict.find(context.where(task), "0 banks", "at least 1");
//     }
//   }
//
// A subject that could not be judged is never counted as passed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "replay/preflight/context.h"
#include "replay/preflight/rule.h"

namespace npuscope::preflight {

class Verdict {
 public:
  // At most `limit` findings are kept; the rest is counted.
  Verdict(const Rule& rule, std::size_t limit) : rule_(&rule), limit_(limit) {}

  void looked() { ++checked_; }
  // Counts the subject: looked at if every register was known, else not evaluated.
  bool looked(const Reading& read);
  void skip(const std::string& reason);
  // Equal findings at the same word (programs share records) are one.
  void find(Where where, std::string found, std::string expected);
  // The same with a milder or sharper degree than the rule's.
  void find(Severity severity, Where where, std::string found, std::string expected);

  [[nodiscard]] std::size_t checked() const { return checked_; }
  [[nodiscard]] std::size_t total() const { return total_; }
  [[nodiscard]] const std::map<std::string, std::size_t>& skipped() const { return skipped_; }
  [[nodiscard]] std::vector<Finding>& findings() { return findings_; }

 private:
  const Rule* rule_;
  std::size_t limit_;
  std::size_t checked_ = 0, total_ = 0;
  std::map<std::string, std::size_t> skipped_;
  std::vector<Finding> findings_;
  std::vector<std::string> seen_;  // of the kept findings
};

// What a judgement of one task says is wrong.
struct Fault {
  std::uint16_t offset = 0;  // the register
  std::string found, expected;
};
using Judgement = std::optional<Fault>;

// A rule over each task that runs `block`: `judge` gives the fault, or nothing. It may read
// registers as it goes; if one was not known, the task counts as not evaluated.
template <Judgement (*judge)(const TaskView& task, Reading& read), Block block>
void on_each_task(const Context& context, Verdict& verdict) {
  for (const TaskView& task : context.tasks()) {
    if (!task.runs(block)) continue;
    Reading read(task);
    Judgement fault = judge(task, read);
    if (!verdict.looked(read) || !fault) continue;
    verdict.find(context.where(task, fault->offset), std::move(fault->found),
                 std::move(fault->expected));
  }
}

}  // namespace npuscope::preflight
