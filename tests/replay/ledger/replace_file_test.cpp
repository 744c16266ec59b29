// However the writing of a ledger ends, the file is the old one or the new one, whole.
#include "replay/ledger/replace_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>

#include "replay/ledger/ledger.h"
#include "tests/replay/ledger/evidence_examples.h"
#include "tests/replay/ledger/scratch_folder.h"

namespace npuscope::ledger {
namespace {

using testing::ScratchFolder;

// Runs `work` in a process of its own; how that ended.
template <typename Work>
int in_child(Work work) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    _exit(0);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status;
}

// Large enough for several blocks.
std::vector<Entry> many_entries(int first, int count) {
  std::vector<Entry> entries;
  for (int i = first; i < first + count; ++i) {
    Entry entry = testing::report();
    entry.source.part = "line " + std::to_string(i);
    entries.push_back(entry);
  }
  return entries;
}

TEST(ReplaceFile, AKillAtAnyStepLeavesTheOldOrTheNewLedger) {
  const std::vector<Entry> before = many_entries(0, 3), more = many_entries(3, 400);
  std::vector<Entry> all = before;
  all.insert(all.end(), more.begin(), more.end());
  const std::string old_text = text_of(make_ledger(before)), new_text = text_of(make_ledger(all));
  std::size_t killed_old = 0, killed_new = 0, steps = 0;
  for (bool finished = false; !finished; ++steps) {
    const ScratchFolder folder;
    const std::string path = folder.path("a.ledger");
    ASSERT_TRUE(merge_into(path, before));
    const int status = in_child([&] {
      std::size_t step = 0;
      const auto merged = merge_into(path, more, [&](WriteStep) {
        if (step++ == steps) raise(SIGKILL);
      });
      if (!merged) _exit(1);
    });
    finished = WIFEXITED(status);
    if (finished) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
    } else {
      EXPECT_EQ(WTERMSIG(status), SIGKILL);
    }
    const std::string text = folder.read("a.ledger");
    ASSERT_TRUE(text == old_text || text == new_text) << "killed at step " << steps;
    if (!finished) (text == old_text ? killed_old : killed_new) += 1;
    // The next one does as if nothing had been, and leaves nothing lying about.
    ASSERT_TRUE(merge_into(path, many_entries(3, 401)));
    EXPECT_EQ(read_ledger(path)->entries.size(), 404U);
    EXPECT_EQ(folder.files(), 1U);
  }
  // create, blocks, sync and rename leave the old one; behind the rename it is the new one.
  EXPECT_GE(killed_old, 5U);
  EXPECT_EQ(killed_new, 1U);
}

TEST(ReplaceFile, AFullDiskLeavesTheOldLedgerAndNoPart) {
  const ScratchFolder folder;
  const std::string path = folder.path("a.ledger");
  ASSERT_TRUE(merge_into(path, many_entries(0, 3)));
  const std::string old_text = folder.read("a.ledger");
  for (const rlim_t limit : {rlim_t{0}, rlim_t{1000}, rlim_t{70000}}) {
    const int status = in_child([&] {
      signal(SIGXFSZ, SIG_IGN);
      const rlimit bytes{limit, limit};
      if (setrlimit(RLIMIT_FSIZE, &bytes) != 0) _exit(2);
      const auto merged = merge_into(path, many_entries(3, 400));
      _exit(merged || merged.error().what.find("cannot be written") == std::string::npos ? 1 : 0);
    });
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0) << "limit " << limit;
    EXPECT_EQ(folder.read("a.ledger"), old_text);
    EXPECT_EQ(folder.files(), 1U);
  }
}

TEST(ReplaceFile, ImportersAtTheSameTimeLoseNothing) {
  const ScratchFolder folder;
  const std::string path = folder.path("a.ledger");
  constexpr int importers = 8, entries = 40;
  std::vector<pid_t> children;
  for (int i = 0; i < importers; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      for (int k = 0; k < entries; k += 10)
        if (!merge_into(path, many_entries(i * entries + k, 10))) _exit(1);
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(folder.read("a.ledger"), text_of(make_ledger(many_entries(0, importers * entries))));
}

TEST(ReplaceFile, ErrorsSayWhatWasKept) {
  const ScratchFolder folder;
  const auto merged = merge_into(folder.path("none/a.ledger"), {testing::run()});
  ASSERT_FALSE(merged);
  EXPECT_NE(merged.error().text().find("the folder cannot be opened: No such file"),
            std::string::npos);
  std::filesystem::create_directory(folder.path("a.ledger.part"));
  const auto blocked = replace_file(folder.path("a.ledger"), "x");
  ASSERT_FALSE(blocked);
  EXPECT_NE(blocked.error().text().find("what was there before is unchanged"), std::string::npos);
}

}  // namespace
}  // namespace npuscope::ledger
