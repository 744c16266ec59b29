// What a replay has to say, line by line, as text for a person or as JSON lines
// (npuscope.replay/1).
//
//   ReplayReport report(sink, request.json);
//   report.put(RunLine{.cores = 2, .tasks = 4, .equal = true});
//
// A line is a value; replay_text.cpp and replay_json.cpp write it. Neither decides anything.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "decoder/emit/sink.h"
#include "replay/sim/simulator.h"

namespace npuscope::cli {

struct BeginLine {  // the header of JSON lines; no text
  std::string input;
  std::string kind;    // "model", "capture", "shape"
  std::string device;  // "sim", or a driver
};
struct ShapeLine {
  std::string key, schedule;
  std::uint32_t seed = 0;
};
struct InputLine {
  std::string name;
  std::vector<std::int32_t> shape;
  std::string element, source;  // a file, or "random, seed 42"
};
struct MovedLine {
  std::size_t buffers = 0, addresses = 0;
};
struct StrayLine {
  std::string register_name;
  std::uint32_t value = 0;
  std::size_t words = 0;
  std::string first;  // where the first of them stands
};
struct GapLine {  // bytes that were not captured
  std::string buffer;
  std::uint64_t missing = 0, size = 0;
};
struct TaskLine {
  const sim::TaskReport* task = nullptr;
  const sim::AddressSpace* memory = nullptr;
};
struct EventLine {
  const sim::Event* event = nullptr;
};
struct RunLine {
  unsigned cores = 1;
  std::optional<std::size_t> nodes{};  // of a model: that ran
  std::size_t nodes_in_all = 0;
  std::size_t tasks = 0;
  std::uint64_t macs = 0;
  sim::RunStatus status = sim::RunStatus::done;
  std::string reason{};
  std::optional<bool> equal{};  // to the first run; none: it is the first
};
struct OutputLine {  // of a model
  std::string name;
  std::vector<std::int32_t> shape;
  std::string element, type;        // of the tensor; of the array, as .npy names it
  std::size_t bytes = 0;            // of the array
  std::span<const float> values{};  // if it holds real numbers
};
struct WrittenLine {
  std::string path;
};
struct CompareLine {
  std::string name, file;
  std::size_t differing = 0, elements = 0, at = 0;
  double largest = 0;
  bool good = false;
};
struct ReferenceLine {  // of a shape
  std::size_t values = 0;
  double largest = 0;
  bool good = false;
};
struct ChangedLine {  // a buffer of a capture
  std::string name;
  std::size_t changed = 0;
  std::uint64_t bytes = 0;
  std::uint32_t address = 0;
};
struct RecordedLine {  // a buffer that a recording has as it was after the submit
  std::string name;
  std::uint64_t bytes = 0, different = 0;
};
struct BoardLine {
  std::map<std::string, std::size_t> rules;  // broken, how often
};

using ReplayLine = std::variant<BeginLine, ShapeLine, InputLine, MovedLine, StrayLine, GapLine,
                                TaskLine, EventLine, RunLine, OutputLine, WrittenLine, CompareLine,
                                ReferenceLine, ChangedLine, RecordedLine, BoardLine>;

// With its line end; may be empty.
[[nodiscard]] std::string text_of(const ReplayLine& line);
[[nodiscard]] std::string json_of(const ReplayLine& line);

class ReplayReport {
 public:
  ReplayReport(Sink& sink, bool json) : sink_(sink), json_(json) {}

  void put(const ReplayLine& line) { sink_.put(json_ ? json_of(line) : text_of(line)); }
  // Tasks if asked for, and events: all of them with the tasks, else what a board would not do.
  void put(std::span<const sim::TaskReport> tasks, std::span<const sim::Event> events,
           const sim::AddressSpace& memory, bool trace);
  // The last line, if rules were broken.
  void finish();

 private:
  Sink& sink_;
  bool json_;
  BoardLine board_;
};

// "401408 MAC", "25.7 MMAC", "1.234 GMAC".
[[nodiscard]] std::string amount_of(std::uint64_t macs);

}  // namespace npuscope::cli
