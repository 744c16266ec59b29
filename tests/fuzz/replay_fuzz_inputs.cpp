// Runs kept inputs through a fuzz target, in any build: replay_fuzz_inputs TARGET DIRECTORY.
// Every prefix of up to 64 lengths is run too: cut-off files are the commonest damage.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/targets.h"

namespace {

std::vector<char> bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void run_with_prefixes(npuscope::fuzz::FuzzTarget run, const std::vector<char>& bytes) {
  constexpr std::size_t prefixes = 64;
  const auto all = std::as_bytes(std::span(bytes));
  for (std::size_t i = 1; i <= prefixes; ++i) run(all.first(all.size() * i / prefixes));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    fmt::print(stderr, "usage: replay_fuzz_inputs TARGET DIRECTORY\n");
    return 2;
  }
  const npuscope::fuzz::FuzzTarget run = npuscope::fuzz::target_named(arguments[1]);
  if (run == nullptr) {
    fmt::print(stderr, "no fuzz target {}; there are:", arguments[1]);
    for (const auto& target : npuscope::fuzz::all_targets()) fmt::print(stderr, " {}", target.name);
    fmt::print(stderr, "\n");
    return 2;
  }
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(arguments[2], error)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  if (paths.empty()) {
    fmt::print(stderr, "{}: no inputs\n", arguments[2]);
    return 1;
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    fmt::print(stderr, "{}\n", path.filename().string());  // the last name is the guilty one
    run_with_prefixes(run, bytes_of(path));
  }
  fmt::print("{}: {} inputs\n", arguments[1], paths.size());
  return 0;
}
