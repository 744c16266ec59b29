// Cases of the rules over task entries, fetched words and links.
#include "tests/replay/preflight/rule_cases.h"

namespace npuscope::testing {

namespace {

using P = PatchedProgram;

void change_amount(P& p, std::size_t task, std::int32_t by) {
  const Word word = p.tail(task, 1);
  p.tail(task, 1,
         Word::make(word.target(), word.offset(), word.value() + static_cast<std::uint32_t>(by)));
}

void mask(P& p, std::uint32_t int_mask) {
  p.task(0, [&](Task& task) { task.int_mask = int_mask; });
}

std::vector<ProgramCase> tasks() {
  return {
      // A mask that no block has ends the table: its task belongs to no program.
      {"KABI-L11", {}, [](P& p) { mask(p, 0x100); }, [](P& p) { mask(p, 0x300); }},
      {"KABI-L12", {}, [](P& p) { mask(p, 0x3); }, [](P& p) { mask(p, 0x300); }},
      {"KABI-L13",
       {},
       [](P& p) { p.task(0, [](Task& task) { task.regcmd_addr += 8; }); },
       [](P& p) { p.task(0, [](Task& task) { task.regcmd_addr += 0; }); }},
      {"KABI-L14",
       {},
       [](P& p) { p.task(10, [](Task& task) { task.regcfg_amount = 0x700; }); },
       [](P& p) { p.task(10, [](Task& task) { task.regcfg_amount = 26; }); }},
      // The third write is written again by the sixth.
      {"KABI-L15",
       {},
       [](P& p) { p.word(0, 3, Word::make(0x0201, 0x4010, 0)); },
       [](P& p) { p.word(0, 3, Word::make(0x0201, 0x1010, 0)); }},
      {"KABI-L15-marker",
       {},
       [](P& p) { p.tail(0, 2, Word{}); },
       [](P& p) { p.tail(0, 2, Word{std::uint64_t{target_marker} << 48U}); }},
      {"KABI-L19",
       {},
       [](P& p) { p.task(0, [](Task& task) { task.enable_mask = 0x1d; }); },
       [](P& p) { p.task(0, [](Task& task) { task.enable_mask = 0x0d; }); }},
  };
}

std::vector<ProgramCase> links() {
  return {
      // The third record instead of the second: the chain leaves the lane.
      {"KABI-L16",
       {},
       [](P& p) { p.tail(0, 0, p.tail(2, 0)); },
       [](P& p) { p.tail(0, 0, p.tail(0, 0)); },
       short_shape},
      {"KABI-L17",
       {},
       [](P& p) { change_amount(p, 0, -1); },
       [](P& p) { change_amount(p, 0, 1); },
       short_shape},
      {"KABI-L17-over",
       {},
       [](P& p) { change_amount(p, 0, 1); },
       [](P& p) { change_amount(p, 0, -1); },
       short_shape},
      {"KABI-L18",
       {},
       [](P& p) { change_amount(p, 0, 0x10000); },
       [](P& p) { change_amount(p, 0, 0); },
       short_shape},
  };
}

}  // namespace

std::vector<ProgramCase> task_cases() {
  std::vector<ProgramCase> all = tasks();
  for (const ProgramCase& test : links()) all.push_back(test);
  return all;
}

}  // namespace npuscope::testing
