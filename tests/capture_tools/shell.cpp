#include "tests/capture_tools/shell.h"

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace npuscope::testing {

namespace {

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at))
    text.replace(at, what.size(), by), at += by.size();
}

}  // namespace

std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_whole(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

bool updating() {
  return std::getenv("NPUSCOPE_UPDATE_GOLDEN") != nullptr;
}

Outcome run_shell(const std::string& command) {
  std::string scratch = (std::filesystem::temp_directory_path() / "npuscope-test-XXXXXX").string();
  if (mkdtemp(scratch.data()) == nullptr) return {-1, {}, "cannot make a folder for the test"};
  const std::string work = scratch + "/tmp";
  std::filesystem::create_directory(work);
  write_whole(scratch + "/command", command + "\n");
  const std::string line = "cd " + quoted(NPUSCOPE_SOURCE_DIR) + " && TMP=" + quoted(work) +
                           " PATH=" + quoted(NPUSCOPE_BINARY_DIR) +
                           ":\"$PATH\" XDG_STATE_HOME=" + quoted(work + "/state") +
                           " LC_ALL=C sh " + quoted(scratch + "/command") + " < /dev/null > " +
                           quoted(scratch + "/out") + " 2> " + quoted(scratch + "/err");
  const int status = std::system(line.c_str());
  Outcome outcome{WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_whole(scratch + "/out"),
                  read_whole(scratch + "/err")};
  std::filesystem::remove_all(scratch);
  replace_all(outcome.out, work, "$TMP");
  replace_all(outcome.err, work, "$TMP");
  return outcome;
}

}  // namespace npuscope::testing
