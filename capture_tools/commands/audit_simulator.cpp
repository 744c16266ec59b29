#include "capture_tools/commands/audit_simulator.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "capture_tools/fake_npu/protocol.h"

extern char** environ;  // NOLINT: POSIX

namespace npuscope::cli {

namespace {

using audit::Audit;
using audit::Judgement;

// The memory of the fake board: a sparse file as large as its address space.
constexpr off_t board_bytes = off_t{8} << 30U;

void add_memory_file(Audit& audit) {
  const int fd = ::memfd_create("npuscope-audit", MFD_CLOEXEC);
  const bool made = fd >= 0 && ::ftruncate(fd, board_bytes) == 0;
  const std::string why = made ? "" : std::strerror(errno);
  if (fd >= 0) ::close(fd);
  audit.add("simulator.memory", made ? "8 GiB sparse" : why, "memfd_create(2), ftruncate(2)",
            made ? Judgement::good : Judgement::warning,
            made ? "" : "the fake NPU cannot run here: see simulator.limits");
}

void add_limit(Audit& audit, const char* name, decltype(RLIMIT_AS) which) {
  rlimit limit{};
  if (::getrlimit(which, &limit) != 0) return;
  const bool unlimited = limit.rlim_cur == RLIM_INFINITY;
  const bool enough = unlimited || limit.rlim_cur >= static_cast<rlim_t>(board_bytes);
  audit.add(fmt::format("simulator.limit_{}", name),
            unlimited ? "unlimited" : fmt::format("{} bytes", limit.rlim_cur), "getrlimit(2)",
            enough ? Judgement::good : Judgement::warning,
            enough ? "" : "the fake NPU needs 8 GiB of addresses, which costs no memory");
}

// Exit code of `npuscope fake -- grep` for the library among the maps of grep itself.
int preload_status() {
  std::vector<std::string> words{"npuscope", "fake", "--quiet",          "--",
                                 "grep",     "-q",   "libnpuscope_fake", "/proc/self/maps"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return error;
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

void add_preload(Audit& audit) {
  const std::string source = "npuscope fake -- grep";
  if (std::getenv(std::string(fake::directory_variable).c_str()) != nullptr) {
    audit.add("simulator.preload", "this is the fake NPU", source);
    return;
  }
  const bool works = preload_status() == 0;
  audit.add("simulator.preload", works ? "works" : "does not work", source,
            works ? Judgement::good : Judgement::warning,
            works ? "" : "programs cannot be led to the fake NPU; replay --on=sim needs none");
}

void add_emulator(Audit& audit) {
  const char* path = std::getenv("PATH");
  std::string rest = path == nullptr ? "" : path;
  std::string found;
  while (!rest.empty() && found.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    const std::string file = rest.substr(0, end) + "/qemu-aarch64";
    if (::access(file.c_str(), X_OK) == 0) found = file;
    rest.erase(0, end + 1);
  }
  audit.add("simulator.qemu", found.empty() ? "not found" : found, "PATH", Judgement::note,
            "only for programs of another architecture");
}

}  // namespace

void add_simulator_facts(Audit& audit) {
  add_memory_file(audit);
  add_limit(audit, "addresses", RLIMIT_AS);
  add_limit(audit, "file", RLIMIT_FSIZE);
  add_preload(audit);
  add_emulator(audit);
}

}  // namespace npuscope::cli
