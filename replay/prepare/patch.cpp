#include "replay/prepare/patch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <charconv>
#include <cstring>
#include <set>

#include "decoder/word.h"
#include "regdb/lookup.h"

namespace npuscope {

namespace {

std::optional<std::uint64_t> number_in(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

tl::unexpected<Error> wrong(std::string_view text, std::string what, std::string remedy = {}) {
  if (remedy.empty()) remedy = "as task[3].cna.data_size0.datain_height=6";
  return wrong_usage(fmt::format("--set={}: {}", text, what), std::move(remedy));
}

}  // namespace

Result<Patch> parse_patch(std::string_view text, const RegisterDb& db) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return wrong(text, "no value");
  std::string_view name = text.substr(0, equals);
  Patch patch;
  if (name.starts_with("task[")) {
    const std::size_t close = name.find("].");
    if (close == std::string_view::npos) return wrong(text, "`task[` is not closed");
    const std::string_view index = name.substr(5, close - 5);
    if (index != "*") {
      const auto number = number_in(index);
      if (!number) return wrong(text, fmt::format("`{}` is no number of a task", index));
      patch.task = *number;
    }
    name.remove_prefix(close + 2);
  }
  const Lookup found = look_up(db, name);
  if (found.matches.empty())
    return wrong(text, fmt::format("there is no field `{}`", name),
                 found.suggestions.empty()
                     ? "`npuscope regs NAME` finds names"
                     : fmt::format("perhaps {}", fmt::join(found.suggestions, ", ")));
  if (found.matches.size() > 1) {
    std::set<std::string> names;
    for (const LookupMatch& match : found.matches) names.insert(match.reg->full_name);
    return wrong(text, fmt::format("`{}` means several", name),
                 fmt::format("in full: {}", fmt::join(names, ", ")));
  }
  const LookupMatch& match = found.matches.front();
  const std::string_view value_text = text.substr(equals + 1);
  const auto value = number_in(value_text);
  if (!value) return wrong(text, fmt::format("`{}` is no number", value_text));
  patch.offset = match.reg->offset;
  if (match.field != nullptr) patch.mask = match.field->mask();
  const int shift = std::countr_zero(patch.mask);
  if (*value > patch.mask >> shift)
    return wrong(text, fmt::format("the field holds at most {:#x}", patch.mask >> shift),
                 "values are raw, as the field holds them");
  patch.bits = static_cast<std::uint32_t>(*value) << shift;
  return patch;
}

Result<std::size_t> apply(const Patch& patch, Image& image) {
  std::set<const std::byte*> changed;  // tasks may share a record
  std::size_t tasks = 0;
  for (const sim::CoreTasks& lane : image.lanes)
    for (std::size_t i = 0; i < lane.tasks.size(); ++i) {
      if (patch.task && *patch.task != i) continue;
      ++tasks;
      const std::uint64_t words = std::uint64_t{lane.tasks[i].regcfg_amount} + tail_words;
      const auto record = image.at(lane.tasks[i].regcmd_addr, words * sizeof(Word));
      for (std::size_t at = 0; at + sizeof(Word) <= record.size(); at += sizeof(Word)) {
        Word word;
        std::memcpy(&word.raw, record.data() + at, sizeof word.raw);
        if (word.offset() != patch.offset || !is_plausible_command(word)) continue;
        word = Word::make(word.target(), word.offset(), (word.value() & ~patch.mask) | patch.bits);
        std::memcpy(record.data() + at, &word.raw, sizeof word.raw);
        changed.insert(record.data() + at);
      }
    }
  if (tasks == 0)
    return wrong_usage(fmt::format("--set: there is no task {}", patch.task.value_or(0)),
                       "they count from 0 in each lane");
  if (changed.empty())
    return wrong_usage("--set: the task has no word of that register",
                       "it has the value from two tasks back: set it there");
  return changed.size();
}

}  // namespace npuscope
