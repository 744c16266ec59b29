#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "capture_tools/commands/explain_writers.h"

namespace npuscope::cli {

namespace {

// Roots, then what follows from them, each in the order of the database.
std::vector<const Cause*> in_order(const Explanation& explanation) {
  std::vector<const Cause*> causes;
  for (const Cause& cause : explanation.causes) causes.push_back(&cause);
  std::stable_sort(causes.begin(), causes.end(),
                   [](const Cause* x, const Cause* y) { return x->root && !y->root; });
  return causes;
}

std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string times(std::uint64_t count) {
  return count == 1 ? "once" : fmt::format("{} times", count);
}

// "6 records for 1, 2, 3 cores"; empty for what concerns the whole input.
std::string where_of(const Cause& cause) {
  if (cause.records == 0) return {};
  return fmt::format("{} for {} core{}", plural(cause.records, "record"),
                     fmt::join(cause.cores, ", "), *cause.cores.rbegin() == 1 ? "" : "s");
}

void write_title(const Cause& cause, Sink& sink) {
  sink.put(cause.name);
  if (!cause.root && !cause.follows.empty())
    sink.put(fmt::format(", follows from {}", fmt::join(cause.follows, ", ")));
  if (!cause.note.empty()) sink.put(fmt::format(": {}", cause.note));
  sink.put("\n");
}

// The lines of one cause, in columns as wide as they need.
class Lines {
 public:
  explicit Lines(const Cause& cause) {
    for (const Evidence& e : cause.changed) grow(e);
    for (const Evidence& e : cause.stayed) grow(e);
  }
  void changed(const Evidence& e, Sink& sink) const {
    sink.put(fmt::format("  {:<{}}  ", e.name, name_));
    if (e.b.empty()) {
      sink.put(e.a.empty() ? std::string() : e.a + "  ");
    } else {
      sink.put(fmt::format("{:>{}} -> {:<{}}  ", e.a, a_, e.b, b_));
    }
    sink.put(times(e.count));
    if (e.variants > 1) sink.put(fmt::format(", {} values", e.variants));
    if (!e.note.empty()) sink.put(fmt::format("; {}", e.note));
    sink.put("\n");
  }
  void stayed(const Evidence& e, Sink& sink) const {
    sink.put(fmt::format("! {:<{}}  {:>{}} on both sides, though it changes with the others  {}\n",
                         e.name, name_, e.a, a_, times(e.count)));
  }

 private:
  // The name of a tensor may be long; it does not push the other lines off the screen.
  static void grow(std::size_t& width, const std::string& text) {
    constexpr std::size_t most = 48;
    if (text.size() <= most) width = std::max(width, text.size());
  }
  void grow(const Evidence& e) {
    grow(name_, e.name);
    if (e.b.empty()) return;
    grow(a_, e.a);
    grow(b_, e.b);
  }
  std::size_t name_ = 36, a_ = 0, b_ = 0;
};

std::string place_of(const std::string& name, std::optional<std::uint64_t> address) {
  return address ? fmt::format("{} at {:#x}", name, *address) : name + ", not placed";
}

void write_sources(const ExplainView& view, Sink& sink) {
  sink.put(fmt::format("A  {}: {}\n", view.a.capture.source, view.a.capture.kind));
  sink.put(fmt::format("B  {}: {}\n", view.b.capture.source, view.b.capture.kind));
}

void write_moved(const ExplainView& view, Sink& sink) {
  if (view.explanation.moved.empty()) return;
  sink.put("\nrelocated, which is no difference:\n");
  for (const MovedBuffer& moved : view.explanation.moved)
    sink.put(fmt::format(
        "  {} -> {}  {}\n", place_of(moved.a, moved.address_a), place_of(moved.b, moved.address_b),
        moved.addresses == 1 ? "1 address" : fmt::format("{} addresses", moved.addresses)));
}

std::string not_compared(const ExplainView& view) {
  const std::uint64_t words = view.comparison.not_compared;
  return words == 0 ? std::string()
                    : fmt::format(", {} that one side did not capture", plural(words, "word"));
}

void write_counts(const ExplainView& view, Sink& sink) {
  const Explanation& explanation = view.explanation;
  if (explanation.causes.empty()) {
    sink.put(explanation.moved.empty() ? "equal: " : "equal, relocated only: ");
    sink.put(fmt::format("{}, {} compared{}\n", plural(view.comparison.records, "record"),
                         plural(view.comparison.words, "word"), not_compared(view)));
    return;
  }
  std::vector<std::string_view> roots;
  for (const Cause& cause : explanation.causes)
    if (cause.root) roots.push_back(cause.name);
  sink.put(fmt::format("{}: {}; {} of {} explained", roots.size() == 1 ? "cause" : "causes",
                       fmt::join(roots, ", "), explanation.differences - explanation.unexplained,
                       plural(explanation.differences, "difference")));
  if (explanation.stayed > 0)
    sink.put(fmt::format(", {} that should have changed too", plural(explanation.stayed, "field")));
  sink.put(not_compared(view) + "\n");
}

}  // namespace

void write_explain_text(const ExplainView& view, Sink& sink) {
  write_sources(view, sink);
  for (const Cause* cause : in_order(view.explanation)) {
    sink.put("\n");
    write_title(*cause, sink);
    if (cause->records > 0) sink.put(fmt::format("  {}\n", where_of(*cause)));
    const Lines lines(*cause);
    for (const Evidence& e : cause->changed) lines.changed(e, sink);
    for (const Evidence& e : cause->stayed) lines.stayed(e, sink);
  }
  write_moved(view, sink);
  sink.put("\n");
  write_counts(view, sink);
}

void write_explain_summary(const ExplainView& view, Sink& sink) {
  for (const Cause* cause : in_order(view.explanation)) write_title(*cause, sink);
  write_counts(view, sink);
}

}  // namespace npuscope::cli
