#include "replay/ledger/fence.h"

#include <array>

namespace npuscope::ledger {

namespace {

constexpr std::array<std::string_view, 6> cause_names{"no-capture", "not-in-table", "unresolved",
                                                      "crash",      "wrong-values", "unknown"};

struct Phrase {
  std::string_view words;
  FenceCause cause;
};

// Of allbilly/rk3588:examples/conv.py, the one client whose fences are on record. First match wins.
constexpr Phrase phrases[] = {{"crash-fenced", FenceCause::crash},
                              {"known numerically wrong", FenceCause::wrong_values},
                              {"semantics are unresolved", FenceCause::unresolved},
                              {"without DEPTHWISE_BODY_SHAPES", FenceCause::not_in_table},
                              {"is fenced pending", FenceCause::no_capture}};

struct Term {
  std::string_view word, meaning;
};

// BY_YK before its parts.
constexpr Term splits[] = {
    {"BY_YK", "rows and kernels"}, {"BY_K", "kernels"}, {"BY_Y", "rows"}, {"NONE", "none"}};
constexpr Term operations[] = {
    {"depthwise", "depthwise"}, {"pointwise", "pointwise"}, {"spatial", "spatial"}};

template <std::size_t count>
std::string meaning_in(std::string_view text, const Term (&terms)[count]) {
  for (const Term& term : terms)
    if (text.find(term.word) != std::string_view::npos) return std::string(term.meaning);
  return {};
}

}  // namespace

std::string_view name_of(FenceCause cause) {
  return cause_names[static_cast<std::size_t>(cause)];
}

std::optional<FenceCause> fence_cause(std::string_view name) {
  for (std::size_t i = 0; i < cause_names.size(); ++i)
    if (cause_names[i] == name) return static_cast<FenceCause>(i);
  return std::nullopt;
}

Fence fence_of(std::string_view text) {
  Fence fence;
  for (const Phrase& phrase : phrases) {
    if (text.find(phrase.words) == std::string_view::npos) continue;
    fence.cause = phrase.cause;
    break;
  }
  fence.split = meaning_in(text, splits);
  fence.operation = meaning_in(text, operations);
  return fence;
}

std::string text_of(const Fence& fence) {
  std::string text(name_of(fence.cause));
  if (!fence.operation.empty()) text += ", " + fence.operation;
  if (!fence.split.empty()) text += ", split: " + fence.split;
  return text;
}

}  // namespace npuscope::ledger
