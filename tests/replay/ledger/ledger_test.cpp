// A ledger is a set: merging is union, in any order, any number of times.
#include "replay/ledger/ledger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "replay/ledger/evidence_json.h"
#include "tests/replay/ledger/evidence_examples.h"
#include "tests/replay/ledger/scratch_folder.h"

namespace npuscope::ledger {
namespace {

using testing::ScratchFolder;

std::vector<Entry> examples() {
  return {testing::capture(), testing::simulation(), testing::run(), testing::report()};
}

TEST(Ledger, TextIsSortedAndSaysNothingTwice) {
  std::vector<Entry> entries = examples();
  const std::string text = text_of(make_ledger(entries));
  std::ranges::reverse(entries);
  entries.push_back(entries.front());
  EXPECT_EQ(text_of(make_ledger(entries)), text);
  EXPECT_EQ(std::ranges::count(text, '\n'), 5);
  const auto again = parse_ledger(text, "x");
  ASSERT_TRUE(again);
  EXPECT_EQ(text_of(*again), text);
  EXPECT_TRUE(is_ledger(text));
}

TEST(Ledger, LinesOfTwoVersionsMayBeJoined) {
  const auto all = examples();
  const std::string a = text_of(make_ledger({all[0], all[1]})),
                    b = text_of(make_ledger({all[1], all[2], all[3]}));
  const auto joined = parse_ledger(a + b, "x");
  ASSERT_TRUE(joined) << joined.error().text();
  EXPECT_EQ(text_of(*joined), text_of(make_ledger(all)));
}

TEST(Ledger, AnythingElseIsAnErrorThatNamesTheLine) {
  const std::string text = text_of(make_ledger(examples()));
  EXPECT_TRUE(parse_ledger("", "x").error().text().starts_with("x: this is no ledger"));
  EXPECT_TRUE(parse_ledger("{\"schema\":\"npuscope.ledger/2\"}\n", "x")
                  .error()
                  .text()
                  .starts_with("x: a ledger of another version"));
  EXPECT_TRUE(
      parse_ledger(text + "=======\n", "x").error().text().starts_with("x:6: this is no line"));
  std::string cut = text;
  cut.resize(cut.size() - 20);
  EXPECT_TRUE(parse_ledger(cut, "x").error().text().starts_with("x:5: this is no line"));
  // A status, a number, a single letter of a reason: nothing can be typed in.
  std::string typed = text;
  typed.replace(typed.find("\"seed\":42"), 9, "\"seed\":43");
  EXPECT_FALSE(parse_ledger(typed, "x"));
}

TEST(Ledger, WhatIsWholeOfADamagedOneCanBeTaken) {
  const std::string text = text_of(make_ledger(examples())) + "<<<<<<< mine\n{}\n";
  std::vector<Error> complaints;
  const auto ledger = parse_ledger(text, "x", &complaints);
  ASSERT_TRUE(ledger);
  EXPECT_EQ(ledger->entries.size(), 4U);
  EXPECT_EQ(complaints.size(), 2U);
}

TEST(Ledger, MergingTwiceChangesNothing) {
  const ScratchFolder folder;
  const std::string path = folder.path("a.ledger");
  const auto first = merge_into(path, examples());
  ASSERT_TRUE(first) << first.error().text();
  EXPECT_EQ(first->added, 4U);
  EXPECT_EQ(first->known, 0U);
  const std::string before = folder.read("a.ledger");
  const auto second = merge_into(path, {testing::run(), testing::run()});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->added, 0U);
  EXPECT_EQ(second->known, 1U);
  EXPECT_EQ(folder.read("a.ledger"), before);
}

TEST(Ledger, ADamagedFileIsNotWrittenOver) {
  const ScratchFolder folder;
  folder.write("a.ledger", "my shopping list\n");
  const auto merged = merge_into(folder.path("a.ledger"), examples());
  ASSERT_FALSE(merged);
  EXPECT_EQ(folder.read("a.ledger"), "my shopping list\n");
}

TEST(Ledger, ALinkIsFollowed) {
  const ScratchFolder folder;
  ASSERT_TRUE(merge_into(folder.path("real"), {testing::run()}));
  std::filesystem::create_symlink("real", folder.path("link"));
  ASSERT_TRUE(merge_into(folder.path("link"), {testing::report()}));
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path("link")));
  EXPECT_EQ(read_ledger(folder.path("real"))->entries.size(), 2U);
}

}  // namespace
}  // namespace npuscope::ledger
