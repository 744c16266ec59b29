#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "capture_tools/commands/replay_report.h"
#include "replay/sim/trace.h"

namespace npuscope::cli {

namespace {

// "8 values, -1.2 to 3.4 (element 7): 0.5 0.25 -1.2 ...", the element being the largest.
std::string summary(const OutputLine& line) {
  if (line.type != "<f4") return fmt::format("{} bytes of {}", line.bytes, line.type);
  const std::span<const float> values = line.values;
  if (values.empty()) return "no values";
  const auto [low, high] = std::ranges::minmax_element(values);
  constexpr std::size_t shown = 10;
  return fmt::format("{} values, {:.5g} to {:.5g} (element {}): {:.5g}{}", values.size(), *low,
                     *high, high - values.begin(),
                     fmt::join(values.first(std::min(shown, values.size())), " "),
                     values.size() > shown ? " ..." : "");
}

std::string text(const BeginLine&) {
  return {};
}
std::string text(const ShapeLine& line) {
  return fmt::format("shape   {}  {}; tensors of numpy.random.seed({})\n", line.key, line.schedule,
                     line.seed);
}
std::string text(const InputLine& line) {
  return fmt::format("input   {}  {} {}: {}\n", line.name, fmt::join(line.shape, "x"), line.element,
                     line.source);
}
std::string text(const MovedLine& line) {
  return fmt::format("moved   {} buffers, {} addresses\n", line.buffers, line.addresses);
}
std::string text(const StrayLine& line) {
  return fmt::format("note    {} {:#x} lies in no buffer, and stays: {} words, the first {}\n",
                     line.register_name, line.value, line.words, line.first);
}
std::string text(const GapLine& line) {
  return fmt::format("note    {}: {} of {} bytes were not captured, and are zero\n", line.buffer,
                     line.missing, line.size);
}
std::string text(const TaskLine& line) {
  return sim::text_of(*line.task, *line.memory) + "\n";
}
std::string text(const EventLine& line) {
  return sim::text_of(*line.event) + "\n";
}
std::string text(const RunLine& line) {
  std::string end = "done";
  if (line.status != sim::RunStatus::done)
    end = fmt::format("{}: {}", sim::name_of(line.status), line.reason);
  else if (line.equal)
    end = *line.equal ? "done, equal bytes" : "done, OTHER BYTES than the first run";
  const std::string nodes =
      line.nodes ? fmt::format("{} of {} nodes, ", *line.nodes, line.nodes_in_all) : "";
  // A device does not count what it multiplies.
  const std::string macs =
      line.nodes && line.tasks > 0 && line.macs == 0 ? "" : ", " + amount_of(line.macs);
  return fmt::format("run     {} core{}  {}{} tasks{}: {}\n", line.cores,
                     line.cores == 1 ? " " : "s", nodes, line.tasks, macs, end);
}
std::string text(const OutputLine& line) {
  return fmt::format("output  {}  {} {}: {}\n", line.name, fmt::join(line.shape, "x"), line.element,
                     summary(line));
}
std::string text(const WrittenLine& line) {
  return fmt::format("        written to {}\n", line.path);
}
std::string text(const CompareLine& line) {
  return fmt::format("compare {}  {}: {} of {} differ, at most by {:.6g} (element {}): {}\n",
                     line.name, line.file, line.differing, line.elements, line.largest, line.at,
                     line.good ? "within the tolerance" : "BEYOND THE TOLERANCE");
}
std::string text(const ReferenceLine& line) {
  return fmt::format("output  {} values, max_diff {:.4f} from an f64 reference: {}\n", line.values,
                     line.largest,
                     line.good ? "within the rounding of f16 and f32" : "BEYOND ROUNDING");
}
std::string text(const ChangedLine& line) {
  return fmt::format("changed {}  {} of {} bytes at {:#x}\n", line.name, line.changed, line.bytes,
                     line.address);
}
std::string text(const RecordedLine& line) {
  return fmt::format("recorded {}  {} bytes after the submit: {}\n", line.name, line.bytes,
                     line.different == 0 ? "equal" : fmt::format("{} DIFFER", line.different));
}
std::string text(const BoardLine& line) {
  std::vector<std::string> texts;
  for (const auto& [rule, count] : line.rules)
    texts.push_back(count == 1 ? rule : fmt::format("{} ({} times)", rule, count));
  return fmt::format("board   would fail, whatever the values above: {}; --strict stops there\n",
                     fmt::join(texts, ", "));
}

}  // namespace

std::string amount_of(std::uint64_t macs) {
  const auto number = static_cast<double>(macs);
  if (number < 1e6) return fmt::format("{} MAC", macs);
  if (number < 1e9) return fmt::format("{:.1f} MMAC", number * 1e-6);
  return fmt::format("{:.3f} GMAC", number * 1e-9);
}

std::string text_of(const ReplayLine& line) {
  return std::visit([](const auto& each) { return text(each); }, line);
}

void ReplayReport::put(std::span<const sim::TaskReport> tasks, std::span<const sim::Event> events,
                       const sim::AddressSpace& memory, bool trace) {
  for (const sim::TaskReport& task : tasks)
    if (trace) put(TaskLine{&task, &memory});
  for (const sim::Event& event : events) {
    if (trace || event.kind > sim::EventKind::warning) put(EventLine{&event});
    // Beyond a limit events are only counted, without their rules.
    if (event.kind == sim::EventKind::violation)
      ++board_.rules[event.rule.empty() ? "others" : event.rule];
  }
}

void ReplayReport::finish() {
  if (!board_.rules.empty()) put(board_);
}

}  // namespace npuscope::cli
