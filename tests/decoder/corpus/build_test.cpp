// A store has the same content however it was built: at once, in parts, with interruptions, on more
// threads.
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <csignal>
#include <random>

#include "decoder/corpus/store_reader.h"
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

// A socket in the file system; its descriptor.
int listen_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return -1;
  std::ranges::copy(path, address.sun_path);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return descriptor;
  ::close(descriptor);
  return -1;
}

// Between the search and the reading a file goes, one becomes a pipe that nobody writes to, one a
// folder.
TEST(CorpusBuild, FilesMayGoWhileItRuns) {
  const Folder folder;
  for (const char* name : {"gone", "pipe", "folder", "stays"})
    folder.write(std::string(name) + ".txt", std::string(name) + "\n");
  const std::string store = folder.path("store");
  auto options = build_options(folder.path());
  options.begin = [&](std::size_t) {
    for (const char* name : {"gone", "pipe", "folder"})
      fs::remove(folder.path("in/" + std::string(name) + ".txt"));
    ASSERT_EQ(::mkfifo(folder.path("in/pipe.txt").c_str(), 0600), 0);
    fs::create_directory(folder.path("in/folder.txt"));
  };
  const auto counts = build(store, options);
  EXPECT_EQ(counts.unreadable, 3U);
  EXPECT_EQ(counts.contents, 1U);
  for (const char* problem : {"%No such file%", "not a regular file any more"})
    EXPECT_GE(
        ask(store, fmt::format("SELECT count(*) FROM problems WHERE problem LIKE '{}'", problem)),
        1)
        << problem;
  // The next build lists what is there then.
  build(store, build_options(folder.path()));
  EXPECT_EQ(ask(store, "SELECT count(*) FROM files"), 2);
  EXPECT_EQ(ask(store, "SELECT count(*) FROM problems"), 1);
}

// A store may come from a stranger: what it says is read, what it wants to run is not.
TEST(CorpusStore, IsRefusedIfItBringsCodeOrOtherTables) {
  const Folder folder;
  folder.copy(testdata_path("example/conv.rknn"), "model.rknn");
  const std::string sound = folder.path("sound");
  build(sound, build_options(folder.path()));
  ASSERT_TRUE(corpus::open_store(sound));
  const auto refused = [&](const std::string& sql, const std::string& reason) {
    const std::string store = folder.path("changed");
    fs::copy_file(sound, store, fs::copy_options::overwrite_existing);
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(store.c_str(), &handle), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sql;
    sqlite3_close(handle);
    const auto opened = corpus::open_store(store);
    ASSERT_FALSE(opened) << sql;
    EXPECT_NE(opened.error().text().find(reason), std::string::npos) << opened.error().text();
    EXPECT_FALSE(corpus::merge_stores(folder.path("merged"), {store})) << sql;
    EXPECT_FALSE(corpus::build_store(store, RegisterDb::builtin(), build_options(folder.path())))
        << sql;
  };
  refused("CREATE TRIGGER own AFTER INSERT ON files BEGIN DELETE FROM contents; END",
          "it has a trigger own");
  refused(
      "DROP VIEW sources; CREATE VIEW sources AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
      "SELECT i FROM n) SELECT i AS content, '' AS path, 1 AS units FROM n",
      "view sources is not that of");
  refused("ALTER TABLE words RENAME COLUMN first TO last", "table words is not that of");
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
  // Named as captures, but none of them a file.
  fs::create_directories(folder.path("in/hostile/capture.log"));
  ASSERT_EQ(::mkfifo(folder.path("in/hostile/gem1-dump").c_str(), 0600), 0);
  const int socket = listen_at(folder.path("in/hostile/model.rknn"));
  ASSERT_GE(socket, 0);
  const std::string store = folder.path("store");
  const auto counts = build(store, build_options(folder.path()));
  ::close(socket);
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
  problem("gem1-dump", "not a regular file");
  problem("model.rknn", "not a regular file");
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
