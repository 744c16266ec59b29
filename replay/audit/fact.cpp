#include "replay/audit/fact.h"

#include <algorithm>

namespace npuscope::audit {

namespace {

constexpr std::size_t most_characters = 200;

std::string printable(std::string_view text) {
  std::string result(text.substr(0, most_characters));
  for (char& c : result) c = c == '\t' ? ' ' : c >= ' ' && c <= '~' ? c : '?';
  if (text.size() > most_characters) result += "...";
  return result;
}

}  // namespace

std::string_view name_of(Judgement judgement) {
  switch (judgement) {
    case Judgement::good:
      return "ok";
    case Judgement::note:
      return "note";
    case Judgement::warning:
      return "warning";
    case Judgement::blocks:
      return "blocks";
    case Judgement::no_npu:
      return "no npu";
    case Judgement::poison:
      break;
  }
  return "POISON";
}

int exit_code(Verdict verdict) {
  return static_cast<int>(verdict) * 10;
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::ready:
      return "ready for hardware";
    case Verdict::simulator_only:
      return "simulator only";
    case Verdict::blocked:
      return "blocked";
    case Verdict::poisoned:
      break;
  }
  return "this boot is poisoned";
}

Verdict Audit::verdict() const {
  const auto any = [this](Judgement judgement) {
    return std::any_of(facts.begin(), facts.end(),
                       [judgement](const Fact& fact) { return fact.judgement == judgement; });
  };
  if (any(Judgement::poison)) return Verdict::poisoned;
  if (any(Judgement::blocks)) return Verdict::blocked;
  return any(Judgement::no_npu) || !npu_present ? Verdict::simulator_only : Verdict::ready;
}

const Fact* Audit::find(std::string_view id) const {
  const auto found =
      std::find_if(facts.begin(), facts.end(), [id](const Fact& fact) { return fact.id == id; });
  return found == facts.end() ? nullptr : &*found;
}

Fact& Audit::add(std::string_view id, std::string_view value, std::string source,
                 Judgement judgement, std::string advice) {
  facts.push_back(
      {printable(id), printable(value), std::move(source), {}, judgement, std::move(advice)});
  return facts.back();
}

Fact& Audit::unread(std::string_view id, std::string source, std::string_view why,
                    Judgement judgement, std::string advice) {
  Fact& fact = add(id, "", std::move(source), judgement, std::move(advice));
  fact.unread = printable(why);
  return fact;
}

}  // namespace npuscope::audit
