// Every .rknn file of the corpus against the numbers of its MANIFEST.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "decoder/check/model_check.h"
#include "decoder/program/relocation.h"
#include "tests/corpus.h"
#include "tests/support/rknn_file.h"

namespace npuscope::testing {
namespace {

using Expectations = std::map<std::string, std::string>;

// path -> "key=value" of its expectations, and the whole line under the key "".
std::map<std::string, Expectations> manifest() {
  std::map<std::string, Expectations> rows;
  std::ifstream file(corpus_path("MANIFEST.csv"));
  for (std::string line; std::getline(file, line);) {
    const std::string path = line.substr(0, line.find(','));
    if (!path.ends_with(".rknn")) continue;
    Expectations& row = rows[path];
    row[""] = line;
    for (std::size_t at = line.find('='); at != std::string::npos; at = line.find('=', at + 1)) {
      const std::size_t key = line.find_last_of(" ,\"", at) + 1;
      row.emplace(line.substr(key, at - key),
                  line.substr(at + 1, line.find_first_of(";\",", at) - at - 1));
    }
  }
  return rows;
}

std::vector<Task> tasks_in(const Capture& capture) {
  std::vector<Task> tasks;
  if (!capture.model->task_buffer) return tasks;
  const auto bytes = tasks_of(capture).bytes_from(0);
  for (std::size_t at = 0; at + task_bytes <= bytes.size(); at += task_bytes)
    tasks.push_back(load_task(bytes.subspan(at)));
  return tasks;
}

// Words of the register buffer; in the old containers, words of the streams as the file has them.
std::uint64_t words_in(const Capture& capture) {
  const Model& model = *capture.model;
  if (!model.regcmd_buffer) return 0;
  if (model.container_version == 6 || model.container_version == 0x1004)
    return regcmd_of(capture).size / 8;
  std::uint64_t words = 0;
  for (const Task& task : tasks_in(capture)) words += task.regcfg_amount;
  return words;
}

std::string lists_text(const Model& model) {
  const auto& n = model.list_lengths;
  return fmt::format("1core {}; 2core {}+{}; 3core {}+{}+{}", n[0], n[1], n[2], n[3], n[4], n[5]);
}

void expect(const Expectations& row, const std::string& key, const std::string& value) {
  const auto found = row.find(key);
  if (found == row.end()) return;
  EXPECT_EQ(found->second, value) << key;
}

TEST(RknnCorpus, EveryFileHasTheNumbersOfTheManifest) {
  NPUSCOPE_NEEDS_CORPUS();
  const auto rows = manifest();
  EXPECT_EQ(rows.size(), 38U);
  for (const auto& [path, row] : rows) {
    SCOPED_TRACE(path);
    const auto capture = read_rknn(load_file(corpus_path(path)));
    ASSERT_TRUE(capture) << capture.error().text();
    const Model& model = *capture->model;
    expect(
        row, "container",
        model.container_version == 0x1004 ? "v1004" : fmt::format("v{}", model.container_version));
    if (model.container_version != 0x1004) {
      expect(row, "platform", model.platform);
      EXPECT_TRUE(model.compiler.starts_with(
          row.contains("compiler") ? row.at("compiler").substr(0, 5) : "2.3.2"));
      expect(row, "nodes", std::to_string(model.nodes.size()));
      expect(row, "tensors", std::to_string(model.tensors.size()));
      expect(row, "relocations", std::to_string(model.relocations.size()));
    }
    expect(row, "tasks", std::to_string(tasks_in(*capture).size()));
    expect(row, "words", std::to_string(words_in(*capture)));
    if (row.contains("lists")) {
      EXPECT_NE(row.at("").find("lists=" + lists_text(model) + ";"), std::string::npos)
          << lists_text(model);
      EXPECT_TRUE(model.has_lists);
    }
    if (row.contains("streams")) {
      std::map<std::uint64_t, int> streams;
      for (const Task& task : tasks_in(*capture)) ++streams[task.regcmd_addr];
      EXPECT_EQ(std::to_string(streams.size()), row.at("streams"));
    }
  }
}

TEST(RknnCorpus, EveryRk3588FileIsConsistent) {
  NPUSCOPE_NEEDS_CORPUS();
  std::size_t files = 0, tasks = 0;
  for (const auto& [path, row] : manifest()) {
    if (path.find("rk3588/") == std::string::npos) continue;
    SCOPED_TRACE(path);
    const auto capture = read_rknn(load_file(corpus_path(path)));
    ASSERT_TRUE(capture) << capture.error().text();
    ++files;
    tasks += tasks_in(*capture).size();
    for (const Finding& f : check_model(*capture)) {
      EXPECT_EQ(f.level, FindingLevel::note) << f.id << " " << f.text << " " << f.place.text();
    }
  }
  EXPECT_EQ(files, 36U);
  EXPECT_EQ(tasks, 5355U);
}

TEST(RknnCorpus, EveryTaskIsAVendorTaskAndTheBytesAreNotCopied) {
  NPUSCOPE_NEEDS_CORPUS();
  for (const auto& [path, row] : manifest()) {
    SCOPED_TRACE(path);
    const FileBytes file = load_file(corpus_path(path));
    const auto capture = read_rknn(file);
    ASSERT_TRUE(capture);
    for (const Task& task : tasks_in(*capture)) EXPECT_TRUE(is_vendor_task(task));
    if (capture->model->container_version != 6) continue;
    for (const Buffer& buffer : capture->buffers) {
      if (buffer.pieces.empty()) continue;
      EXPECT_EQ(buffer.pieces[0].bytes.data(), file.bytes.data() + buffer.place.at);
    }
  }
}

TEST(RknnCorpus, EveryPrefixOfARealModelIsRefused) {
  NPUSCOPE_NEEDS_CORPUS();
  const FileBytes file = load_file(corpus_path("rknn/rk3588/wtwver/empty_better.rknn"));
  for (std::size_t size = 0; size < file.bytes.size(); ++size) {
    FileBytes part = file;
    part.bytes = file.bytes.first(size);
    EXPECT_FALSE(read_rknn(part));
  }
}

}  // namespace
}  // namespace npuscope::testing
