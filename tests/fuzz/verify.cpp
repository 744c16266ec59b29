// Logs of a run. Promises: every check says something of every run; a FAIL says what was expected
// and found; a PASS and a SKIP have a text.
#include "replay/verify/verify.h"

#include "tests/fuzz/consume.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

namespace {

void check_line(const CheckLine& line) {
  require(!line.text.empty(), "a line has a text");
  const bool counted = line.text.ends_with(" more of this check");
  require(line.outcome != Outcome::fail || counted || !line.expected.empty(),
          "a FAIL says what was expected");
}

}  // namespace

void fuzz_verify(std::span<const std::byte> bytes) {
  auto captures = read_text(in_memory(bytes, "fuzzed.log"));
  if (!captures) return;
  for (Capture& capture : *captures) {
    std::vector<Opened> inputs;
    inputs.push_back(open_capture(std::move(capture), RegisterDb::builtin()));
    const Verification result = verify(inputs, {}, RegisterDb::builtin());
    require(result.lines.size() >= all_checks().size(), "every check has a line");
    for (const CheckLine& line : result.lines) check_line(line);
  }
}

}  // namespace npuscope::fuzz
