#include "capture_tools/fake_npu/preloadable.h"

#include <elf.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string_view>

namespace npuscope::fake {

namespace {

std::string found_in_path(const std::string& command) {
  if (command.find('/') != std::string::npos) return command;
  const char* variable = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): read once, at start
  std::string_view path = variable != nullptr ? variable : "/usr/bin:/bin";
  while (!path.empty()) {
    const std::size_t colon = std::min(path.find(':'), path.size());
    std::string candidate = fmt::format("{}/{}", path.substr(0, colon), command);
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    path.remove_prefix(std::min(colon + 1, path.size()));
  }
  return command;
}

template <typename T>
bool read_at(std::ifstream& file, std::uint64_t offset, T& value) {
  file.seekg(static_cast<std::streamoff>(offset));
  return static_cast<bool>(file.read(reinterpret_cast<char*>(&value), sizeof value));
}

// The header of a program of 64 bits; false: something else.
bool read_header(std::ifstream& file, Elf64_Ehdr& header) {
  return read_at(file, 0, header) && std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
         header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_ident[EI_DATA] == ELFDATA2LSB;
}

// Names the loader that reads LD_PRELOAD.
bool has_interpreter(std::ifstream& file, const Elf64_Ehdr& header) {
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    const std::uint64_t at = header.e_phoff + std::uint64_t{i} * header.e_phentsize;
    if (read_at(file, at, segment) && segment.p_type == PT_INTERP) return true;
  }
  return false;
}

}  // namespace

Result<void> check_preloadable(const std::string& command) {
  const std::string path = found_in_path(command);
  std::ifstream file(path, std::ios::binary);
  Elf64_Ehdr header, own;
  std::ifstream self("/proc/self/exe", std::ios::binary);
  if (!read_header(file, header) || !read_header(self, own)) return {};
  if (header.e_machine != own.e_machine)
    return wrong_usage(fmt::format("{} was built for another processor", command),
                       "run it under an emulator, with --no-preload");
  if (!has_interpreter(file, header))
    return wrong_usage(
        fmt::format("{} is linked statically: nothing can be preloaded into it", command),
        "link it dynamically");
  struct stat status {};
  const bool changes_user = stat(path.c_str(), &status) == 0 &&
                            (((status.st_mode & S_ISUID) != 0 && status.st_uid != geteuid()) ||
                             ((status.st_mode & S_ISGID) != 0 && status.st_gid != getegid()));
  if (changes_user)
    return wrong_usage(
        fmt::format("{} runs with the rights of another user: nothing is preloaded into it",
                    command),
        "run a copy of it");
  return {};
}

}  // namespace npuscope::fake
