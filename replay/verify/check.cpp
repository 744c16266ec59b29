#include "replay/verify/check.h"

#include <utility>

namespace npuscope {

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass:
      return "PASS";
    case Outcome::fail:
      return "FAIL";
    case Outcome::skip:
      break;
  }
  return "SKIP";
}

void Verdict::expect_hex(std::string_view what, std::uint64_t expected, std::uint64_t found,
                         const Place& at, std::string_view remedy) {
  if (expected != found)
    fail(std::string(what), fmt::format("{:#x}", expected), fmt::format("{:#x}", found), at,
         std::string(remedy));
}

void Verdict::fail(std::string text, std::string expected, std::string found, const Place& at,
                   std::string remedy) {
  failures.push_back(
      {std::move(text), std::move(expected), std::move(found), at, std::move(remedy)});
}

Outcome Verdict::outcome() const {
  if (!failures.empty()) return Outcome::fail;
  return skipped.empty() ? Outcome::pass : Outcome::skip;
}

Verdict skip(std::string reason) {
  Verdict verdict;
  verdict.skipped = std::move(reason);
  return verdict;
}

Verdict absent(std::string_view reason) {
  Verdict verdict = skip(std::string(reason));
  verdict.absent = true;
  return verdict;
}

Verdict concluded(Verdict verdict, std::size_t count, std::string passed, Verdict nothing) {
  if (count == 0 && verdict.failures.empty()) return nothing;
  verdict.passed = std::move(passed);
  return verdict;
}

std::string count_of(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace npuscope
