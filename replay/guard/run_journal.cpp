#include "replay/guard/run_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

namespace npuscope::guard {

namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> not_written(const std::string& path) {
  return refused(fmt::format("{}: {}", path, std::strerror(errno)),
                 "nothing is submitted that is not on the disk before; --journal names another "
                 "file");
}

// The name of a new file is on the disk only when its directory is.
void sync_directory(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

// Did the last writer die in the middle of a line?
bool ends_in_a_line(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) return true;
  char last = '\n';
  return pread(fd, &last, 1, status.st_size - 1) != 1 || last == '\n';
}

}  // namespace

Result<RunJournal> RunJournal::open(const std::string& path) {
  std::error_code ignored;
  const fs::path directory = fs::path(path).parent_path();
  if (!directory.empty()) fs::create_directories(directory, ignored);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return not_written(path);
  RunJournal journal(path, fd);
  sync_directory(directory.empty() ? fs::path(".") : directory);
  if (!ends_in_a_line(fd))
    if (auto mended = journal.put("\n"); !mended) return tl::unexpected(mended.error());
  return journal;
}

RunJournal::RunJournal(RunJournal&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

RunJournal::~RunJournal() {
  if (fd_ >= 0) close(fd_);
}

Result<void> RunJournal::put(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return not_written(path_);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  // Pipes and terminals have nothing to sync (EINVAL).
  if (fsync(fd_) != 0 && errno != EINVAL && errno != EROFS) return not_written(path_);
  return {};
}

Result<void> RunJournal::write(std::string_view line) {
  return put(std::string(line) + "\n");
}

std::string state_directory() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && state[0] == '/') return std::string(state) + "/npuscope";
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : "") + "/.local/state/npuscope";
}

std::vector<std::string> poison_recorded(const std::string& directory, std::string_view boot_id) {
  std::vector<std::string> reasons;
  std::ifstream file(directory + "/poisoned-boots");
  std::string line;
  while (std::getline(file, line))
    if (!boot_id.empty() && line.starts_with(std::string(boot_id) + "\t"))
      reasons.push_back(line.substr(boot_id.size() + 1));
  return reasons;
}

Result<void> record_poison(const std::string& directory, std::string_view boot_id,
                           std::string_view reason) {
  auto file = RunJournal::open(directory + "/poisoned-boots");
  if (!file) return tl::unexpected(file.error());
  std::string text(reason);
  for (char& c : text)
    if (c == '\n' || c == '\t') c = ' ';
  return file->write(fmt::format("{}\t{}", boot_id, text));
}

ProgramHistory history_of(const std::string& journal_path, std::string_view program) {
  ProgramHistory history;
  std::string begun;  // a run that was submitted, and of which nothing more is written yet
  std::ifstream file(journal_path);
  for (std::string line; std::getline(file, line);) {
    const auto entry = nlohmann::json::parse(line, nullptr, false);
    if (!entry.is_object()) continue;  // the part of a line that a dying machine leaves
    const auto text = [&entry](const char* key) {
      const auto found = entry.find(key);
      return found != entry.end() && found->is_string() ? found->get<std::string>() : "";
    };
    const std::string event = text("event"), ended = text("class");
    if (event == "submit" && text("program") == program) begun = text("run");
    if (event == "returned" && text("run") == begun) begun.clear();
    if (event != "result" || text("program") != program) continue;
    history.passed = history.passed || ended == "pass";
    if (ended == "poisoned boot" || ended == "poisons the next job")
      history.denied = fmt::format("run {} ended so: {}", text("run"), ended);
  }
  if (!begun.empty())
    history.denied = fmt::format("run {} was submitted, and never came back", begun);
  return history;
}

}  // namespace npuscope::guard
