#include <fmt/format.h>
#include <fmt/ranges.h>

#include "capture_tools/commands/ledger_words.h"
#include "decoder/emit/json_format.h"

namespace npuscope::cli {

using namespace ledger;

namespace {

template <typename Range, typename Text>
std::string list_of(const Range& items, Text text) {
  std::vector<std::string> parts;
  for (const auto& item : items) parts.push_back(text(item));
  return fmt::format("[{}]", fmt::join(parts, ","));
}

std::string program_json(const ProgramStatus& program) {
  return fmt::format(
      "{{\"cores\":{},\"status\":{},\"label\":{},\"simulated\":{},\"reasons\":{},\"promotion\":{}}"
      "}",
      program.cores, json_string(name_of(program.status)), json_string(program.label),
      program.simulated,
      list_of(program.reasons,
              [](const Reason& r) {
                return fmt::format("{{\"code\":{},\"text\":{}}}", json_string(name_of(r.code)),
                                   json_string(r.text));
              }),
      list_of(program.promotion, [](const Condition& c) {
        return fmt::format("{{\"name\":{},\"met\":{},\"text\":{}}}", json_string(c.name), c.met,
                           json_string(c.text));
      }));
}

std::string suggestion_json(std::string_view type, const Suggestion& s) {
  return fmt::format("{{\"type\":\"{}\",\"shape\":{},\"cores\":{},\"score\":{},\"reasons\":{}}}\n",
                     type, json_string(s.key), s.cores, s.score,
                     list_of(s.reasons, [](const std::string& r) { return json_string(r); }));
}

}  // namespace

void write_ledger_json(const LedgerView& view, Sink& sink) {
  const auto text = [](const std::string& item) { return json_string(item); };
  sink.put("{\"schema\":\"npuscope.ledger-status/1\"}\n");
  for (const ShapeStatus& shape : view.statuses)
    sink.put(fmt::format(
        "{{\"type\":\"shape\",\"shape\":{},\"names\":{},\"family\":{},\"basis\":{},"
        "\"program\":{},\"captures\":{},\"programs\":{},\"evidence\":{}}}\n",
        json_string(shape.key), list_of(shape.names, text), json_string(name_of(shape.family)),
        json_string(shape.program.empty() ? "" : name_of(shape.basis)), json_string(shape.program),
        shape.captures, list_of(shape.programs, program_json),
        list_of(shape.entries, [](const Entry* entry) {
          return fmt::format("{{\"type\":\"{}\",\"text\":{}}}", type_of(entry->evidence),
                             json_string(evidence_text(*entry)));
        })));
  for (const Campaign& campaign : campaigns(view.ledger))
    sink.put(fmt::format(
        "{{\"type\":\"campaign\",\"name\":{},\"rows\":{},\"statuses\":{},\"fences\":{}}}\n",
        json_string(campaign.name), campaign.rows,
        list_of(
            campaign.statuses,
            [](const auto& c) { return fmt::format("[{},{}]", json_string(c.first), c.second); }),
        list_of(campaign.fences, [](const auto& c) {
          return fmt::format("{{\"cause\":{},\"operation\":{},\"split\":{},\"rows\":{}}}",
                             json_string(name_of(c.first.cause)), json_string(c.first.operation),
                             json_string(c.first.split), c.second);
        })));
  for (const Suggestion& s : next_captures(view.all)) sink.put(suggestion_json("capture", s));
  for (const Suggestion& s : next_runs(view.all)) sink.put(suggestion_json("run", s));
}

}  // namespace npuscope::cli
