// Runs the command of each file of tests/golden and compares all that it prints.
//
//   # what it shows
//   $ npuscope regs cbuf_com0          lines with $ are one shell script, run in the project's
//   folder
//   --- exit 2
//   --- stdout
//   --- stderr
//   npuscope regs: nothing is called ...
//
// tests/update-golden.sh writes the lines behind the command anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <sstream>
#include <vector>

#include "tests/capture_tools/shell.h"

namespace npuscope::testing {
namespace {

std::vector<std::string> golden_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(NPUSCOPE_SOURCE_DIR "/tests/golden"))
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

class Golden : public ::testing::TestWithParam<std::string> {};

TEST_P(Golden, PrintsWhatItsFileSays) {
  const std::string path = NPUSCOPE_SOURCE_DIR "/tests/golden/" + GetParam() + ".txt";
  const std::string expected = read_whole(path);
  std::string head, command;
  std::istringstream lines(expected);
  for (std::string line; std::getline(lines, line) && !line.starts_with("--- ");) {
    head += line + "\n";
    if (line.starts_with("$ ")) command += line.substr(2) + "\n";
  }
  ASSERT_FALSE(command.empty()) << path << " has no line that begins with $";
  const Outcome outcome = run_shell(command);
  const std::string actual = head + "--- exit " + std::to_string(outcome.exit_code) +
                             "\n--- stdout\n" + outcome.out + "--- stderr\n" + outcome.err;
  if (updating()) {
    write_whole(path, actual);
  } else {
    EXPECT_EQ(actual, expected) << "if the change is wanted: tests/update-golden.sh";
  }
}

INSTANTIATE_TEST_SUITE_P(Command, Golden, ::testing::ValuesIn(golden_files()),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace_if(
                               name.begin(), name.end(),
                               [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
                           return name;
                         });

}  // namespace
}  // namespace npuscope::testing
