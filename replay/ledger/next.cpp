#include "replay/ledger/next.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace npuscope::ledger {

namespace {

// How well a trait is known.
enum class Seen : std::uint8_t { never, fields, words };

// A trait that was never seen counts so much more than one that was seen in a table of registers
// only, without tails and links. An untried geometry breaks ties.
constexpr std::uint64_t weight_never = 8, weight_fields = 2, weight_geometry = 1;

struct Trait {
  Seen seen = Seen::never;
  std::size_t names = 0;  // of the list that have it
};

using Traits = std::map<std::string, Trait, std::less<>>;

// What an equal capture shows of all programs; grains aside.
Seen seen_in(const ShapeStatus& status) {
  Seen best = Seen::never;
  for (const Entry* entry : status.entries) {
    const auto* capture = std::get_if<CaptureEvidence>(&entry->evidence);
    if (capture == nullptr || capture->programs.empty()) continue;
    const bool equal = std::ranges::all_of(capture->programs, [](const ProgramDifference& p) {
      return p.compared > 0 && p.counted() == 0;
    });
    const bool today = capture->in_network || capture->program == status.program;
    if (equal && today && capture->unit != Unit::tasks)
      best = std::max(best, capture->unit == Unit::words ? Seen::words : Seen::fields);
  }
  return best;
}

struct Candidate {
  const ShapeStatus* status = nullptr;
  std::vector<std::string> traits;
};

std::uint64_t score_of(const Candidate& candidate, const Traits& traits) {
  std::uint64_t score = weight_geometry * candidate.status->names.size();
  for (const std::string& name : candidate.traits) {
    const Trait& trait = traits.find(name)->second;
    if (trait.seen == Seen::never) score += weight_never * trait.names;
    if (trait.seen == Seen::fields) score += weight_fields * trait.names;
  }
  return score;
}

Suggestion suggest(const Candidate& candidate, const Traits& traits, std::uint64_t score) {
  const ShapeStatus& status = *candidate.status;
  Suggestion suggestion{status.key, status.names, 0, score, {}};
  for (const std::string& name : candidate.traits) {
    const Trait& trait = traits.find(name)->second;
    if (trait.seen == Seen::words) continue;
    suggestion.reasons.push_back(fmt::format(
        "{}: {} ({} name{} of the list)",
        trait.seen == Seen::never ? "never captured" : "known from registers only, no raw words",
        name, trait.names, trait.names == 1 ? "" : "s"));
  }
  for (const Reason& reason : status.programs[0].reasons)
    if (reason.code == ReasonCode::no_capture || reason.code == ReasonCode::searched ||
        reason.code == ReasonCode::not_compared || reason.code == ReasonCode::differs)
      suggestion.reasons.push_back(reason.text);
  return suggestion;
}

std::uint64_t multiplications(const ConvShape& s) {
  return std::uint64_t{s.batch} * s.out_channels * s.out_height() * s.out_width() *
         s.group_in_channels() * s.kernel_height * s.kernel_width;
}

}  // namespace

std::vector<Suggestion> next_captures(const std::vector<ShapeStatus>& statuses) {
  Traits traits;
  std::vector<Candidate> candidates;
  for (const ShapeStatus& status : statuses) {
    Candidate candidate{&status, traits_of(status.shape)};
    const Seen seen = seen_in(status);
    for (const std::string& name : candidate.traits) {
      Trait& trait = traits[name];
      trait.names += status.names.size();
      trait.seen = std::max(trait.seen, seen);
    }
    const auto& one = status.programs[0];
    const bool open = one.status != Status::offline_equal && one.status != Status::probed_pass;
    if (open && status.captures == 0 && !status.names.empty())
      candidates.push_back(std::move(candidate));
  }
  std::vector<Suggestion> suggestions;
  while (!candidates.empty()) {
    // The first of the best, in the order of the list.
    const auto best = std::ranges::max_element(candidates, [&](const auto& a, const auto& b) {
      return score_of(a, traits) < score_of(b, traits);
    });
    suggestions.push_back(suggest(*best, traits, score_of(*best, traits)));
    for (const std::string& name : best->traits) traits.find(name)->second.seen = Seen::words;
    candidates.erase(best);
  }
  return suggestions;
}

std::vector<Suggestion> next_runs(const std::vector<ShapeStatus>& statuses) {
  struct Run {
    int backing;  // 0: equal words, 1: equal fields, 2: the simulator alone
    std::uint64_t macs;
    Suggestion suggestion;
  };
  std::vector<Run> runs;
  for (const ShapeStatus& status : statuses)
    for (const ProgramStatus& program : status.programs) {
      const auto met = [&](std::string_view name) {
        const auto found = std::ranges::find(program.promotion, name, &Condition::name);
        return found != program.promotion.end() && found->met;
      };
      if (!met("offline") || !met("lint") || program.status >= Status::probed_pass) continue;
      Suggestion suggestion{status.key, status.names, program.cores, 0, {}};
      for (const Condition& condition : program.promotion)
        suggestion.reasons.push_back(fmt::format("{}: {}", condition.name, condition.text));
      const int backing = program.label.starts_with("words") ? 0 : program.label.empty() ? 2 : 1;
      runs.push_back({backing, multiplications(status.shape), std::move(suggestion)});
    }
  std::ranges::stable_sort(runs, [](const Run& a, const Run& b) {
    return std::tuple(a.suggestion.cores, a.suggestion.names.empty(), a.backing, a.macs) <
           std::tuple(b.suggestion.cores, b.suggestion.names.empty(), b.backing, b.macs);
  });
  std::vector<Suggestion> suggestions;
  for (Run& run : runs) suggestions.push_back(std::move(run.suggestion));
  return suggestions;
}

}  // namespace npuscope::ledger
