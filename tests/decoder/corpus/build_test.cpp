// A store has the same content however it was built: at once, in parts, with interruptions, on more
// threads.
#include <sys/wait.h>

#include <csignal>
#include <random>

#include "tests/decoder/corpus/corpus_helpers.h"

namespace npuscope::testing {
namespace {

namespace fs = std::filesystem;

// Our own fixtures, some of them twice, and what is no capture.
void fill(const Folder& folder) {
  folder.copy(testdata_path("example"), "example");
  folder.copy(testdata_path("rknn"), "rknn");
  folder.copy(testdata_path("rknn"), "again");
  folder.copy(testdata_path("run"), "run");
  folder.write("notes/readme.txt", "nothing of a program\n");
  folder.write("empty.bin", "");
}

std::string reference_of(const Folder& folder) {
  build(folder.path("reference"), build_options(folder.path()));
  return contents_of(folder.path("reference"));
}

TEST(CorpusBuild, ThreadsDoNotShowInTheContent) {
  const Folder folder;
  fill(folder);
  auto options = build_options(folder.path());
  options.threads = 3;
  build(folder.path("threads"), options);
  EXPECT_EQ(contents_of(folder.path("threads")), reference_of(folder));
}

TEST(CorpusBuild, SixteenShardsMergedAreTheWhole) {
  const Folder folder;
  fill(folder);
  auto options = build_options(folder.path());
  options.shards = 16;
  std::vector<std::string> parts;
  for (options.shard = 0; options.shard < options.shards; ++options.shard) {
    parts.push_back(folder.path(fmt::format("part{}", options.shard)));
    build(parts.back(), options);
  }
  ASSERT_TRUE(corpus::merge_stores(folder.path("merged"), parts));
  EXPECT_EQ(contents_of(folder.path("merged")), reference_of(folder));
}

TEST(CorpusBuild, MergeRefusesWhatIsNoCorpus) {
  const Folder folder;
  folder.write("text", "no database at all, whatever its name says, and longer than a header");
  const auto merged = corpus::merge_stores(folder.path("merged"), {folder.path("in/text")});
  ASSERT_FALSE(merged);
  EXPECT_NE(merged.error().text().find("not a database"), std::string::npos)
      << merged.error().text();
}

// A child builds and kills itself behind the given unit.
void build_until(const std::string& store, corpus::BuildOptions options, std::size_t units) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::size_t done = 0;
    options.step = [&](const std::string&) {
      if (++done == units) ::kill(::getpid(), SIGKILL);
    };
    static_cast<void>(corpus::build_store(store, RegisterDb::builtin(), options));
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
}

TEST(CorpusBuild, ContinuesWhereItWasKilled) {
  const Folder folder;
  fill(folder);
  // More than two steps of the store, so that some kills leave committed units behind.
  for (int i = 0; i < 150; ++i) folder.write(fmt::format("many/{}.txt", i), fmt::format("{}\n", i));
  const std::string reference = reference_of(folder);
  std::mt19937 random(7);
  for (int round = 0; round < 12; ++round) {
    const std::string store = folder.path(fmt::format("killed{}", round));
    build_until(store, build_options(folder.path()), 1 + random() % 170);
    build_until(store, build_options(folder.path()), 1 + random() % 170);
    build(store, build_options(folder.path()));
    ASSERT_EQ(contents_of(store), reference) << "round " << round;
  }
}

TEST(CorpusBuild, SkipsWhatDidNotChange) {
  const Folder folder;
  fill(folder);
  const std::string store = folder.path("store");
  const auto first = build(store, build_options(folder.path()));
  EXPECT_GT(first.contents, 0U);
  EXPECT_GT(first.duplicates, 0U);
  const auto second = build(store, build_options(folder.path()));
  EXPECT_EQ(second.unchanged, second.files);
  EXPECT_EQ(second.contents + second.duplicates, 0U);
  EXPECT_EQ(second.files, first.files);
}

TEST(CorpusBuild, FollowsFilesThatChangeAndGo) {
  const Folder folder;
  fill(folder);
  const std::string store = folder.path("store");
  build(store, build_options(folder.path()));
  fs::remove_all(folder.path("in/rknn"));
  fs::remove_all(folder.path("in/again"));
  fs::remove(folder.path("in/example/gems/gem1-dump"));
  folder.write("notes/readme.txt", "other text, of another length\n");
  folder.write("new.txt", "new\n");
  build(store, build_options(folder.path()));
  EXPECT_EQ(contents_of(store), reference_of(folder));
}

TEST(CorpusBuild, LinksDuplicates) {
  const Folder folder;
  folder.copy(testdata_path("example/conv.rknn"), "a/model.rknn");
  folder.copy(testdata_path("example/conv.rknn"), "b/other-name.rknn");
  const std::string store = folder.path("store");
  build(store, build_options(folder.path()));
  EXPECT_EQ(ask(store, "SELECT count(*) FROM contents"), 1);
  EXPECT_EQ(ask(store, "SELECT count(*) FROM files"), 2);
  EXPECT_EQ(ask(store,
                "SELECT count(*) FROM duplicates WHERE path LIKE '%b/other-name.rknn' AND"
                " same_as LIKE '%a/model.rknn'"),
            1);
}

TEST(CorpusBuild, HostileFilesAreListedAndNothingElse) {
  const Folder folder;
  fill(folder);
  const std::int64_t contents = [&] {
    build(folder.path("clean"), build_options(folder.path()));
    return ask(folder.path("clean"), "SELECT count(*) FROM contents");
  }();
  const std::string model = read_file(testdata_path("example/conv.rknn"));
  folder.write("hostile/truncated.rknn", model.substr(0, model.size() / 3));
  folder.write("hostile/huge", "");
  fs::resize_file(folder.path("in/hostile/huge"), std::uintmax_t{1} << 40U);
  ASSERT_EQ(::mkfifo(folder.path("in/hostile/pipe").c_str(), 0600), 0);
  fs::create_directory_symlink("..", folder.path("in/hostile/loop"));
  fs::create_symlink("itself", folder.path("in/hostile/itself"));
  fs::create_symlink("/nowhere/at/all", folder.path("in/hostile/broken"));
  const std::string store = folder.path("store");
  const auto counts = build(store, build_options(folder.path()));
  const auto problem = [&](const std::string& name, const std::string& text) {
    EXPECT_EQ(ask(store, fmt::format("SELECT count(*) FROM problems WHERE path LIKE '%hostile/{}'"
                                     " AND problem LIKE '%{}%'",
                                     name, text)),
              1)
        << name;
  };
  problem("truncated.rknn", "");
  problem("huge", "bytes: more than");
  problem("pipe", "not a regular file");
  problem("loop", "not followed");
  problem("itself", "Too many levels");
  problem("broken", "No such file");
  EXPECT_EQ(ask(store, "SELECT count(*) FROM contents"), contents);
  EXPECT_EQ(counts.unreadable,
            static_cast<std::size_t>(ask(store, "SELECT count(*) FROM problems")));
}

TEST(CorpusBuild, StoresAnswerOnlyForTheirVersion) {
  const Folder folder;
  fill(folder);
  const std::string store = folder.path("store");
  build(store, build_options(folder.path()));
  auto database = corpus::Database::open(store, corpus::Database::Access::write);
  database->run("UPDATE meta SET value = '0.0.0' WHERE key = 'decoder'");
  const auto counts =
      corpus::build_store(store, RegisterDb::builtin(), build_options(folder.path()));
  ASSERT_FALSE(counts);
  EXPECT_NE(counts.error().text().find("another version"), std::string::npos);
}

TEST(CorpusText, SaysTheSameForAnyNumberOfThreads) {
  const Folder folder;
  fill(folder);
  for (const auto kind : {corpus::TextKind::jsonl, corpus::TextKind::csv}) {
    std::string texts[2];
    for (const unsigned which : {0U, 1U}) {
      Sink sink([&](std::string_view block) {
        texts[which] += block;
        return true;
      });
      auto options = build_options(folder.path());
      options.threads = 1 + 2 * which;
      EXPECT_TRUE(corpus::write_corpus(kind, RegisterDb::builtin(), options, sink));
      EXPECT_TRUE(sink.flush());
    }
    EXPECT_EQ(texts[0], texts[1]);
    EXPECT_NE(texts[0].find("CNA_CBUF_CON0"), std::string::npos);
  }
}

}  // namespace
}  // namespace npuscope::testing
