#include "tests/bench/diff_job.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>

#include "decoder/compare/compare.h"
#include "replay/generate/generated.h"
#include "replay/shape/shape_names.h"
#include "tests/bench/jobs.h"
#include "tests/bench/words.h"

namespace npuscope::bench {

namespace {

// One bit of one word: another word in each record, addresses left out.
void change_one_word(RecordWrites& record, std::size_t index) {
  std::size_t word = index * 37 % record.writes.size();
  while (record.writes[word].base != Base::none) word = (word + 1) % record.writes.size();
  record.writes[word].value ^= 1;
}

Opened program_of(const ConvPlan& plan, const RecordWrites& record, std::size_t records,
                  bool changed, std::uint64_t top) {
  std::vector<RecordWrites> lane(records, record);
  for (std::size_t i = 0; changed && i < records; ++i) change_one_word(lane[i], i);
  CommandStream stream;
  stream.add_lane(0, 1, std::move(lane));
  const BufferLayout layout = lay_out(plan, stream, top);
  return open_capture(capture_of({plan, std::move(stream), layout}), RegisterDb::builtin());
}

}  // namespace

ComparedPrograms compared_programs(std::size_t words, ProgramChange change) {
  const auto shape = parse_shape("b1_c64_h56_w56_oc128_wic64_k1x1_g1");
  require(shape.has_value(), "the shape is known");
  const auto made = generate_program(*shape, {});
  require(made.has_value(), "the shape is generated");
  const RecordWrites& record = made->stream.records().front().body;
  require(record.writes.size() == 108, "a full record has 108 words");
  const std::size_t records = std::max<std::size_t>(1, words / record.writes.size());
  constexpr std::uint64_t top = 0xfffa0000, elsewhere = 0xefff0000;
  ComparedPrograms programs{
      program_of(made->plan, record, records, false, top),
      program_of(made->plan, record, records, change.changed, change.moved ? elsewhere : top),
      records * record.writes.size(), records};
  const Comparison result = compare(programs.a, programs.b, RegisterDb::builtin());
  require(result.records == records, "all records are compared");
  require(result.structure.empty(), "links and tasks are equal");
  // The four words in front are written again behind: only the last write counts for the device,
  // but each is compared.
  require(result.registers.size() == (change.changed ? records : 0), "each change is found");
  return programs;
}

Prepared prepare_diff(std::size_t words) {
  auto programs = std::make_shared<const ComparedPrograms>(compared_programs(words, {}));
  return {[programs] {
            const Comparison result = compare(programs->a, programs->b, RegisterDb::builtin());
            benchmark::DoNotOptimize(result.words);
          },
          programs->words, programs->words * sizeof(Word)};
}

}  // namespace npuscope::bench
