// Each rule of model_check, tripped by one change of a consistent synthetic model.
#include "decoder/check/model_check.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "tests/support/rknn_examples.h"
#include "tests/support/rknn_file.h"

namespace npuscope::testing {
namespace {

using Bytes = std::vector<std::byte>;

std::vector<std::string> findings_in(const Bytes& bytes) {
  std::vector<std::string> found;
  const auto capture = read_rknn(as_file(bytes));
  if (!capture) return {capture.error().text()};
  for (const Finding& f : check_model(*capture)) {
    if (f.level != FindingLevel::note) found.push_back(f.id + " " + f.text);
  }
  return found;
}

std::vector<std::string> after(const std::function<void(SyntheticModel&)>& change) {
  SyntheticModel model = small_convolution();
  change(model);
  return findings_in(write_rknn(model));
}

// Changes one word of the regcmd buffer in the file.
std::vector<std::string> after_word(std::size_t index, Word word) {
  Bytes bytes = write_rknn(small_convolution());
  const auto capture = read_rknn(as_file(bytes));
  std::memcpy(bytes.data() + regcmd_of(*capture).place.at + 8 * index, &word.raw, 8);
  return findings_in(bytes);
}

std::vector<std::string> after_task(std::size_t index, const std::function<void(Task&)>& change) {
  Bytes bytes = write_rknn(small_convolution());
  const auto capture = read_rknn(as_file(bytes));
  const std::size_t at = tasks_of(*capture).place.at + task_bytes * index;
  Task task = load_task(std::span(bytes).subspan(at));
  change(task);
  std::memcpy(bytes.data() + at, &task, task_bytes);
  return findings_in(bytes);
}

bool has(const std::vector<std::string>& found, const std::string& text) {
  for (const std::string& f : found) {
    if (f.find(text) != std::string::npos) return true;
  }
  for (const std::string& f : found) ADD_FAILURE() << "found: " << f;
  if (found.empty()) ADD_FAILURE() << "nothing found";
  return false;
}

constexpr std::size_t body0 = 104;  // words of the first record: CNA 48, CORE 5, DPU 51

TEST(ModelCheck, AConsistentModelHasNoFindings) {
  EXPECT_TRUE(after([](SyntheticModel&) {}).empty());
}

TEST(ModelCheck, E2TaskAddressesAndNodes) {
  EXPECT_TRUE(has(after_task(3, [](Task& t) { t.regcmd_addr += 8; }), "E2 task 3: regcmd_addr"));
  EXPECT_TRUE(has(after_task(3, [](Task& t) { t.regcmd_addr = 0x100000000; }),
                  "E2 task 3: 12 words and tail at 0x100000000 reach beyond the regcmd buffer"));
  EXPECT_TRUE(has(after_task(3, [](Task& t) { t.op_idx = 0; }),
                  "E2 task 3: op_idx 0 is not a node of the NPU"));
  EXPECT_TRUE(has(after_task(3, [](Task& t) { t.op_idx = 77; }),
                  "E2 task 3: op_idx 77 is not a node of the NPU"));
}

TEST(ModelCheck, E2RecordsTooLongToBeBelieved) {
  EXPECT_TRUE(has(after([](SyntheticModel& m) {
                    m.lists[1][0].body.resize(4096, Word::make(0x0201, 0x1040, 0));
                  }),
                  "E2 task 5: 4096 words; the longest record of real files has 1097"));
}

TEST(ModelCheck, E2IsAWarningWhenOpening) {
  Bytes bytes = write_rknn(small_convolution());
  const auto good = read_rknn(as_file(bytes));
  const std::uint32_t amount = 0xfffff;
  std::memcpy(bytes.data() + tasks_of(*good).place.at + 24, &amount, 4);
  const auto capture = read_rknn(as_file(bytes));
  ASSERT_TRUE(capture);
  ASSERT_EQ(capture->diagnostics.size(), 1U);
  EXPECT_EQ(capture->diagnostics[0].text.substr(0, 38), "E2: task 0: 1048575 words and tail at ");
}

TEST(ModelCheck, E3Tails) {
  EXPECT_TRUE(has(after_word(body0, Word{1}),
                  "E3 task 0: the first word of the tail is neither a link nor zero"));
  EXPECT_TRUE(has(after_word(body0, Word::make(0x0101, 0x10, 0x40)),
                  "E3 task 0: link to 0x40, where no stream starts"));
  EXPECT_TRUE(has(after_word(body0, Word{0}), "E3 task 0: no link, but an amount of 0x35"));
  EXPECT_TRUE(has(after_word(body0 + 1, Word::make(0x0101, 0x14, 7)),
                  "E3 task 0: link amount 0x7, the stream of 104 words needs 0x35"));
  EXPECT_TRUE(has(after_word(body0 + 1, Word{0}),
                  "E3 task 0: the second word of the tail is not PC register amounts"));
  EXPECT_TRUE(
      has(after_word(body0 + 2, Word{5}), "E3 task 0: the marker word of the tail is missing"));
  EXPECT_TRUE(has(after_word(body0 + 3, Word{5}),
                  "E3 task 0: the tail does not end with an operation enable"));
  EXPECT_TRUE(has(after_word(body0 + 3, Word::make(0x81, 8, 1)),
                  "E3 task 0: the tail enables 0x1, the task 0xd"));
}

TEST(ModelCheck, E4Relocations) {
  EXPECT_TRUE(has(after([](SyntheticModel& m) { m.lists[0][1].relocations[0].addend = 4096; }),
                  "E4 relocation of word"));
  EXPECT_TRUE(has(after([](SyntheticModel& m) {
                    m.lists[0][0].relocations.push_back(m.lists[0][0].relocations[0]);
                  }),
                  "the word is relocated twice"));
  EXPECT_TRUE(
      has(after([](SyntheticModel& m) { m.lists[0][0].relocations[0].register_offset = 0x1074; }),
          "register 0x1074 holds no address"));
  EXPECT_TRUE(has(after_word(20, Word::make(0x0201, 0x1070, 0x99)),
                  "the word holds 0x99, the addend is 0x0"));
}

TEST(ModelCheck, E5Lists) {
  EXPECT_TRUE(has(after_task(4, [](Task& t) { t.op_idx = 1; }),
                  "E5 node 1 announces 4 tasks in list 0, the table has 5"));
  EXPECT_TRUE(has(after([](SyntheticModel& m) { std::swap(m.lists[1][1], m.lists[1][2]); }),
                  "op_idx falls inside list 1"));
}

TEST(ModelCheck, E6AndW2ShortRecords) {
  EXPECT_TRUE(
      has(after([](SyntheticModel& m) { m.lists[1][0].body.erase(m.lists[1][0].body.begin()); }),
          "E6 task 5: CNA writes 47 of 48 registers and has no reference two records back"));
  EXPECT_TRUE(has(after([](SyntheticModel& m) {
                    m.lists[0][4].body.erase(
                        m.lists[0][4].body.begin());  // the copy's DPU: two back is the convolution
                  }),
                  "W2 task 4: DPU continues task 2, not the record two back in its node"));
}

TEST(ModelCheck, E7Paths) {
  EXPECT_TRUE(has(after([](SyntheticModel& m) {
                    m.lists[0][0].relocations.erase(m.lists[0][0].relocations.begin());
                  }),
                  "E7 task 0: address register 1070 is not relocated"));
  EXPECT_TRUE(has(after([](SyntheticModel& m) { set_register(m.lists[0][4].body, 0x5034, 0); }),
                  "E7 task 4: 5038 is not relocated, 5034 says that its path is on"));
  EXPECT_TRUE(has(after([](SyntheticModel& m) { set_register(m.lists[0][4].body, 0x5044, 0x10); }),
                  "E7 task 4: 5018 is relocated, 5044 says that its path is off"));
}

TEST(ModelCheck, E8TileCoverage) {
  const auto rows = [](std::uint32_t count) {
    return [count](SyntheticModel& m) {
      set_register(m.lists[3][0].body, 0x405c, (count - 1) << 16U | 3);
    };
  };
  EXPECT_TRUE(has(after(rows(1)), "E8 node 1, program for 3 cores: 24 of 32 cells are written"));
  EXPECT_TRUE(has(after(rows(3)), "E8 node 1, program for 3 cores: tasks"));
  EXPECT_TRUE(has(after(rows(5)), "reaches beyond 4 rows of 4"));
}

TEST(ModelCheck, W1AndW3Words) {
  EXPECT_TRUE(
      has(after_word(body0 + 5, Word{1}), "W1 word 109 lies outside all streams and is not zero"));
  EXPECT_TRUE(has(after([](SyntheticModel& m) {
                    m.lists[1][0].body.insert(m.lists[1][0].body.begin(),
                                              Word::make(0x0201, 0x1040, 9));
                  }),
                  "W1 task 5: register 1040 is written twice with different values"));
  EXPECT_TRUE(has(after_word(0, Word::make(0x0201, 0x1ffc, 0)),
                  "W3 task 0: register 0201:1ffc is outside the known set"));
  EXPECT_TRUE(has(after([](SyntheticModel& m) { set_register(m.lists[0][0].body, 0x4004, 1); }),
                  "W3 task 0: S_POINTER 4004 is set to 0x1"));
}

TEST(ModelCheck, W4Weights) {
  EXPECT_TRUE(has(after([](SyntheticModel& m) { m.tensors[0].native_shape[0] = 2; }),
                  "W4 tensor 0: its packed shape takes 1024 bytes, its buffer has 512"));
}

TEST(ModelCheck, NotesCpuNodes) {
  SyntheticModel model = small_convolution();
  model.nodes.push_back({"Reshape", 0, {1}, {1}});
  const auto capture = read_rknn(as_file(write_rknn(model)));
  bool noted = false;
  for (const Finding& f : check_model(*capture))
    noted = noted || (f.id == "N2" && f.text == "1 Reshape node on the CPU");
  EXPECT_TRUE(noted);
}

}  // namespace
}  // namespace npuscope::testing
