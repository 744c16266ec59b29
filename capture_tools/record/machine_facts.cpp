#include "capture_tools/record/machine_facts.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <iterator>

namespace npuscope::record {

namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (!line.empty() && line.back() == '\0') line.pop_back();  // of the device tree
  return line;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[sizeof "2026-01-01T00:00:00Z"];
  return {text, std::strftime(text, sizeof text, "%FT%TZ", &parts)};
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> machine_facts(
    const std::vector<std::string>& command) {
  utsname name{};
  uname(&name);
  std::vector<std::pair<std::string, std::string>> facts{
      {"recording.command", joined(command)},
      {"recording.started", utc_now()},
      {"machine.architecture", name.machine},
      {"machine.kernel", fmt::format("{} {}", name.sysname, name.release)},
      {"machine.page_size", fmt::format("{}", sysconf(_SC_PAGESIZE))}};
  const std::pair<const char*, const char*> files[] = {
      {"machine.boot_id", "/proc/sys/kernel/random/boot_id"},
      {"machine.model", "/proc/device-tree/model"}};
  for (const auto& [key, path] : files)
    if (std::string text = first_line(path); !text.empty()) facts.emplace_back(key, text);
  return facts;
}

std::optional<Runtime> runtime_of(int pid) {
  std::ifstream maps(fmt::format("/proc/{}/maps", pid));
  for (std::string line; std::getline(maps, line);) {
    if (line.find("librknnrt") == std::string::npos) continue;
    Runtime runtime{line.substr(line.find('/')), {}};
    std::ifstream file(runtime.path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    constexpr std::string_view mark = "librknnrt version: ";
    const std::size_t at = bytes.find(mark);
    if (at != std::string::npos) {
      const std::size_t begin = at + mark.size();
      constexpr std::size_t longest = 100;
      const std::size_t end = bytes.find_first_of(std::string_view("\0\n", 2), begin);
      runtime.version = bytes.substr(begin, std::min(longest, end - begin));
    }
    return runtime;
  }
  return std::nullopt;
}

}  // namespace npuscope::record
