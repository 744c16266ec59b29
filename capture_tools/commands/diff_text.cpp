#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "capture_tools/commands/diff_writers.h"

namespace npuscope::cli {

namespace {

std::string title_of(const Comparison& result, const RecordPair& pair) {
  std::string title = result.sets.size() > 1 ? fmt::format("task table {}, ", pair.set) : "";
  title += fmt::format("{} core{}, core {}: ", pair.cores, pair.cores == 1 ? "" : "s", pair.core);
  if (pair.task_a != no_index) title += fmt::format("task {} of A", pair.task_a);
  if (pair.task_a != no_index && pair.task_b != no_index) title += ", ";
  if (pair.task_b != no_index) title += fmt::format("task {} of B", pair.task_b);
  return title;
}

// "word 8", "word 8 of A, 12 of B": where the register is written in the record.
std::string words_of(const RegisterDifference& d) {
  if (d.word_a == d.word_b || d.word_b == no_word) return fmt::format("word {}", d.word_a);
  if (d.word_a == no_word) return fmt::format("word {}", d.word_b);
  return fmt::format("word {} of A, {} of B", d.word_a, d.word_b);
}

// The differences of one pair of records, in columns as wide as they need.
class Rows {
 public:
  void add(const RegisterDifference& d, FieldDifference field) {
    std::string place = words_of(d);
    if (!field.note.empty()) place += ", " + field.note;
    grow(name_, field.name);
    grow(a_, field.a);
    grow(b_, field.b);
    rows_.push_back({std::move(field), std::move(place)});
  }
  void write(Sink& sink) {
    for (const Row& row : rows_)
      sink.put(fmt::format("  {:<16}  {:<{}}  {:>{}} -> {:<{}}  {}\n", name_of(row.field.kind),
                           row.field.name, name_, row.field.a, a_, row.field.b, b_, row.place));
  }

 private:
  struct Row {
    FieldDifference field;
    std::string place;
  };
  // The name of a tensor may be long; it does not push the other lines off the screen.
  static void grow(std::size_t& width, const std::string& text) {
    constexpr std::size_t most = 48;
    if (text.size() <= most) width = std::max(width, text.size());
  }

  std::vector<Row> rows_;
  std::size_t name_ = 36, a_ = 0, b_ = 0;
};

void write_sources(const DiffView& view, Sink& sink) {
  sink.put(fmt::format("A  {}: {}\n", view.a.capture.source, view.a.capture.kind));
  sink.put(fmt::format("B  {}: {}\n", view.b.capture.source, view.b.capture.kind));
}

void write_structure(const StructuralDifference& d, Sink& sink) {
  sink.put(fmt::format("  {:<16}  {}\n", name_of(d.kind), d.text));
}

}  // namespace

void write_diff_text(const DiffView& view, Sink& sink) {
  const Comparison& result = view.result;
  const DifferenceText text(view.a, view.b, view.db, result);
  write_sources(view, sink);
  // Both lists are in the order of pairs, except that what concerns the whole input has none.
  std::vector<const StructuralDifference*> of_pairs;
  bool whole = false;
  for (const StructuralDifference& d : result.structure) {
    if (d.pair != no_word) {
      of_pairs.push_back(&d);
      continue;
    }
    if (!whole) sink.put("\nthe whole input\n");
    whole = true;
    write_structure(d, sink);
  }
  std::size_t structure = 0, registers = 0;
  for (std::uint32_t pair = 0; pair < result.pairs.size(); ++pair) {
    const auto has_structure = [&] {
      return structure < of_pairs.size() && of_pairs[structure]->pair == pair;
    };
    const auto has_register = [&] {
      return registers < result.registers.size() && result.registers[registers].pair == pair;
    };
    if (!has_structure() && !has_register()) continue;
    sink.put(fmt::format("\n{}\n", title_of(result, result.pairs[pair])));
    for (; has_structure(); ++structure) write_structure(*of_pairs[structure], sink);
    Rows rows;
    for (; has_register(); ++registers)
      for (FieldDifference& f : text.fields(result.registers[registers]))
        rows.add(result.registers[registers], std::move(f));
    rows.write(sink);
  }
  sink.put("\n");
  write_diff_summary(view, sink);
}

void write_diff_stat(const DiffView& view, Sink& sink) {
  const DifferenceText text(view.a, view.b, view.db, view.result);
  std::map<std::pair<DifferenceClass, std::string>, std::uint64_t> counts;
  for (const RegisterDifference& d : view.result.registers)
    for (const FieldDifference& f : text.fields(d)) ++counts[{f.kind, f.name}];
  for (const StructuralDifference& d : view.result.structure) {
    const std::string what = d.text.substr(0, d.text.find_first_of("0123456789"));
    ++counts[{d.kind, what.substr(0, what.find_last_not_of(' ') + 1)}];
  }
  write_sources(view, sink);
  if (!counts.empty()) sink.put("\n");
  for (const auto& [what, count] : counts)
    sink.put(fmt::format("{:>8}  {:<16}  {}\n", count, name_of(what.first), what.second));
  sink.put("\n");
  write_diff_summary(view, sink);
}

void write_diff_summary(const DiffView& view, Sink& sink) {
  const Comparison& result = view.result;
  std::string counts;
  const auto by_class = result.counts();
  for (std::size_t i = 0; i < by_class.size(); ++i)
    if (by_class[i] > 0)
      counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", by_class[i],
                            name_of(static_cast<DifferenceClass>(i)));
  if (counts.empty()) {
    sink.put("equal: ");
  } else {
    sink.put(fmt::format("different: {}; ", counts));
  }
  sink.put(fmt::format("{} program{}, {} record{}, {} words compared", result.programs,
                       result.programs == 1 ? "" : "s", result.records,
                       result.records == 1 ? "" : "s", result.words));
  if (result.not_compared > 0)
    sink.put(fmt::format(", {} that one side did not capture", result.not_compared));
  sink.put("\n");
}

}  // namespace npuscope::cli
