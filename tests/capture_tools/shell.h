// Runs command lines as a person types them, in the project's folder, with `npuscope` on the path.
//
//   Outcome outcome = run_shell("npuscope info testdata/example/conv.rknn");
//   outcome.exit_code == 0; outcome.out; outcome.err;
//
// $TMP is an empty folder that is gone afterwards; its name reads $TMP in the output too.
#pragma once

#include <string>

namespace npuscope::testing {

struct Outcome {
  int exit_code = 0;
  std::string out, err;
};

[[nodiscard]] Outcome run_shell(const std::string& command);

[[nodiscard]] std::string read_whole(const std::string& path);
void write_whole(const std::string& path, const std::string& text);

// Set by tests/update-golden.sh: write what the command prints instead of comparing.
[[nodiscard]] bool updating();

}  // namespace npuscope::testing
