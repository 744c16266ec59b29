// The two forms of `npuscope info`: text for people, one JSON object per line for programs.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "decoder/check/model_check.h"
#include "decoder/emit/sink.h"
#include "decoder/open.h"

namespace npuscope::cli {

// `everything`: all facts and diagnostics, not only the first of each.
void write_info_text(const Opened& input, const std::vector<Finding>& findings, bool everything,
                     Sink& sink);

// The header line, once, and then the lines of each input. Schema: docs/schema/info.schema.json.
void begin_info_json(Sink& sink);
void write_info_json(const Opened& input, const std::vector<Finding>& findings, Sink& sink);

// How many tasks have a link of each kind.
[[nodiscard]] std::map<std::string_view, std::size_t> links_of(const ProgramSet& set);
// Known words of all records.
[[nodiscard]] std::size_t words_of(const ProgramSet& set);

}  // namespace npuscope::cli
