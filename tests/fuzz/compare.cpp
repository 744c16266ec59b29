// Two captures that are compared: four bytes with the length of the first (little-endian), its
// bytes, then those of the second. What the bytes of a capture mean stands in fuzzed_capture.h.
#include "decoder/compare/compare.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <string>

#include "decoder/compare/difference_text.h"
#include "decoder/compare/explain.h"
#include "tests/fuzz/fuzzed_capture.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

namespace {

constexpr std::size_t length_bytes = 4;

const RegisterDb& db() {
  return RegisterDb::builtin();
}

void check_pairs(const Opened& a, const Opened& b, const Comparison& result) {
  for (const RecordPair& pair : result.pairs) {
    require(pair.set < result.sets.size(), "a pair is of a set that was compared");
    const ProgramSet &set_a = a.sets.at(result.sets[pair.set].a),
                     &set_b = b.sets.at(result.sets[pair.set].b);
    require(pair.task_a == no_index || pair.task_a < set_a.tasks.size(), "the task of A exists");
    require(pair.task_b == no_index || pair.task_b < set_b.tasks.size(), "the task of B exists");
    require(pair.task_a != no_index || pair.task_b != no_index, "one side has the task");
  }
  std::uint32_t last = 0;
  for (const RegisterDifference& d : result.registers) {
    require(d.pair < result.pairs.size() && d.pair >= last,
            "differences are in the order of pairs");
    last = d.pair;
  }
  for (const StructuralDifference& d : result.structure)
    require(d.pair == no_word || d.pair < result.pairs.size(), "a difference is of a pair");
}

// Everything that differs shows a cause, and there is a cause at the root of it.
void check_explanation(const Opened& a, const Opened& b, const Comparison& result) {
  const Explanation explanation = explain(a, b, db(), result);
  require(explanation.causes.empty() == result.equal(), "what differs has causes");
  require(result.equal() == std::none_of(explanation.causes.begin(), explanation.causes.end(),
                                         [](const Cause& cause) { return cause.root; }),
          "some cause is a root");
  require(explanation.unexplained <= explanation.differences, "what is unexplained is a part");
  std::set<std::string> names;
  for (const Cause& cause : explanation.causes) {
    require(cause.root || !cause.follows.empty(), "what is no root follows from one");
    for (const Evidence& e : cause.changed) names.insert(e.name);
  }
  const DifferenceText text(a, b, db(), result);
  for (const RegisterDifference& d : result.registers)
    for (const FieldDifference& f : text.fields(d))
      require(names.contains(f.name), "every field that differs is evidence");
}

}  // namespace

void fuzz_compare(std::span<const std::byte> bytes) {
  if (bytes.size() < length_bytes) return;
  std::uint32_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  bytes = bytes.subspan(length_bytes);
  const std::size_t first = std::min<std::size_t>(length, bytes.size());
  auto capture_a = fuzzed_capture(bytes.first(first)),
       capture_b = fuzzed_capture(bytes.subspan(first));
  if (!capture_a || !capture_b) return;
  const Opened a = open_capture(std::move(capture_a->capture), db()),
               b = open_capture(std::move(capture_b->capture), db());
  require(compare(a, a, db()).equal(), "an input is equal to itself");
  const Comparison forth = compare(a, b, db()), back = compare(b, a, db());
  require(forth.equal() == back.equal(), "equal one way is equal the other way");
  check_pairs(a, b, forth);
  check_pairs(b, a, back);
  check_explanation(a, b, forth);
  check_explanation(b, a, back);
}

}  // namespace npuscope::fuzz
