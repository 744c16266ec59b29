// Checks the files of one captured run against the model of that run.
//
//   VerifyOptions options;                                      // options.model = &rknn;
//   const Verification result = verify(inputs, options, RegisterDb::builtin());
//   for (const CheckLine& line : result.lines) ... line.id, line.outcome, line.text ...
//
// Each input is checked on its own: addresses of two files are never mixed. What several files of
// one run say of the same thing is compared at the end.
#pragma once

#include <string>
#include <vector>

#include "replay/verify/checks.h"

namespace npuscope {

// One line of the result.
struct CheckLine {
  std::string_view id;
  Outcome outcome = Outcome::skip;
  std::string text;             // what holds, what was looked at, or why nothing can be said
  std::string expected, found;  // of a FAIL
  std::string remedy;
  Place place;
  std::string source;   // the input; empty where it is about all of them
  bool absent = false;  // a SKIP because the input has no such part
};

// What an input was compared with.
struct VerifiedInput {
  std::string source, kind;
  std::string model;         // empty: none
  std::string model_source;  // how it was found; or why there is none
};

struct Verification {
  std::vector<VerifiedInput> inputs;
  std::vector<CheckLine> lines;
  [[nodiscard]] std::size_t count(Outcome outcome) const;
};

struct VerifyOptions {
  const RunModel* model = nullptr;  // of all inputs; nullptr: what each of them says
  std::vector<std::string> only;    // ids; empty: all
};

// The checks that compare the files of one run.
inline constexpr Check files_check{"files.agree",
                                   "Files of one run state the same shape, sizes and submit.",
                                   "the inputs", nullptr};

// More failures of one check of one input are counted, not listed.
inline constexpr std::size_t most_failures = 8;

[[nodiscard]] Verification verify(const std::vector<Opened>& inputs, const VerifyOptions& options,
                                  const RegisterDb& db);

// agreement.cpp
[[nodiscard]] Verdict check_agreement(const std::vector<Run>& runs);

}  // namespace npuscope
