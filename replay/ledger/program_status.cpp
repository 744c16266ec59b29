#include "replay/ledger/program_status.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "replay/ledger/searches.h"

namespace npuscope::ledger {

namespace {

constexpr std::string_view pass = "pass", well = "well";

// "3 value, 1 address"
std::string counts_text(const ProgramDifference& difference) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < difference_classes; ++i)
    if (difference.differences[i] > 0)
      parts.push_back(fmt::format("{} {}", difference.differences[i],
                                  name_of(static_cast<DifferenceClass>(i))));
  return fmt::format("{}", fmt::join(parts, ", "));
}

// Evidence for one program, sorted out.
class ProgramJudge {
 public:
  ProgramJudge(const ShapeStatus& shape, const ShapeFacts& facts, ProgramStatus& program)
      : shape_(shape), facts_(facts), program_(program) {
    for (const Entry* entry : shape.entries) {
      if (const auto* capture = std::get_if<CaptureEvidence>(&entry->evidence)) {
        look_at(*entry, *capture);
      } else if (const auto* simulation = std::get_if<SimulationEvidence>(&entry->evidence)) {
        look_at(*simulation);
      } else if (const auto* run = std::get_if<RunEvidence>(&entry->evidence)) {
        look_at(*entry, *run);
      }
    }
  }

  void run() {
    program_.simulated = simulated_ && !simulation_failed_;
    if (equal_) program_.label = label(*equal_unit_, *equal_);
    capture_reasons();
    other_reasons();
    promotion();
    program_.status = status();
    if (program_.status == Status::probed_pass && !(equal_ && equal_unit_ == Unit::words))
      program_.label = equal_ ? program_.label + ", simulator" : "simulator";
  }

 private:
  static std::string label(Unit unit, const ProgramDifference& difference) {
    return fmt::format("{}{}", name_of(unit),
                       difference.performance() > 0 ? ", except grains" : "");
  }

  void say(ReasonCode code, std::string text) {
    const auto same = [&](const Reason& r) { return r.code == code && r.text == text; };
    if (std::ranges::none_of(program_.reasons, same))
      program_.reasons.push_back({code, std::move(text)});
  }

  [[nodiscard]] bool today(const std::string& program) const {
    return !program.empty() && program == shape_.program;
  }

  // Words before fields; with equal grains before others.
  [[nodiscard]] bool better(Unit unit, const ProgramDifference& difference) const {
    if (!equal_) return true;
    const auto rank = [](Unit u, const ProgramDifference& d) {
      return std::pair(static_cast<int>(u), d.performance() > 0);
    };
    return rank(unit, difference) < rank(*equal_unit_, *equal_);
  }

  void look_at(const Entry& entry, const CaptureEvidence& capture) {
    const auto found =
        std::ranges::find(capture.programs, program_.cores, &ProgramDifference::cores);
    const std::string& name = entry.source.name;
    if (capture.in_network) {
      network_ = true;
      return;
    }
    captured_ = true;
    if (program_.cores == 1 && capture.ran_tasks && *capture.ran_tasks < capture.one_core_tasks)
      say(ReasonCode::incomplete_submit,
          fmt::format("{}: the program needs {} tasks, its submit runs {}", name,
                      capture.one_core_tasks, *capture.ran_tasks));
    if (found == capture.programs.end() || found->compared == 0 || capture.unit == Unit::tasks) {
      say(ReasonCode::not_compared, name + ": its commands were not captured");
    } else if (!today(capture.program)) {
      say(ReasonCode::other_program, name +
                                         ": compared with a program that is not generated any "
                                         "more; import it again");
    } else if (found->counted() > 0) {
      differs_ = true;
      say(ReasonCode::differs, fmt::format("{}: {}", name, counts_text(*found)));
    } else {
      if (better(capture.unit, *found)) {
        equal_ = found.operator->();
        equal_unit_ = capture.unit;
      }
      if (found->performance() > 0)
        say(ReasonCode::grains_differ, fmt::format("{}: {} records", name, found->performance()));
    }
  }

  void look_at(const SimulationEvidence& simulation) {
    if (!today(simulation.program)) {
      stale_simulation_ = true;
    } else if (simulation.status == pass) {
      simulated_ = true;
    } else {
      simulation_failed_ = true;
      say(ReasonCode::simulation_failed,
          fmt::format("{}: {}", simulation.status, simulation.reason));
    }
  }

  void look_at(const Entry& entry, const RunEvidence& run) {
    if (run.cores != program_.cores) return;
    const auto what = fmt::format("{}: {}", entry.source.name, name_of(run.result));
    // What a run did to a board counts whatever was generated since.
    if (run.result == RunResult::board_lost || run.result == RunResult::poisoned_boot) {
      crashed_ = true;
      say(ReasonCode::crash, what);
    } else if (run.result == RunResult::poisons_next_job) {
      poisons_ = true;
      say(ReasonCode::poison, what);
    } else if (run.program != program_.executed) {
      say(ReasonCode::other_program, what + ", as a program that is not generated any more");
    } else if (run.result == RunResult::not_compared || run.result == RunResult::failed ||
               run.result == RunResult::unfinished) {
      say(ReasonCode::run_incomplete, what);
    } else if (run.result != RunResult::pass) {
      run_failed_ = true;
      say(ReasonCode::run_failed, what);
    } else if (run_ == nullptr || missing(run).size() < missing(*run_).size()) {
      run_ = &run;
    }
  }

  // What a run lacks for a promotion, its tasks aside.
  static std::string missing(const RunEvidence& run) {
    std::vector<std::string_view> parts;
    if (run.health_before != well) parts.emplace_back("a health check before it");
    if (run.health_after != well) parts.emplace_back("a health check after it");
    return fmt::format("{}", fmt::join(parts, ", "));
  }

  void capture_reasons() {
    if (captured_) return;
    if (network_) say(ReasonCode::in_network, "captured as a node among others only");
    say(ReasonCode::no_capture, "no capture of this geometry");
    if (const Search* search = find_search(shape_.key))
      say(ReasonCode::searched,
          fmt::format("public notes say there is one; there is none in {}", search->where));
  }

  void other_reasons() {
    if (!facts_.not_generated.empty()) say(ReasonCode::not_generated, facts_.not_generated);
    for (const std::string& finding : facts_.lint) say(ReasonCode::lint, finding);
    if (!simulated_ && !simulation_failed_)
      say(ReasonCode::not_simulated, stale_simulation_
                                         ? "simulated as a program that is not generated any more"
                                         : "not simulated");
    if (run_ == nullptr && !run_failed_ && !crashed_ && !poisons_)
      say(ReasonCode::no_run, "no guarded run on a board");
    if (run_ != nullptr && !missing(*run_).empty())
      say(ReasonCode::run_incomplete, "the run lacks " + missing(*run_));
    if (const auto* denied = facts_.denied[program_.cores - 1]) {
      const bool crash = denied->effect == preflight::DeniedEffect::crash;
      (crash ? crashed_ : poisons_) = true;
      say(crash ? ReasonCode::crash : ReasonCode::poison,
          fmt::format("public notes: {}", denied->reason));
    }
  }

  void condition(std::string name, bool met, std::string text) {
    program_.promotion.push_back({std::move(name), met, std::move(text)});
  }

  void promotion() {
    const bool words = equal_ && equal_unit_ == Unit::words;
    const bool backed = words || (program_.simulated && !differs_);
    condition("offline", backed,
              words      ? "equal to a capture, word for word"
              : equal_   ? (backed ? "equal in fields, and right on the simulator"
                                   : "equal in fields only: simulate it, or capture words")
              : differs_ ? "differs from a capture"
              : backed   ? "right on the simulator; no capture to compare with"
                         : "neither a capture nor a simulation");
    condition("lint", facts_.lint.empty() && facts_.not_generated.empty(),
              facts_.lint.empty() ? "no rule finds an error" : facts_.lint.front());
    const bool guarded = run_ != nullptr && missing(*run_).empty() && !run_failed_;
    condition("guarded run", guarded,
              run_ == nullptr ? "none"
              : guarded       ? fmt::format("{}: {}", run_->date, run_->values)
                              : "lacks " + missing(*run_));
    const std::size_t tasks = facts_.tasks[program_.cores - 1];
    const bool complete = run_ != nullptr && tasks > 0 && run_->ran_tasks == tasks;
    condition(
        "records", complete,
        run_ == nullptr ? "no run" : fmt::format("{} of {} tasks ran", run_->ran_tasks, tasks));
    condition("sweep", facts_.list_passes,
              facts_.list_passes ? "the whole list passes on the simulator"
                                 : "not every shape of the list passes on the simulator");
  }

  [[nodiscard]] Status status() const {
    const bool promoted = std::ranges::all_of(program_.promotion, &Condition::met);
    if (crashed_) return Status::crash_fenced;
    if (poisons_) return Status::poisons_next_job;
    if (run_failed_) return Status::probed_fail;
    if (!facts_.not_generated.empty() || !facts_.lint.empty()) return Status::unknown;
    if (promoted) return Status::probed_pass;
    if (equal_) return Status::offline_equal;
    if (shape_.basis == Basis::general)
      return program_.simulated ? Status::fallback : Status::unknown;
    return captured_ ? Status::formula : Status::no_capture;
  }

  const ShapeStatus& shape_;
  const ShapeFacts& facts_;
  ProgramStatus& program_;
  const ProgramDifference* equal_ = nullptr;
  std::optional<Unit> equal_unit_;
  const RunEvidence* run_ = nullptr;  // the most complete one that passed
  bool captured_ = false, network_ = false, differs_ = false;
  bool simulated_ = false, simulation_failed_ = false, stale_simulation_ = false;
  bool crashed_ = false, poisons_ = false, run_failed_ = false;
};

}  // namespace

void judge(const ShapeStatus& shape, const ShapeFacts& facts, ProgramStatus& program) {
  ProgramJudge(shape, facts, program).run();
}

}  // namespace npuscope::ledger
