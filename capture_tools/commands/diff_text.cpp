#include <fmt/format.h>

#include <map>

#include "capture_tools/commands/diff_writers.h"

namespace npuscope::cli {

namespace {

std::string task_text(std::size_t task) {
  return task == no_index ? "-" : fmt::format("{}", task);
}

class DiffText {
 public:
  DiffText(const DiffView& view, Sink& sink)
      : view_(view), text_(view.a, view.b, view.db, view.result), sink_(sink) {}

  void write() {
    const Comparison& result = view_.result;
    std::size_t next = 0;
    for (const StructuralDifference& d : result.structure)
      if (d.pair == no_word) say("{:<17} {}", name_of(d.kind), d.text);
    std::size_t structure = 0;
    while (structure < result.structure.size() && result.structure[structure].pair == no_word)
      ++structure;
    for (std::uint32_t pair = 0; pair < result.pairs.size(); ++pair) {
      bool titled = false;
      for (std::size_t i = 0; i < result.structure.size(); ++i) {
        const StructuralDifference& d = result.structure[i];
        if (d.pair != pair) continue;
        title(pair, titled);
        say("  {:<16} {}", name_of(d.kind), d.text);
      }
      for (; next < result.registers.size() && result.registers[next].pair == pair; ++next) {
        title(pair, titled);
        for (const FieldDifference& f : text_.fields(result.registers[next]))
          field(result.registers[next], f);
      }
    }
  }

 private:
  template <typename... Args>
  void say(fmt::format_string<Args...> text, Args&&... args) {
    sink_.put(fmt::format(text, std::forward<Args>(args)...));
    sink_.put("\n");
  }

  void title(std::uint32_t index, bool& titled) {
    if (titled) return;
    titled = true;
    const RecordPair& pair = view_.result.pairs[index];
    say("{} core{}, core {}: task {} / {}", pair.cores, pair.cores == 1 ? "" : "s", pair.core,
        task_text(pair.task_a), task_text(pair.task_b));
  }

  void field(const RegisterDifference& d, const FieldDifference& f) {
    const std::uint32_t word = d.word_a != no_word ? d.word_a : d.word_b;
    say("  {:<16} {:<44} {:>16}  {:<16} word {}{}{}", name_of(f.kind), f.name, f.a, f.b, word,
        f.note.empty() ? "" : "  ", f.note);
  }

  const DiffView& view_;
  DifferenceText text_;
  Sink& sink_;
};

}  // namespace

void write_diff_text(const DiffView& view, Sink& sink) {
  DiffText(view, sink).write();
  write_diff_summary(view, sink);
}

void write_diff_stat(const DiffView& view, Sink& sink) {
  const DifferenceText text(view.a, view.b, view.db, view.result);
  std::map<std::pair<std::string, std::string>, std::uint64_t> counts;
  for (const RegisterDifference& d : view.result.registers)
    for (const FieldDifference& f : text.fields(d))
      ++counts[{std::string(name_of(f.kind)), f.name}];
  for (const StructuralDifference& d : view.result.structure)
    ++counts[{std::string(name_of(d.kind)), d.text.substr(0, d.text.find_first_of("0123456789"))}];
  for (const auto& [what, count] : counts)
    sink.put(fmt::format("{:>8}  {:<16} {}\n", count, what.first, what.second));
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
  sink.put(fmt::format(
      "{}: {} program{}, {} record{}, {} words compared{}\n", counts.empty() ? "equal" : counts,
      result.programs, result.programs == 1 ? "" : "s", result.records,
      result.records == 1 ? "" : "s", result.words,
      result.not_compared == 0
          ? ""
          : fmt::format(", {} not (one side did not capture them)", result.not_compared)));
}

}  // namespace npuscope::cli
