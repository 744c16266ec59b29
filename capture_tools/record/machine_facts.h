// What a recording says of the machine and of the runtime that it was made with.
//
//   for (const auto& [key, value] : machine_facts(command)) ... "machine.kernel" ...
//   if (auto runtime = runtime_of(pid)) ... runtime->version ...
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace npuscope::record {

[[nodiscard]] std::vector<std::pair<std::string, std::string>> machine_facts(
    const std::vector<std::string>& command);

struct Runtime {
  std::string path;     // of librknnrt.so, as the process has it mapped
  std::string version;  // as the library states it; empty: it does not
};

// The vendor's runtime in a process; nothing if it has none.
[[nodiscard]] std::optional<Runtime> runtime_of(int pid);

}  // namespace npuscope::record
