// The example: a model, and captures of its run that know more or less about where buffers lie.
#include <gtest/gtest.h>

#include <map>

#include "decoder/compare/compare.h"

namespace npuscope {
namespace {

const RegisterDb& db() {
  return RegisterDb::builtin();
}

Opened opened(const std::string& name) {
  auto inputs = open_input(NPUSCOPE_TESTDATA_DIR "/example/" + name, db());
  EXPECT_TRUE(inputs) << name;
  return std::move(inputs->front());
}

TEST(CompareExample, AModelIsEqualToEveryCaptureOfItsRun) {
  const Opened model = opened("conv.rknn");
  for (const char* name : {"live.log", "gems", "gem-text.log"}) {
    const Opened run = opened(name);
    for (const Comparison& result : {compare(model, run, db()), compare(run, model, db())}) {
      EXPECT_TRUE(result.equal()) << name;
      EXPECT_EQ(result.words, 1011U) << name;
      EXPECT_EQ(result.not_compared, 0U) << name;
    }
  }
}

// Addresses of tools/make_example.cpp.
TEST(CompareExample, TheBuffersOfTheModelAreFoundInTheCapture) {
  const Opened model = opened("conv.rknn"), run = opened("live.log");
  const Comparison result = compare(model, run, db());
  std::map<std::string, std::int64_t> places;
  for (const BufferPair& pair : result.buffers)
    if (pair.b.kind == SymbolicAddress::Kind::role)
      places[model.capture.model->tensors[pair.a.id].name] = pair.b.offset;
  EXPECT_EQ(places["input"], 0xfff97000);
  EXPECT_EQ(places["output"], 0xfff96000);
  EXPECT_EQ(places["copy"], 0xfff95000);
}

TEST(CompareExample, FirstSubmitsAreComparedWhereBothLogThem) {
  const Opened a = opened("live.log");
  Opened b = opened("live.log");
  ASSERT_EQ(b.capture.submits.size(), 1U);
  b.capture.submits[0].core_mask = 7;  // live.log does not say
  EXPECT_TRUE(compare(a, b, db()).equal());
  b.capture.submits[0].task_number = 3;
  const Comparison result = compare(a, b, db());
  ASSERT_EQ(result.structure.size(), 1U);
  EXPECT_EQ(result.structure[0].kind, DifferenceClass::value);
  EXPECT_EQ(result.structure[0].text, "submit task_number 0xf / 0x3");
  b.capture.submits.clear();
  EXPECT_TRUE(compare(a, b, db()).equal());
}

}  // namespace
}  // namespace npuscope
