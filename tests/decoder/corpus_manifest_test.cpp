// Every file of the corpus yields what its manifest says: tasks, records, words, programs, lanes,
// links.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "decoder/emit/assembler.h"
#include "decoder/emit/writers.h"
#include "decoder/evidence.h"
#include "decoder/model.h"
#include "decoder/open.h"
#include "decoder/program/coverage.h"
#include "tests/support/manifest.h"

namespace npuscope {
namespace {

using testing::ManifestRow;

Opened open_one(const std::string& path) {
  auto inputs = open_input(path, RegisterDb::builtin());
  EXPECT_TRUE(inputs) << (inputs ? "" : inputs.error().text());
  EXPECT_EQ(inputs->size(), 1U) << path;
  return std::move(inputs->front());
}

std::vector<std::uint32_t> amounts_of(const ProgramSet& set) {
  std::vector<std::uint32_t> amounts;
  for (const TaskEntry& entry : set.tasks) amounts.push_back(entry.task.regcfg_amount);
  return amounts;
}

std::string sections_of(const ProgramSet& set) {
  std::string text;
  for (const Program& program : set.programs) {
    for (const Lane& lane : program.lanes)
      text += fmt::format("{}{}", text.empty() ? "" : "+", lane.count);
  }
  return text;
}

std::size_t words_of(const ProgramSet& set) {
  return std::accumulate(set.records.begin(), set.records.end(), std::size_t{0},
                         [](std::size_t sum, const Record& r) { return sum + r.known_words(); });
}

// "links=5/5": all links lead somewhere.
void check_links(const ProgramSet& set, const std::string& expected) {
  std::size_t good = 0, all = 0;
  for (const TaskEntry& entry : set.tasks) {
    if (entry.link == LinkKind::end || entry.link == LinkKind::unknown) continue;
    ++all;
    if (entry.link != LinkKind::broken) ++good;
  }
  EXPECT_EQ(fmt::format("{}/{}", good, all), expected);
}

void check_programs(const ManifestRow& row, const Opened& input) {
  if (row.number("tasks") == 0U) {
    EXPECT_TRUE(input.sets.empty());
    return;
  }
  ASSERT_EQ(input.sets.size(), 1U);
  const ProgramSet& set = input.sets.front();
  EXPECT_EQ(set.tasks.size(), row.number("tasks").value_or(set.tasks.size()));
  EXPECT_EQ(set.records.size(), row.number("records").value_or(set.records.size()));
  if (row.has("amounts")) {
    EXPECT_EQ(amounts_of(set), testing::amounts_of(row.text("amounts")));
  }
  if (row.has("sections")) {
    EXPECT_EQ(sections_of(set), row.text("sections"));
  }
  if (row.has("links")) check_links(set, row.text("links"));
  if (row.has("record_words")) {
    EXPECT_EQ(words_of(set), row.number("record_words"));
  }
  if (row.has("first_task_offset")) {
    EXPECT_EQ(set.tasks.front().task.regcmd_addr - set.base, row.number("first_task_offset"));
  }
  if (row.has("regcmd_base")) {
    EXPECT_EQ(set.base, row.number("regcmd_base"));
  }
  if (row.has("weight_dma")) {
    EXPECT_EQ(set.base, row.number("weight_dma"));
  }
  if (row.has("task_gem")) {
    EXPECT_EQ(input.capture.buffers[set.table_buffer].gem, row.number("task_gem"));
  }
  if (row.has("regcmd_gem")) {
    EXPECT_EQ(input.capture.buffers[set.stream_buffer].gem, row.number("regcmd_gem"));
  }
  EXPECT_TRUE(set.programs.front().submitted);
}

void check_coverage(const Opened& input) {
  const Coverage coverage = cover(input.capture, input.sets);
  EXPECT_EQ(coverage.unexplained, 0U);
  ASSERT_EQ(coverage.buffers.size(), input.capture.buffers.size());
  for (std::size_t i = 0; i < coverage.buffers.size(); ++i) {
    std::uint64_t at = 0;
    for (const Range& range : coverage.buffers[i]) {
      EXPECT_EQ(range.offset, at) << "gap or overlap in " << input.capture.buffers[i].name;
      at = range.offset + range.size;
    }
    EXPECT_EQ(at, input.capture.buffers[i].size) << input.capture.buffers[i].name;
  }
}

std::string decoded(const Opened& input) {
  std::string text;
  Sink sink([&](std::string_view block) {
    text += block;
    return true;
  });
  const std::vector<Opened> one{{input.capture, input.sets}};
  write_emit(one, RegisterDb::builtin(), {}, sink);
  EXPECT_TRUE(sink.flush());
  return text;
}

Result<std::string> assembled(const std::string& text, AssembleOptions options = {}) {
  std::string bytes;
  Sink sink([&](std::string_view block) {
    bytes += block;
    return true;
  });
  const EmitFormat format(RegisterDb::builtin());
  Assembler assembler(format, options, sink);
  std::size_t begin = 0;
  for (std::uint64_t number = 1; begin < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (auto ok = assembler.line(std::string_view(text).substr(begin, end - begin), number); !ok)
      return tl::unexpected(ok.error());
    begin = end + 1;
  }
  if (auto report = assembler.finish(); !report) return tl::unexpected(report.error());
  EXPECT_TRUE(sink.flush());
  return bytes;
}

// decode, then asm: the bytes of the window, all of them.
void check_round_trip(const Opened& input) {
  for (const ProgramSet& set : input.sets) {
    if (set.records.empty()) continue;
    const auto [first, last] = set.window();
    const auto bytes = input.capture.buffers[set.stream_buffer].bytes_at(first, last - first);
    ASSERT_EQ(bytes.size(), last - first);
    const auto again = assembled(decoded(input));
    ASSERT_TRUE(again) << again.error().text();
    ASSERT_EQ(again->size(), bytes.size());
    EXPECT_EQ(std::memcmp(again->data(), bytes.data(), bytes.size()), 0);
  }
}

TEST(CorpusManifest, RawCapturesAndTexts) {
  NPUSCOPE_NEEDS_CORPUS();
  std::size_t files = 0, records = 0;
  for (const ManifestRow& row : testing::manifest()) {
    if (!row.path.starts_with("live-logs/") && !row.path.starts_with("gem-text/")) continue;
    SCOPED_TRACE(row.path);
    const Opened input = open_one(row.full_path());
    check_programs(row, input);
    check_coverage(input);
    check_round_trip(input);
    ++files;
    for (const ProgramSet& set : input.sets) records += set.records.size();
  }
  EXPECT_EQ(files, 8U);
  EXPECT_EQ(records, 26U + 28 + 11 + 14 + 11 + 17);
}

TEST(CorpusManifest, Models) {
  NPUSCOPE_NEEDS_CORPUS();
  std::size_t files = 0;
  for (const ManifestRow& row : testing::manifest()) {
    if (!row.path.starts_with("rknn/rk3588/") || !row.path.ends_with(".rknn")) continue;
    SCOPED_TRACE(row.path);
    const Opened input = open_one(row.full_path());
    ASSERT_NE(input.capture.model, nullptr);
    check_programs(row, input);
    check_coverage(input);
    check_round_trip(input);
    const Model& model = *input.capture.model;
    EXPECT_EQ(model.platform, "rk3588");
    if (row.has("nodes")) {
      EXPECT_EQ(model.nodes.size(), row.number("nodes"));
    }
    if (row.has("tensors")) {
      EXPECT_EQ(model.tensors.size(), row.number("tensors"));
    }
    if (row.has("relocations")) {
      EXPECT_EQ(model.relocations.size(), row.number("relocations"));
    }
    if (row.has("streams") && !input.sets.empty()) {
      EXPECT_EQ(input.sets.front().records.size(), row.number("streams"));
    }
    // "1core 277; 2core 330+111; ...": the manifest's reader keeps the first item only, the others
    // follow as keys.
    if (row.has("lists") && !input.sets.empty()) {
      EXPECT_EQ(fmt::format("1core {}", input.sets.front().programs.front().task_count()),
                row.text("lists"));
    }
    ++files;
  }
  EXPECT_EQ(files, 36U);
}

TEST(CorpusManifest, FoldersOfDumps) {
  NPUSCOPE_NEEDS_CORPUS();
  struct Folder {
    const char* path;
    std::size_t tasks, records;
    std::uint64_t base, offset;
    const char* sections;
  };
  // From the manifest's lines of the texts that two of the folders were rebuilt from, and of
  // wtwver-dump.
  const Folder folders[] = {
      {"gem-raw/rebuilt-dump-dumb", 26, 26, 0xffff0000, 0, "4+4+4+4+2+4+2+2"},
      {"gem-raw/rebuilt-ops_rknn_add_8_dump", 28, 28, 0xffd70000, 0x880, "3+5+5+5+5+5"},
      {"gem-raw/wtwver-dump", 9, 3, 0xffff2000, 0xc0, "3+3+3"}};
  for (const Folder& folder : folders) {
    SCOPED_TRACE(folder.path);
    const Opened input = open_one(testing::corpus_path(folder.path));
    ASSERT_EQ(input.sets.size(), 1U);
    const ProgramSet& set = input.sets.front();
    EXPECT_EQ(set.tasks.size(), folder.tasks);
    EXPECT_EQ(set.records.size(), folder.records);
    EXPECT_EQ(set.base, folder.base);
    EXPECT_EQ(set.window().first, folder.offset);
    EXPECT_EQ(sections_of(set), folder.sections);
    check_coverage(input);
    check_round_trip(input);
  }
}

TEST(CorpusManifest, FilteredEmitText) {
  NPUSCOPE_NEEDS_CORPUS();
  for (const ManifestRow& row : testing::manifest()) {
    if (!row.path.starts_with("emit-text/")) continue;
    const Opened input = open_one(row.full_path());
    ASSERT_EQ(input.sets.size(), 1U);
    const ProgramSet& set = input.sets.front();
    EXPECT_EQ(set.records.size(), row.number("records_seen"));
    EXPECT_EQ(amounts_of(set), testing::amounts_of(row.text("amounts")));
    EXPECT_EQ(words_of(set), row.number("plausible_words"));
    std::size_t complete = 0, missing = 0;
    for (const Record& record : set.records) {
      complete += record.complete() ? 1 : 0;
      std::size_t known = 0;
      record.for_each_body_word([&](std::size_t, Word) { ++known; });
      missing += record.body_words - known;
    }
    EXPECT_EQ(complete, row.number("complete_records"));
    EXPECT_EQ(missing, row.number("missing_body_words"));
    // The true base, which no line of the text states: printed addresses minus 0x201000000001060
    // are GEM offsets.
    EXPECT_EQ(set.base + set.window().first - 0xffff8000U, row.number("first_record_offset"));
    // Nothing is invented: asm refuses, and says how many words it would have to make up.
    const auto refused = assembled(decoded(input));
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().text().find("not captured"), std::string::npos)
        << refused.error().text();
    EXPECT_TRUE(assembled(decoded(input),
                          {.fill_absent = true, .prefer = AssembleOptions::Prefer::neither}));
    check_coverage(input);
  }
}

TEST(CorpusManifest, DecodedJson) {
  NPUSCOPE_NEEDS_CORPUS();
  std::size_t files = 0;
  for (const ManifestRow& row : testing::manifest()) {
    if (!row.path.starts_with("decoded-json/")) continue;
    SCOPED_TRACE(row.path);
    const Opened input = open_one(row.full_path());
    check_programs(row, input);
    ASSERT_NE(input.capture.evidence, nullptr);
    EXPECT_EQ(input.capture.evidence->rows.size(), row.number("body_rows"));
    EXPECT_TRUE(input.sets.front().inferred);
    EXPECT_EQ(input.sets.front().programs.size(), 3U);
    ++files;
  }
  EXPECT_EQ(files, 35U);
}

TEST(CorpusManifest, OtherChipsAreNamedAndNotDecoded) {
  NPUSCOPE_NEEDS_CORPUS();
  std::size_t files = 0;
  for (const ManifestRow& row : testing::manifest()) {
    if (!row.path.starts_with("rknn/other-chips/") || !row.path.ends_with(".rknn")) continue;
    SCOPED_TRACE(row.path);
    const Opened input = open_one(row.full_path());
    ASSERT_NE(input.capture.model, nullptr);
    EXPECT_NE(input.capture.model->platform, "rk3588");
    EXPECT_TRUE(input.sets.empty());
    const bool warned =
        std::any_of(input.capture.diagnostics.begin(), input.capture.diagnostics.end(),
                    [&](const Diagnostic& d) {
                      return d.text.find("registers not decoded") != std::string::npos;
                    });
    EXPECT_TRUE(warned);
    ++files;
  }
  EXPECT_EQ(files, 2U);
}

}  // namespace
}  // namespace npuscope
