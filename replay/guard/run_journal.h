// The journal of guarded runs: what was about to be submitted stands on the disk before it is.
//
//   Result<RunJournal> journal = RunJournal::open(state_directory() + "/runs.jsonl");
//   if (auto written = journal->write(R"({"event":"submit",...})"); !written) ... do not submit ...
//
// JSON lines, schema npuscope.run/1 (docs/formats.md). A line is one write and one fsync: a board
// that dies leaves all lines before, and at most a part of the last. Only appended to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "regdb/error.h"

namespace npuscope::guard {

class RunJournal {
 public:
  // Errors (refused): the file cannot be opened or written.
  [[nodiscard]] static Result<RunJournal> open(const std::string& path);
  RunJournal(RunJournal&& other) noexcept;
  RunJournal& operator=(RunJournal&&) = delete;
  ~RunJournal();

  // Errors (refused): the line is not on the disk.
  [[nodiscard]] Result<void> write(std::string_view line);
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  RunJournal(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  [[nodiscard]] Result<void> put(std::string_view bytes);

  std::string path_;
  int fd_;
};

// $XDG_STATE_HOME/npuscope, or ~/.local/state/npuscope.
[[nodiscard]] std::string state_directory();

// Boots that a run poisoned: no hardware until the next (KABI-X03). A file of lines, boot_id and
// reason.
[[nodiscard]] std::vector<std::string> poison_recorded(const std::string& directory,
                                                       std::string_view boot_id);
[[nodiscard]] Result<void> record_poison(const std::string& directory, std::string_view boot_id,
                                         std::string_view reason);

// What the journal says of a program, by its hash.
struct ProgramHistory {
  bool passed = false;  // once at least (KABI-X09)
  // Why it should not run again unasked (KABI-X04): a run of it spoiled the boot, or never came
  // back. Empty: nothing speaks against it.
  std::string denied;
};
[[nodiscard]] ProgramHistory history_of(const std::string& journal_path, std::string_view program);

}  // namespace npuscope::guard
