#include "capture_tools/child_program.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

extern char** environ;  // NOLINT: POSIX

namespace npuscope::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view preload_name = "LD_PRELOAD=";

bool replaced(std::string_view text, const std::vector<std::string>& added) {
  return std::ranges::any_of(added, [&](std::string_view each) {
    return text.starts_with(each.substr(0, each.find('=') + 1));
  });
}

// What the program sees: our environment, and what is added.
std::vector<std::string> variables_of(const ChildEnvironment& environment) {
  std::vector<std::string> all = environment.added;
  std::string preload = environment.preload;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view text = *each;
    if (text.starts_with(preload_name) && !preload.empty()) {
      preload += ':';
      preload += text.substr(preload_name.size());
    } else if (!replaced(text, environment.added)) {
      all.emplace_back(text);
    }
  }
  if (!preload.empty()) all.push_back(std::string(preload_name) + preload);
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Result<std::string> library_beside_us(const std::string& name, const std::string& given) {
  std::error_code error;
  if (!given.empty()) {
    if (!fs::exists(given, error)) return unreadable("there is no such library", given);
    return fs::absolute(given).string();
  }
  const fs::path here = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& place : {here, here.parent_path() / "lib" / "npuscope"})
    if (fs::exists(place / name, error)) return (place / name).string();
  return wrong_usage(fmt::format("{} is not beside this program nor in ../lib/npuscope", name),
                     "name it with --library");
}

Result<int> run_program(std::vector<std::string> command, const ChildEnvironment& environment) {
  std::vector<std::string> texts = variables_of(environment);
  auto arguments = pointers_to(command);
  auto variables = pointers_to(texts);
  pid_t pid = 0;
  const auto old_interrupt = std::signal(SIGINT, SIG_IGN);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGINT);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  const int error = posix_spawnp(&pid, arguments.front(), nullptr, &attributes, arguments.data(),
                                 variables.data());
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    std::signal(SIGINT, old_interrupt);
    return wrong_usage(fmt::format("{}: {}", command.front(), std::strerror(error)),
                       "is the program there, and may it be run?");
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  std::signal(SIGINT, old_interrupt);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace npuscope::cli
