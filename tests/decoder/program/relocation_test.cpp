#include "decoder/program/relocation.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "tests/corpus.h"
#include "tests/support/rknn_examples.h"
#include "tests/support/rknn_file.h"

namespace npuscope::testing {
namespace {

constexpr const char* models = "rknn/rk3588/allbilly/";

Capture open_model(const std::string& name) {
  auto capture = read_rknn(load_file(corpus_path(name)));
  EXPECT_TRUE(capture) << capture.error().text();
  return std::move(*capture);
}

// "... regcmd_qword[12] off=0x... value=0x..." lines of a live log, by index.
std::vector<std::uint64_t> logged_words(const std::string& path) {
  std::vector<std::uint64_t> words;
  std::ifstream file(corpus_path(path));
  for (std::string line; std::getline(file, line);) {
    const auto at = line.find("regcmd_qword[");
    const auto value = line.find("value=0x");
    if (at == std::string::npos || value == std::string::npos) continue;
    const std::size_t index = std::stoul(line.substr(at + 13));
    if (words.size() <= index) words.resize(index + 1);
    words[index] = std::stoull(line.substr(value + 8), nullptr, 16);
  }
  return words;
}

LinkReport link(const std::vector<std::uint64_t>& words, const Capture& model) {
  return link_words(WordView(std::as_bytes(std::span(words))),
                    WordView(regcmd_of(model).bytes_from(0)), *model.model);
}

TEST(Relocation, PlacesTheWorkedExample) {
  NPUSCOPE_NEEDS_CORPUS();
  const Capture model = open_model(std::string(models) + "b1_c32_h14_w14_oc128_wic32_k3x3_g1.rknn");
  const WeightMemory memory = layout_weight_memory(model);
  EXPECT_EQ(memory.constant_bytes, 75776U);
  EXPECT_EQ(memory.task_offset, 0xfffa4200U - 0xfff90000U);
  EXPECT_EQ(memory.size, 82880U);
  Bases bases = place_constants(model, 0xfff90000);
  EXPECT_EQ(bases.regcmd, 0xfffa2800U);
  bases.tensors["input"] = 0xfff7f000;
  bases.tensors["output"] = 0xfff76000;
  const auto placed = place_regcmd(model, bases);
  ASSERT_TRUE(placed) << placed.error().text();
  const WordView words(*placed);
  const std::pair<std::size_t, std::uint64_t> facts[] = {
      {286, 0x0201fff990001110}, {565, 0x0201fff7f3801070}, {313, 0x1001fff7a8004020},
      {601, 0x1001fff763004020}, {246, 0x8001fffa2400701c}, {239, 0x4001fffa20006070},
      {216, 0x0101fffa2f000010}, {792, 0x0101fffa41000010}};
  for (const auto& [index, raw] : facts) EXPECT_EQ(words[index].raw, raw) << index;
  const auto report = link_words(words, WordView(regcmd_of(model).bytes_from(0)), *model.model);
  EXPECT_EQ(report.relocated, 28U);
  EXPECT_EQ(report.links, 5U);
  EXPECT_EQ(report.identical, 832U - 33U);
  const auto tasks = place_tasks(model, bases.regcmd);
  ASSERT_TRUE(tasks);
  EXPECT_EQ(load_task(*tasks).regcmd_addr, 0xfffa2800U);
  EXPECT_EQ(load_task(std::span(*tasks).subspan(400)).regcmd_addr, 0xfffa4100U);
  EXPECT_EQ(link_tasks(*tasks, tasks_of(model).bytes_from(0)), 0xfffa2800U);
}

struct Pair {
  const char* log;
  const char* model;
  std::size_t words, relocations, links;
};

TEST(Relocation, LiveLogsAreTheirModelsPlaced) {
  NPUSCOPE_NEEDS_CORPUS();
  const Pair pairs[] = {
      {"live-logs/capture_rknpu_submit_dump_gems_6desc_h7_live_regcmd_20260524_123133.log",
       "b1_c160_h7_w7_oc320_wic160_k3x3_g1.rknn", 832, 28, 5},
      {"live-logs/capture_rknpu_submit_dump_gems_rerun_20260524_122116.log",
       "mix_b1_c160_h40_w40_oc320_wic160_k3x3_g1.rknn", 1504, 46, 11},
  };
  for (const Pair& pair : pairs) {
    SCOPED_TRACE(pair.log);
    const Capture model = open_model(std::string(models) + pair.model);
    const auto words = logged_words(pair.log);
    ASSERT_EQ(words.size(), pair.words);
    const LinkReport report = link(words, model);
    EXPECT_TRUE(report.accepted()) << report.unexplained.size() << " unexplained";
    EXPECT_EQ(report.relocated, pair.relocations);
    EXPECT_EQ(report.links, pair.links);
    EXPECT_EQ(report.identical, pair.words - pair.relocations - pair.links);
    // The bases found explain each other: constants and regcmd lie as the layout formula says.
    const WeightMemory memory = layout_weight_memory(model);
    ASSERT_TRUE(report.regcmd_base);
    for (const ConstantPlace& place : memory.constants) {
      ASSERT_TRUE(report.bases.contains(place.tensor));
      EXPECT_EQ(report.bases.at(place.tensor) - place.offset + memory.regcmd_offset,
                *report.regcmd_base);
    }
    // And placing the model at these bases gives the log back.
    Bases bases;
    bases.regcmd = *report.regcmd_base;
    for (const auto& [tensor, base] : report.bases)
      bases.tensors[model.model->tensors[tensor].name] = base;
    const auto placed = place_regcmd(model, bases);
    ASSERT_TRUE(placed);
    EXPECT_EQ(std::memcmp(placed->data(), words.data(), placed->size()), 0);
  }
}

TEST(Relocation, ADumpOfWeightMemoryIsItsModelPlaced) {
  NPUSCOPE_NEEDS_CORPUS();
  const Capture model = open_model("rknn/rk3588/wtwver/sub_int8.rknn");
  const FileBytes dump = load_file(corpus_path("gem-raw/wtwver-dump/gem2-dump"));
  const WeightMemory memory = layout_weight_memory(model);
  EXPECT_EQ(memory.regcmd_offset, 0xc0U);
  const auto report = link_words(WordView(dump.bytes.subspan(0xc0)),
                                 WordView(regcmd_of(model).bytes_from(0)), *model.model);
  EXPECT_TRUE(report.accepted()) << report.unexplained.size() << " unexplained";
  EXPECT_EQ(report.identical + report.relocated + report.links, 240U);
  EXPECT_EQ(report.relocated, 6U);
  // Behind the words lies a copy of the task table as the file has it; the table that the driver
  // reads is in a buffer of its own, placed.
  EXPECT_EQ(link_tasks(dump.bytes.subspan(memory.task_offset), tasks_of(model).bytes_from(0)), 0U);
  const FileBytes table = load_file(corpus_path("gem-raw/wtwver-dump/gem1-dump"));
  EXPECT_EQ(link_tasks(table.bytes, tasks_of(model).bytes_from(0)), report.regcmd_base);
}

TEST(Relocation, ASimilarModelIsNotAccepted) {
  NPUSCOPE_NEEDS_CORPUS();
  const Capture model = open_model(std::string(models) + "b1_c32_h14_w14_oc128_wic32_k3x3_g1.rknn");
  const auto words = logged_words(
      "live-logs/capture_rknpu_submit_dump_gems_6desc_h7_live_regcmd_20260524_123133.log");
  const LinkReport report = link(words, model);
  EXPECT_FALSE(report.accepted());
  EXPECT_GT(report.identical, 500U);
}

TEST(Relocation, NamesTheTensorWithoutAddress) {
  const auto capture = read_rknn(as_file(write_rknn(small_convolution())));
  ASSERT_TRUE(capture);
  Bases bases = place_constants(*capture, 0x10000);
  const auto placed = place_regcmd(*capture, bases);
  ASSERT_FALSE(placed);
  EXPECT_EQ(placed.error().text(),
            "test.rknn, relocation of word 20: tensor \"input\" has no address (give it a base)");
  place_internal(*capture, 0x80000, bases);
  EXPECT_TRUE(place_regcmd(*capture, bases));
}

TEST(Relocation, TheEndOfTheCaptureIsMissingNotExplained) {
  const auto capture = read_rknn(as_file(write_rknn(small_convolution())));
  ASSERT_TRUE(capture);
  const WordView words(regcmd_of(*capture).bytes_from(0));
  const auto report = link_words(words.subview(0, 100), words, *capture->model);
  EXPECT_EQ(report.missing, words.size() - 100);
  EXPECT_FALSE(report.accepted());
}

TEST(Relocation, ABaseThatChangesIsUnexplained) {
  const auto capture = read_rknn(as_file(write_rknn(small_convolution())));
  ASSERT_TRUE(capture);
  Bases bases = place_constants(*capture, 0x10000);
  place_internal(*capture, 0x80000, bases);
  auto placed = place_regcmd(*capture, bases);
  ASSERT_TRUE(placed);
  const std::size_t last = capture->model->relocations.back().word;
  (*placed)[8 * last + 4] ^= std::byte{1};
  const auto report =
      link_words(WordView(*placed), WordView(regcmd_of(*capture).bytes_from(0)), *capture->model);
  EXPECT_EQ(report.unexplained, std::vector<std::size_t>{last});
}

}  // namespace
}  // namespace npuscope::testing
