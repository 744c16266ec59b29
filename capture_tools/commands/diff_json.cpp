#include <fmt/format.h>

#include "capture_tools/commands/diff_writers.h"
#include "decoder/emit/json_format.h"

namespace npuscope::cli {

namespace {

std::string index_or_null(std::size_t index) {
  return index == no_index ? "null" : fmt::format("{}", index);
}
std::string word_or_null(std::uint32_t word) {
  return word == no_word ? "null" : fmt::format("{}", word);
}

std::string place_of(const Comparison& result, std::uint32_t index) {
  if (index == no_word) return R"("set":null,"cores":null,"core":null,"task_a":null,"task_b":null)";
  const RecordPair& pair = result.pairs[index];
  return fmt::format(R"("set":{},"cores":{},"core":{},"task_a":{},"task_b":{})", pair.set,
                     pair.cores, pair.core, index_or_null(pair.task_a), index_or_null(pair.task_b));
}

}  // namespace

void write_diff_json(const DiffView& view, Sink& sink) {
  const Comparison& result = view.result;
  const DifferenceText text(view.a, view.b, view.db, result);
  sink.put(fmt::format(R"({{"schema":"npuscope.diff/1","a":{},"kind_a":{},"b":{},"kind_b":{}}})"
                       "\n",
                       json_string(view.a.capture.source), json_string(view.a.capture.kind),
                       json_string(view.b.capture.source), json_string(view.b.capture.kind)));
  for (const StructuralDifference& d : result.structure)
    sink.put(fmt::format("{{\"type\":\"structure\",\"class\":\"{}\",{},\"text\":{}}}\n",
                         name_of(d.kind), place_of(result, d.pair), json_string(d.text)));
  for (const RegisterDifference& d : result.registers)
    for (const FieldDifference& f : text.fields(d))
      sink.put(fmt::format(
          "{{\"type\":\"register\",\"class\":\"{}\",{},\"word_a\":{},\"word_b\":{},\"offset\":\"{:#"
          "06x}\",\"name\":{},"
          "\"value_a\":{},\"value_b\":{},\"a\":{},\"b\":{},\"note\":{}}}\n",
          name_of(f.kind), place_of(result, d.pair), word_or_null(d.word_a), word_or_null(d.word_b),
          d.offset, json_string(f.name), d.known_a ? fmt::format("{}", d.a) : "null",
          d.known_b ? fmt::format("{}", d.b) : "null", json_string(f.a), json_string(f.b),
          json_string(f.note)));
  const auto counts = result.counts();
  std::string by_class;
  for (std::size_t i = 0; i < counts.size(); ++i)
    by_class += fmt::format("{}\"{}\":{}", i == 0 ? "" : ",",
                            name_of(static_cast<DifferenceClass>(i)), counts[i]);
  sink.put(
      fmt::format("{{\"type\":\"summary\",\"equal\":{},\"programs\":{},\"records\":{},\"words\":{},"
                  "\"not_compared\":{},\"counts\":{{{}}}}}\n",
                  result.equal(), result.programs, result.records, result.words,
                  result.not_compared, by_class));
}

}  // namespace npuscope::cli
