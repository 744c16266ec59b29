#include <set>

#include "decoder/compare/compare.h"
#include "decoder/compare/register_classes.h"
#include "replay/ledger/compare_capture.h"
#include "replay/ledger/content.h"

namespace npuscope::ledger {

namespace {

// The words of a program that are there, each record once; or its tasks, where there are no words.
void count(const ProgramSet& set, const Program& program, Unit unit,
           ProgramDifference& difference) {
  std::set<std::size_t> seen;
  for (const Lane& lane : program.lanes)
    for (std::size_t t = lane.first; t < lane.first + lane.count; ++t) {
      const Record* record = set.record_of(t);
      if (record != nullptr && !seen.insert(set.tasks[t].record).second) continue;
      if (record == nullptr) {
        difference.compared += unit == Unit::tasks ? 1 : 0;
        difference.not_compared += set.tasks[t].task.regcfg_amount;
        continue;
      }
      difference.compared += record->known_words();
      difference.not_compared += record->total_words() - record->known_words();
    }
}

std::string content_of(const ProgramSet& set) {
  const RegisterClasses classes(RegisterDb::builtin());
  ContentHash content;
  for (std::size_t t = 0; t < set.tasks.size(); ++t) {
    const Task& task = set.tasks[t].task;
    for (const std::uint64_t field : {std::uint64_t{task.enable_mask}, std::uint64_t{task.int_mask},
                                      std::uint64_t{task.regcfg_amount}})
      content.number(field);
    content.address(0, task.regcmd_addr);
    const Record* record = set.record_of(t);
    if (record == nullptr) continue;
    record->for_each_body_word([&](std::size_t index, Word word) {
      content.number(index);
      content.number(std::uint64_t{word.target()} << 16U | word.offset());
      classes.is_address(word.offset()) ? content.address(word.offset(), word.value())
                                        : content.number(word.value());
    });
  }
  return content.name();
}

}  // namespace

void compare_words(const Opened& captured, std::size_t set_index, const GeneratedSide& side,
                   CaptureEvidence& evidence) {
  const RegisterDb& db = RegisterDb::builtin();
  const Opened one{captured.capture, {captured.sets[set_index]}};
  const ProgramSet& set = one.sets.front();
  const Comparison result = compare(one, open_capture(capture_of(side.program), db), db);

  evidence.unit = set.records.empty() ? Unit::tasks : Unit::words;
  evidence.program = side.hash;
  evidence.content = content_of(set);
  std::array<ProgramDifference*, 4> of_cores{};
  evidence.programs.reserve(of_cores.size());
  for (const Program& program : set.programs) {
    if (program.cores == 0 || program.cores >= of_cores.size()) continue;
    // Old runtimes repeat the program for one core.
    if (of_cores[program.cores] == nullptr) {
      evidence.programs.push_back({.cores = program.cores});
      of_cores[program.cores] = &evidence.programs.back();
      if (program.cores == 1) evidence.one_core_tasks = program.task_count();
    }
    count(set, program, evidence.unit, *of_cores[program.cores]);
  }
  const auto differ = [&](std::uint32_t pair, DifferenceClass kind) {
    if (ProgramDifference* program = of_cores[result.pairs[pair].cores])
      ++program->differences[static_cast<std::size_t>(kind)];
  };
  for (const RegisterDifference& difference : result.registers)
    differ(difference.pair, difference.kind);
  for (const StructuralDifference& difference : result.structure) {
    if (difference.pair != no_word) {
      differ(difference.pair, difference.kind);
    } else {
      evidence.faults.push_back(difference.text);
    }
  }
}

}  // namespace npuscope::ledger
