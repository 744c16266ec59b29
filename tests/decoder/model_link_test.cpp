// A capture and the model of its program, joined by their words. testdata/example has both: conv.rknn, and dumps of a run
// of it.
#include "decoder/program/model_link.h"

#include <gtest/gtest.h>

#include "decoder/emit/walk.h"
#include "decoder/input/read_input.h"
#include "decoder/model.h"
#include "tests/corpus.h"

namespace npuscope::testing {
namespace {

Opened opened(const std::string& name) {
  auto inputs = open_input(testdata_path(name), RegisterDb::builtin());
  EXPECT_TRUE(inputs);
  return std::move(inputs->front());
}

Capture model(const std::string& name) {
  auto captures = read_input(testdata_path(name));
  EXPECT_TRUE(captures);
  return std::move(captures->front());
}

TEST(ModelLink, NamesAndShapesComeFromTheModel) {
  Opened run = opened("example/gems");
  ASSERT_TRUE(link_with_model(run, model("example/conv.rknn")));
  const auto lines = model_lines(run.capture);
  ASSERT_GE(lines.size(), 2U);
  EXPECT_NE(lines.front().find("conv.rknn: "), std::string::npos) << lines.front();
  EXPECT_NE(lines.front().find(" words are its own, "), std::string::npos);
  EXPECT_EQ(run.capture.model->regcmd_buffer, std::nullopt);
}

// The word that gets the address of a tensor names it, as in the model file itself.
TEST(ModelLink, AddressesNameTheirTensors) {
  Opened run = opened("example/gems");
  const Opened file = opened("example/conv.rknn");
  ASSERT_TRUE(link_with_model(run, model("example/conv.rknn")));
  std::size_t named = 0;
  const SetView in_run{run.capture, run.sets.front()}, in_file{file.capture, file.sets.front()};
  ASSERT_EQ(run.sets.front().records.size(), file.sets.front().records.size());
  for (std::size_t r = 0; r < file.sets.front().records.size(); ++r) {
    const Record& a = file.sets.front().records[r];
    for (std::size_t word = 0; word < a.total_words(); ++word) {
      const std::string text = relocation_text(in_file, a, word);
      EXPECT_EQ(relocation_text(in_run, run.sets.front().records[r], word), text);
      named += text.empty() ? 0 : 1;
    }
  }
  EXPECT_GT(named, 0U);
}

TEST(ModelLink, AnotherModelIsRefused) {
  Opened run = opened("example/gems");
  const auto linked = link_with_model(run, model("digits/digits.rknn"));
  ASSERT_FALSE(linked);
  EXPECT_NE(linked.error().what.find("is not the model of"), std::string::npos);
  EXPECT_EQ(run.capture.model, nullptr);
}

// A model file that lies in one of the buffers is found by itself.
TEST(ModelLink, AModelInMemoryIsFound) {
  Opened run = opened("example/gems");
  const Capture file = model("example/conv.rknn");
  Buffer memory;
  memory.name = "memory";
  memory.pieces = {{0, file.original}};
  memory.size = file.original.size();
  Capture capture = run.capture;
  capture.buffers.push_back(memory);
  capture.storage.insert(capture.storage.end(), file.storage.begin(), file.storage.end());
  const Opened again = open_capture(capture, RegisterDb::builtin());
  ASSERT_NE(again.capture.model, nullptr);
  EXPECT_TRUE(again.capture.model->linked_at.has_value());
  EXPECT_EQ(again.capture.buffers.back().role, BufferRole::model);
}

}  // namespace
}  // namespace npuscope::testing
