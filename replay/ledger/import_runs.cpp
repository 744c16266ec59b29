#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "replay/ledger/import.h"
#include "replay/ledger/json_object.h"
#include "replay/shape/shape_names.h"

namespace npuscope::ledger {

namespace {

// "poisons the next job" of the journal is poisons-next-job here.
RunResult result_of(std::string name) {
  if (name == "poisons the next job") return RunResult::poisons_next_job;
  std::ranges::replace(name, ' ', '-');
  return run_result(name).value_or(RunResult::unfinished);
}

// "max_diff 0.0010 from ..."; none: it does not say so.
std::optional<double> max_diff_of(std::string_view values) {
  constexpr std::string_view key = "max_diff ";
  const std::size_t at = values.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  double number = 0;
  const auto [rest, error] =
      std::from_chars(values.data() + at + key.size(), values.data() + values.size(), number);
  return error == std::errc{} ? std::optional(number) : std::nullopt;
}

std::string version_of(std::optional<std::uint64_t> number) {
  if (!number) return {};
  return fmt::format("{}.{}.{}", *number / 10000, *number / 100 % 100, *number % 100);
}

class JournalImport {
 public:
  explicit JournalImport(const Source& source) : source_(source) {}

  void line(std::string_view text, std::size_t number) {
    const JsonObject line(text);
    if (!line.is_object()) return refuse("this is no line of JSON", number);
    const std::string event = line.text("event");
    if (event == "begin") {
      const std::string boot = line.text("boot_id");
      // A submit without a result, and then another boot: the board went down with it.
      close(!boot.empty() && !boot_.empty() && boot != boot_ ? RunResult::board_lost
                                                             : RunResult::unfinished);
      boot_ = boot;
      device_ = line.object("device");
    } else if (event == "submit") {
      open(line, number);
    } else if (event == "result") {
      finish(line, number);
    } else if (event == "refused") {
      imported_.notes.push_back(fmt::format("{}: {} was refused, nothing ran",
                                            Place{source_.name, number, true}.text(),
                                            line.text("input")));
    }
  }

  Imported end() {
    close(RunResult::unfinished);
    return std::move(imported_);
  }

 private:
  struct Open {
    std::string shape;
    Source source;
    RunEvidence run;
  };

  void refuse(std::string what, std::size_t number) {
    imported_.refused.push_back(
        {ErrorKind::unreadable, std::move(what), Place{source_.name, number, true}.text(), {}});
  }

  // Begins a run, or goes on with it: a submit is repeated after a dispatch miss.
  void open(const JsonObject& line, std::size_t number) {
    if (line.number("attempt").value_or(1) <= 1) close(RunResult::unfinished);
    // The driver in front of the simulator looks like a board in everything else.
    if (device_.flag("fake"))
      return refuse("a run on the fake NPU says nothing of a board", number);
    const auto shape = parse_shape(line.text("shape"));
    if (!shape)
      return refuse("the run of a program that is no convolution of a known shape", number);
    Open next{key_of(*shape), source_, {}};
    next.source.part = fmt::format("line {}", number);
    RunEvidence& run = next.run;
    run.program = line.text("program");
    run.cores = static_cast<unsigned>(std::min<std::uint64_t>(line.number("cores").value_or(0), 4));
    for (const JsonObject& lane : line.list("lanes")) run.ran_tasks += lane.list("records").size();
    for (const JsonObject& rule : line.list("overridden"))
      run.overridden.push_back(rule.text("rule"));
    run.submit = line.object("submit").members();
    run.device = device_.text("driver");
    run.driver = version_of(device_.number("driver_version"));
    run.boot = boot_;
    run.date = line.text("time");
    open_ = std::move(next);
  }

  void finish(const JsonObject& line, std::size_t number) {
    if (device_.flag("fake")) return;
    if (!open_ || open_->run.program != line.text("program"))
      return refuse("a result without its submit", number);
    RunEvidence& run = open_->run;
    run.reason = line.text("reason");
    run.values = line.text("values");
    run.max_diff = max_diff_of(run.values);
    run.health_before = line.text("health_before");
    run.health_after = line.text("health_after");
    close(result_of(line.text("class")));
  }

  void close(RunResult result) {
    if (!open_) return;
    open_->run.result = result;
    imported_.entries.push_back({open_->shape, open_->source, open_->run});
    open_.reset();
  }

  const Source& source_;
  Imported imported_;
  std::string boot_;
  JsonObject device_{nlohmann::json()};
  std::optional<Open> open_;
};

}  // namespace

Imported import_runs(std::string_view text, const Source& source) {
  JournalImport journal(source);
  for_each_line(text,
                [&](std::string_view line, std::size_t number) { journal.line(line, number); });
  return journal.end();
}

}  // namespace npuscope::ledger
