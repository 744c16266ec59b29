// Opening files, directories, archives; what kind of content they are.
#include "decoder/input/read_input.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "decoder/input/load_file.h"
#include "decoder/input/sniff.h"
#include "tests/decoder/input/text_helpers.h"

namespace npuscope {
namespace {

using namespace testing;
namespace fs = std::filesystem;

const std::string row = "[00000000] = 00000001 00000002 00000003 00000004\n";

class ReadInput : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "npuscope-read-XXXXXX").string();
    ASSERT_TRUE(::mkdtemp(pattern.data()));
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& bytes) const {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  // A tar with the given filter when `tar`, else one compressed stream.
  std::string pack(const std::string& name, int filter, bool tar,
                   const std::vector<std::pair<std::string, std::string>>& members) const {
    const std::string path = folder_ + "/" + name;
    ::archive* writer = ::archive_write_new();
    ::archive_write_add_filter(writer, filter);
    tar ? ::archive_write_set_format_ustar(writer) : ::archive_write_set_format_raw(writer);
    EXPECT_EQ(::archive_write_open_filename(writer, path.c_str()), ARCHIVE_OK);
    for (const auto& [member, bytes] : members) {
      ::archive_entry* entry = ::archive_entry_new();
      ::archive_entry_set_pathname(entry, member.c_str());
      ::archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
      ::archive_entry_set_filetype(entry, AE_IFREG);
      ::archive_entry_set_perm(entry, 0644);
      ::archive_write_header(writer, entry);
      ::archive_write_data(writer, bytes.data(), bytes.size());
      ::archive_entry_free(entry);
    }
    ::archive_write_close(writer);
    ::archive_write_free(writer);
    return path;
  }
  static std::string error_of(const std::string& path) {
    const auto captures = read_input(path);
    return captures ? "(read)" : captures.error().text();
  }

  std::string folder_;
};

TEST(Sniff, TheContentDecides) {
  const auto kind = [](std::string_view text) { return sniff(in_memory(text).bytes); };
  using namespace std::string_view_literals;
  EXPECT_EQ(kind("RKNN\0\0"sv), ContentKind::model);
  EXPECT_EQ(kind("\x01\0\0\0"sv), ContentKind::raw);
  EXPECT_EQ(kind(" \n{\"slug\": 1, \"body_rows\": []}"), ContentKind::decoded_json);
  EXPECT_EQ(kind("{\"other\": 1}"), ContentKind::text);
  EXPECT_EQ(kind("TEST: a\n"), ContentKind::text);
  EXPECT_EQ(kind(row + row + row + std::string("x\0y", 3)), ContentKind::text);
}

TEST_F(ReadInput, UnreadableInputsSayWhatToDo) {
  EXPECT_EQ(error_of(folder_ + "/none"), folder_ +
                                             "/none: No such file or directory (check the "
                                             "path: there is no such file)");
  EXPECT_EQ(error_of(write("empty", "")),
            folder_ + "/empty: the file is empty (record or copy the capture again)");
  fs::create_directory(folder_ + "/sub");
  EXPECT_EQ(error_of(folder_ + "/sub"),
            folder_ +
                "/sub: no files in this directory (give the directory that holds the dumps "
                "(subdirectories are not searched))");
  fs::remove(folder_ + "/empty");
  if (::geteuid() != 0) {
    const std::string secret = write("secret", "x");
    ::chmod(secret.c_str(), 0);
    EXPECT_NE(error_of(secret).find("you may not read this file"), std::string::npos);
  }
}

TEST_F(ReadInput, RawDumpsOfADirectoryAreOneCapture) {
  write("gem2-dump", std::string(64, '\0'));
  write("gem1-dump", std::string(40, '\0'));
  write("b.log", row);
  write("a.log", "TEST: x\n" + row);
  write("README", "hello\n");
  write("zero", "");
  fs::create_directory(folder_ + "/sub");
  write("sub/gem9-dump", std::string(64, '\0'));
  const auto captures = read_input(folder_);
  ASSERT_TRUE(captures) << captures.error().text();
  ASSERT_EQ(captures->size(), 3u);
  const Capture& raw = captures->front();
  ASSERT_EQ(raw.buffers.size(), 2u);
  EXPECT_EQ(raw.buffers[0].name, "gem1-dump");  // sorted by name
  EXPECT_EQ(raw.kind, "GEM directory");
  EXPECT_EQ((*captures)[1].source, folder_ + "/a.log");
  EXPECT_TRUE(says(raw, "not read: the file is empty"));
  EXPECT_TRUE(says(raw, "no line of this text is of a known format"));
}

TEST_F(ReadInput, CompressedFilesAndTars) {
  const std::string text = "gem flink 1: ret=0 handle=1 size=16\n" + row;
  for (const int filter :
       {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_BZIP2}) {
    const auto one = read_input(pack("log.packed", filter, false, {{"x", text}}));
    ASSERT_TRUE(one) << one.error().text();
    EXPECT_EQ(one->front().buffers[0].known_bytes(), 16u);
    EXPECT_EQ(one->front().source, folder_ + "/log.packed");
    const auto many = read_input(pack("dumps.tar.x", filter, true,
                                      {{"d/gem2-dump", std::string(64, '\0')},
                                       {"d/gem1-dump", std::string(40, '\0')},
                                       {"d/x.log", text}}));
    ASSERT_TRUE(many) << many.error().text();
    ASSERT_EQ(many->size(), 2u);
    ASSERT_EQ(many->front().buffers.size(), 2u);
    EXPECT_EQ(many->front().buffers[0].gem, 1u);
    EXPECT_EQ(many->front().buffers[0].place.file, folder_ + "/dumps.tar.x:d/gem1-dump");
    EXPECT_EQ((*many)[1].source, folder_ + "/dumps.tar.x:d/x.log");
  }
}

TEST_F(ReadInput, DamagedAndOversizedArchives) {
  const std::string path =
      pack("log.gz", ARCHIVE_FILTER_GZIP, false, {{"x", std::string(1 << 20, 'a')}});
  LoadLimits limits;
  limits.unpacked_bytes = 1000;
  EXPECT_EQ(load_files(path, limits).error().text(),
            path + ": unpacks to more than is allowed (unpack it yourself and give the files)");
  fs::resize_file(path, fs::file_size(path) / 2);
  EXPECT_NE(error_of(path).find("cannot be unpacked"), std::string::npos);
  const std::string tar = pack("many.tar", ARCHIVE_FILTER_NONE, true, {{"a", row}, {"b", row}});
  limits = {};
  limits.members = 1;
  EXPECT_EQ(load_files(tar, limits).error().what, "more than 1 members");
  limits.file_bytes = 100;
  EXPECT_EQ(load_files(tar, limits).error().what, "more than 100 bytes");
}

TEST_F(ReadInput, MemoryBeginsOnACacheLine) {
  const auto files = load_files(write("x", row));
  ASSERT_TRUE(files);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(files->front().bytes.data()) % 64, 0u);
}

// Every prefix and every single damaged byte of a file with all formats must end in a capture or in
// an error, never in a crash; run under the sanitizers this is the poor man's fuzzer.
TEST(ReadBytes, TruncatedAndDamagedTextsAreSurvived) {
  const std::string whole =
      "gem flink 2: ret=0 handle=3 size=48\n" + row +
      "... 8 blocks (128 bytes) from 0x00000010 to 0x0000008f are all zeros\n"
      "Task 0 @ offset 0x0028\n  flags        : 0x00000000\n"
      "[0xffd70bf8] lsb 00810000000d0008 - noone EMIT(REG_PC_X, 0x1);\n"
      "[ffef0000] lsb 02010000000e1004 - paddr 0000000e, 0201 1004\n[0] -1\n\tffff0000\n"
      "GEM 1: handle=1 size=4096 map_offset=0x1\n  QWORD_WINDOW off=0x4800 count=1\n"
      "  regcmd_qword[0] off=0x4800 value=0x02010000001b1040\nsubmit #1: task_number=6\n"
      "MEM_CREATE #2 size=1 flags=0x1\nMEM_CREATE_RET #2 handle=0x2 obj=0x1 dma=0x2\n"
      "=== DRM_IOCTL_RKNPU_SUBMIT #1 ===\n  subcore_task[0]={task_start=0, task_number=2}\n"
      "1 ioctl(3, _IOC(_IOC_READ, 0x64, 0x45, 0x20), 0x0) = 0\n[1.0] RKNPU: core 0 irq status: 0\n"
      "SYSFS_SNAPSHOT a\n  /x = y\nMMIO_SNAPSHOT b\n  core=1\n    N off=0x0 value=0x1\n"
      "PASS     a :: b\n[  1/2] c (d) ...\n    PASS x\nD RKNN: [1] allocated memory, name: task, "
      "dma "
      "addr: 0x1, obj addr: 0x2, size: 3, handle: 4, gem name: 5\n";
  for (std::size_t i = 1; i < whole.size(); ++i) {
    EXPECT_TRUE(read_text(in_memory(whole.substr(0, i))).has_value());
    for (const char damage : {'\0', '\n', '\x1b', '9', '-', ' '}) {
      std::string damaged = whole;
      damaged[i] = damage;
      EXPECT_TRUE(read_text(in_memory(damaged)).has_value());
    }
  }
}

}  // namespace
}  // namespace npuscope
