#include <fmt/format.h>

#include <algorithm>

#include "capture_tools/commands/verify_writers.h"

namespace npuscope::cli {

namespace {

std::size_t id_width() {
  std::size_t width = files_check.id.size();
  for (const Check& check : all_checks()) width = std::max(width, check.id.size());
  return width;
}

std::string in_brackets(const std::string& text) {
  return text.empty() ? "" : " (" + text + ")";
}

// A FAIL says in further lines what was expected and found, and what to do.
void write_line(const CheckLine& line, std::size_t width, Sink& sink) {
  sink.put(fmt::format("{}  {:<{}}  {}{}\n", name_of(line.outcome), line.id, width, line.text,
                       in_brackets(line.place.text())));
  const std::string indent(width + 8, ' ');
  if (!line.expected.empty() || !line.found.empty())
    sink.put(
        fmt::format("{}expected {}\n{}found    {}\n", indent, line.expected, indent, line.found));
  if (!line.remedy.empty()) sink.put(fmt::format("{}{}\n", indent, line.remedy));
}

}  // namespace

void write_verify_text(const Verification& result, Sink& sink) {
  for (const VerifiedInput& input : result.inputs) {
    sink.put(fmt::format("{}: {}\n", input.source, input.kind));
    sink.put(input.model.empty()
                 ? fmt::format("  no model: {}\n", input.model_source)
                 : fmt::format("  model {}: {}\n", input.model, input.model_source));
  }
  const std::size_t width = id_width();
  for (const CheckLine& line : result.lines) write_line(line, width, sink);
  sink.put(fmt::format("{} PASS, {} FAIL, {} SKIP\n", result.count(Outcome::pass),
                       result.count(Outcome::fail), result.count(Outcome::skip)));
}

void write_check_list(Sink& sink) {
  const std::size_t width = id_width();
  const auto put = [&](const Check& check) {
    sink.put(fmt::format("{:<{}}  {} Source: {}.\n", check.id, width, check.title, check.source));
  };
  for (const Check& check : all_checks()) put(check);
  put(files_check);
}

}  // namespace npuscope::cli
