// Bundles on disk and in archives.
#include "decoder/bundle/bundle_directory.h"

#include <archive.h>
#include <archive_entry.h>

#include <filesystem>
#include <fstream>

#include "tests/decoder/bundle/bundle_helpers.h"
#include "tests/support/capture_text.h"

namespace npuscope::testing {
namespace {

namespace fs = std::filesystem;

class BundleDirectory : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "npuscope-bundle-XXXXXX").string();
    ASSERT_TRUE(::mkdtemp(pattern.data()));
    folder_ = pattern;
    auto captures = read_input(testdata_path("example/gems"));
    ASSERT_TRUE(captures);
    capture_ = std::move(captures->front());
    files_ = bundle_files(capture_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void put(const std::string& name, const std::string& bytes) const {
    fs::create_directories(fs::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name, std::ios::binary) << bytes;
  }
  [[nodiscard]] std::string packed(int filter,
                                   const std::vector<std::pair<std::string, std::string>>& more,
                                   const std::string& prefix) const {
    std::string path = folder_ + "/packed";
    ::archive* writer = ::archive_write_new();
    ::archive_write_add_filter(writer, filter);
    ::archive_write_set_format_ustar(writer);
    EXPECT_EQ(::archive_write_open_filename(writer, path.c_str()), ARCHIVE_OK);
    const auto add = [&](const std::string& name, const std::string& bytes) {
      ::archive_entry* entry = ::archive_entry_new();
      ::archive_entry_set_pathname(entry, name.c_str());
      ::archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
      ::archive_entry_set_filetype(entry, AE_IFREG);
      ::archive_entry_set_perm(entry, 0644);
      ::archive_write_header(writer, entry);
      ::archive_write_data(writer, bytes.data(), bytes.size());
      ::archive_entry_free(entry);
    };
    for (const BundleFile& file : files_) add(prefix + file.name, text_of(file));
    for (const auto& [name, bytes] : more) add(name, bytes);
    ::archive_write_close(writer);
    ::archive_write_free(writer);
    return path;
  }
  [[nodiscard]] std::string write(bool overwrite = false) const {
    const auto written = write_bundle(files_, folder_ + "/b", overwrite);
    return written ? "" : written.error().text();
  }
  [[nodiscard]] std::string error_of(const std::string& name) const {
    const auto captures = read_input(folder_ + "/" + name);
    return captures ? "(read)" : captures.error().text();
  }

  std::string folder_;
  Capture capture_;
  std::vector<BundleFile> files_;
};

TEST_F(BundleDirectory, WrittenAndReadAgain) {
  EXPECT_EQ(write(), "");
  for (const std::string path : {"/b", "/b/"}) {
    const auto captures = read_input(folder_ + path);
    ASSERT_TRUE(captures) << captures.error().text();
    ASSERT_EQ(captures->size(), 1u);
    EXPECT_EQ(capture_text(captures->front()), capture_text(capture_));
  }
}

TEST_F(BundleDirectory, ADirectoryThatIsNotEmptyIsRefused) {
  put("b/letter", "dear");
  EXPECT_EQ(write(), folder_ +
                         "/b: the directory is not empty (name another one, or allow "
                         "overwriting)");
  EXPECT_EQ(write(true), "");
  EXPECT_TRUE(fs::exists(folder_ + "/b/letter"));
  fs::remove_all(folder_ + "/b");
  put("b", "a file");
  EXPECT_EQ(write(true), folder_ +
                             "/b: this is no directory (name a directory that is empty or "
                             "does not exist)");
  fs::remove(folder_ + "/b");
  fs::create_directory(folder_ + "/b");
  EXPECT_EQ(write(), "");
}

TEST_F(BundleDirectory, OverwritingLeavesNothingOfTheOldBundle) {
  EXPECT_EQ(write(), "");
  capture_.buffers.pop_back();
  files_ = bundle_files(capture_);
  EXPECT_EQ(write(true), "");
  const fs::directory_iterator blobs(folder_ + "/b/blobs");
  EXPECT_EQ(std::distance(begin(blobs), end(blobs)), 1);
  const auto captures = read_input(folder_ + "/b");
  ASSERT_TRUE(captures);
  EXPECT_EQ(capture_text(captures->front()), capture_text(capture_));
}

TEST_F(BundleDirectory, AFailedWriteLeavesNoBundle) {
  EXPECT_EQ(write(), "");
  fs::remove(folder_ + "/b/events.jsonl");
  fs::create_directories(folder_ + "/b/events.jsonl/in the way");
  EXPECT_NE(write(true).find("events.jsonl: cannot be written: "), std::string::npos);
  EXPECT_FALSE(fs::exists(folder_ + "/b/bundle.json"));
}

TEST_F(BundleDirectory, NamesThatLeadElsewhereAreRefused) {
  for (const std::string name : {"../outside", "blobs/../../x", "/etc/x", "blobs/readme", ""}) {
    const auto written = write_bundle({bundle_file(name, "x")}, folder_ + "/b", false);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().what, "\"" + name + "\" is no name of a file in a bundle");
  }
  EXPECT_FALSE(fs::exists(folder_ + "/b"));
}

TEST_F(BundleDirectory, WithoutItsHeadItWasNotWrittenToItsEnd) {
  EXPECT_EQ(write(), "");
  fs::remove(folder_ + "/b/bundle.json");
  EXPECT_EQ(error_of("b"), folder_ +
                               "/b: the bundle was not written to its end: bundle.json is "
                               "missing (record or convert again)");
}

TEST_F(BundleDirectory, TheHeadAloneIsNoInput) {
  EXPECT_EQ(write(), "");
  EXPECT_EQ(error_of("b/bundle.json"),
            folder_ +
                "/b/bundle.json: this is the head of a bundle, its events and blobs stand "
                "beside it (give the directory that holds it)");
}

TEST_F(BundleDirectory, MissingBlobsAndEventsAreReported) {
  EXPECT_EQ(write(), "");
  const std::string blob = fs::path(files_[0].name).filename().string();
  fs::remove(folder_ + "/b/" + files_[0].name);
  auto captures = read_input(folder_ + "/b");
  ASSERT_TRUE(captures);
  EXPECT_TRUE(captures->front().buffers[0].pieces.empty());
  EXPECT_EQ(captures->front().buffers[0].size, 4096u);
  EXPECT_EQ(captures->front().buffers[1].known_bytes(), 12288u);
  EXPECT_TRUE(says(captures->front(),
                   "blob " + blob + " cannot be read, its bytes are left out: it is missing"));
  fs::remove(folder_ + "/b/events.jsonl");
  captures = read_input(folder_ + "/b");
  ASSERT_TRUE(captures);
  EXPECT_TRUE(captures->front().buffers.empty());
  EXPECT_TRUE(says(captures->front(), "the bundle has no end event"));
}

TEST_F(BundleDirectory, BlobsAreNotUnpacked) {
  // A buffer may hold compressed data: its bytes are what the file holds.
  const std::string zipped("\x1f\x8b\x08\x00 not really", 16);
  Capture capture;
  capture.buffers.emplace_back();
  const FileBytes bytes = in_memory(zipped);
  capture.buffers[0].pieces = {{0, bytes.bytes}};
  capture.buffers[0].size = zipped.size();
  ASSERT_TRUE(write_bundle(bundle_files(capture), folder_ + "/z", false));
  const auto captures = read_input(folder_ + "/z");
  ASSERT_TRUE(captures);
  EXPECT_EQ(captures->front().buffers[0].known_bytes(), zipped.size());
}

TEST_F(BundleDirectory, InArchivesAtAnyDepth) {
  for (const std::string prefix : {"", "./", "run/", "a/b/c/"}) {
    const std::string path = packed(ARCHIVE_FILTER_ZSTD, {}, prefix);
    const auto captures = read_input(path);
    ASSERT_TRUE(captures) << captures.error().text();
    ASSERT_EQ(captures->size(), 1u) << prefix;
    EXPECT_EQ(capture_text(captures->front()), capture_text(capture_)) << prefix;
  }
}

TEST_F(BundleDirectory, BesideOtherFilesOfAnArchive) {
  const std::string row = "[00000000] = 00000001 00000002 00000003 00000004\n";
  const std::string path = packed(ARCHIVE_FILTER_GZIP,
                                  {{"run/notes/x.log", row},
                                   {"other/bundle.json", R"({"name": "of a web page"})"},
                                   {"broken/bundle.json", "{\"schema\": 1"},
                                   {"broken/events.jsonl", ""}},
                                  "run/");
  const auto captures = read_input(path);
  ASSERT_TRUE(captures) << captures.error().text();
  ASSERT_EQ(captures->size(), 2u);
  EXPECT_EQ((*captures)[0].source, capture_.source);
  EXPECT_EQ((*captures)[1].source, path + ":run/notes/x.log");
  EXPECT_TRUE(says((*captures)[0], "not read: the head of the bundle is no valid JSON"));
  EXPECT_TRUE(says((*captures)[0], "no line of this text is of a known format"));
}

TEST_F(BundleDirectory, BesideOtherFilesOfADirectory) {
  EXPECT_EQ(write(), "");
  put("b/README", "what this is\n");
  const auto captures = read_input(folder_ + "/b");
  ASSERT_TRUE(captures);
  ASSERT_EQ(captures->size(), 1u);
  EXPECT_TRUE(says(captures->front(), "no line of this text is of a known format"));
}

}  // namespace
}  // namespace npuscope::testing
