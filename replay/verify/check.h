// One thing that a captured run must show, and what looking for it says.
//
//   for (const Check& check : all_checks())                       // checks.h
//     const Verdict verdict = check.run(run);                     // run.h
//
// A check says one of three things: what holds (PASS), everything that does not (FAIL, each with
// its place), or why it cannot be evaluated (SKIP). It never says PASS about what it has not seen.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/capture.h"

namespace npuscope {

struct Run;

enum class Outcome : std::uint8_t { pass, fail, skip };

[[nodiscard]] std::string_view name_of(Outcome outcome);  // "PASS", "FAIL", "SKIP"

// Something that is not as it should be.
struct Mismatch {
  std::string text;  // what was looked at: "weight: size in bytes"
  std::string expected, found;
  Place place;
  std::string remedy;  // what it may come from, or what to do; may be empty
};

struct Verdict {
  std::vector<Mismatch> failures;
  std::string passed;   // what was found to hold; said if there is no failure
  std::string skipped;  // why nothing can be said; said if there is neither
  bool absent = false;  // it is skipped because the input has no such part at all
  Place place;          // of what `passed` tells about

  // Notes a mismatch unless both are equal.
  template <typename A, typename B>
  void expect(std::string_view what, const A& expected, const B& found, const Place& at,
              std::string_view remedy = {}) {
    if (expected != found)
      failures.push_back({std::string(what), fmt::format("{}", expected), fmt::format("{}", found),
                          at, std::string(remedy)});
  }
  // The same in hexadecimal.
  void expect_hex(std::string_view what, std::uint64_t expected, std::uint64_t found,
                  const Place& at, std::string_view remedy = {});
  void fail(std::string text, std::string expected, std::string found, const Place& at,
            std::string remedy = {});

  [[nodiscard]] Outcome outcome() const;
};

// Why the part that is there says nothing.
[[nodiscard]] Verdict skip(std::string reason);
// The input has no such part; another file of the run may have it.
[[nodiscard]] Verdict absent(std::string_view reason);
inline constexpr std::string_view no_calls = "the input logs no ioctls";
inline constexpr std::string_view no_table = "the input holds no task table";

// The verdict of a check that looked at `count` things: PASS with this text, or `nothing` if there
// was nothing to look at.
[[nodiscard]] Verdict concluded(Verdict verdict, std::size_t count, std::string passed,
                                Verdict nothing = {});

// "1 task", "3 tasks"
[[nodiscard]] std::string count_of(std::size_t count, std::string_view what);

struct Check {
  std::string_view id;      // "buffers.sizes"
  std::string_view title;   // what must hold, one sentence
  std::string_view source;  // where that is known from
  Verdict (*run)(const Run& run);
};

}  // namespace npuscope
