// Capture -> bundle -> capture gives an equal one, and the same decode output, for everything that
// can be opened.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "decoder/emit/writers.h"
#include "decoder/open.h"
#include "tests/decoder/bundle/bundle_helpers.h"
#include "tests/decoder/bundle/everything.h"
#include "tests/support/capture_text.h"

namespace npuscope::testing {
namespace {

namespace fs = std::filesystem;

std::string decoded(const Capture& capture, OutputFormat format) {
  std::vector<Opened> opened;
  opened.push_back(open_capture(capture, RegisterDb::builtin()));
  std::string text;
  Sink sink([&](std::string_view block) {
    text += block;
    return true;
  });
  write_decode(format, opened, RegisterDb::builtin(), {}, sink);
  EXPECT_TRUE(sink.flush());
  return text;
}

void check(const Capture& capture, const std::string& name) {
  SCOPED_TRACE(name);
  const auto files = bundle_files(capture);
  const Capture again = read_again(files);
  ASSERT_EQ(capture_text(again), capture_text(capture));
  for (const OutputFormat format : {OutputFormat::emit, OutputFormat::jsonl})
    ASSERT_TRUE(decoded(again, format) == decoded(capture, format));
  // Written again it is the same bundle.
  const auto twice = bundle_files(again);
  ASSERT_EQ(twice.size(), files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ(twice[i].name, files[i].name);
    EXPECT_TRUE(std::equal(twice[i].bytes.begin(), twice[i].bytes.end(), files[i].bytes.begin(),
                           files[i].bytes.end()));
  }
}

// Every file below the folder, and the folders that hold several.
std::size_t check_all_below(const std::string& folder) {
  std::set<std::string> inputs;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    inputs.insert(entry.path().string());
  }
  std::size_t captures = 0;
  for (const std::string& input : inputs) {
    const auto opened = read_input(input);
    if (!opened) continue;
    for (const Capture& capture : *opened) check(capture, input);
    captures += opened->size();
  }
  return captures;
}

TEST(BundleRoundTrip, EveryFileOfTestdata) {
  EXPECT_GE(check_all_below(testdata_path("example")), 10u);
  EXPECT_GE(check_all_below(testdata_path("rknn")), 4u);
  EXPECT_GE(check_all_below(testdata_path("fuzz")), 40u);
}

TEST(BundleRoundTrip, EveryFileOfTheCorpus) {
  NPUSCOPE_NEEDS_CORPUS();
  EXPECT_GE(check_all_below(corpus_path("")), 100u);
}

TEST(BundleRoundTrip, EveryMemberOfACapture) {
  const Capture capture = with_everything();
  EXPECT_EQ(capture_text(read_again(bundle_files(capture))), capture_text(capture));
}

TEST(BundleRoundTrip, AnEmptyCapture) {
  EXPECT_EQ(capture_text(read_again(bundle_files({}))), capture_text({}));
}

std::size_t blobs_in(const std::vector<BundleFile>& files) {
  return files.size() - 2;
}

TEST(BundleWriter, EqualContentIsStoredOnce) {
  Capture capture;
  for (const std::string text : {"same bytes", "same bytes", "other bytes"}) {
    const FileBytes file = in_memory(text);
    Buffer buffer;
    buffer.pieces = {{0, file.bytes}};
    buffer.size = file.bytes.size();
    capture.buffers.push_back(buffer);
    capture.storage.push_back(file.owner);
  }
  EXPECT_EQ(blobs_in(bundle_files(capture)), 2u);
}

TEST(BundleWriter, TheBuffersOfAModelFileArePartsOfItsBlob) {
  const auto captures = read_input(testdata_path("rknn/conv_v6.rknn"));
  ASSERT_TRUE(captures);
  const auto files = bundle_files(captures->front());
  ASSERT_EQ(blobs_in(files), 1u);
  EXPECT_EQ(files[0].bytes.size(), fs::file_size(testdata_path("rknn/conv_v6.rknn")));
}

TEST(BundleWriter, AModelInADumpIsAPartOfItsBlob) {
  std::string dump(128, '\0');
  std::ifstream model(testdata_path("rknn/conv_v6.rknn"), std::ios::binary);
  dump.append(std::istreambuf_iterator<char>(model), {});
  dump.append(4096, '\0');
  const auto capture = read_raw_gems({in_memory(dump, "gem4-dump")}, "gem4-dump");
  ASSERT_TRUE(capture);
  ASSERT_TRUE(capture->model);
  const auto files = bundle_files(*capture);
  EXPECT_EQ(blobs_in(files), 1u);
  EXPECT_NE(text_of(files[1]).find(R"({"event":"model")"), std::string::npos);
  check(*capture, "gem4-dump");
}

TEST(BundleWriter, BlobsOutliveTheCapture) {
  std::vector<BundleFile> files;
  {
    const auto captures = read_input(testdata_path("example/gems"));
    ASSERT_TRUE(captures);
    files = bundle_files(captures->front());
  }
  for (const BundleFile& file : files) {
    if (file.name.starts_with("blobs/")) {
      EXPECT_EQ("blobs/" + blob_name(file.bytes), file.name);
    }
  }
}

TEST(BundleWriter, AModelWithoutItsFileIsSaidToBeMissing) {
  auto captures = read_input(testdata_path("rknn/conv_v6.rknn"));
  ASSERT_TRUE(captures);
  captures->front().original = {};
  const Capture again = read_again(bundle_files(captures->front()));
  EXPECT_FALSE(again.model);
  EXPECT_TRUE(says(again, "was not at hand when this bundle was written"));
}

}  // namespace
}  // namespace npuscope::testing
