// A program with one thing changed is reported as exactly that.
#include <gtest/gtest.h>

#include <cstring>

#include "decoder/compare/explain.h"
#include "regdb/register_fields.h"
#include "replay/generate/generated.h"
#include "replay/shape/shape_names.h"

namespace npuscope {
namespace {

const RegisterDb& db() {
  return RegisterDb::builtin();
}

GeneratedProgram made(const char* name, std::uint64_t top = 0xfffa0000) {
  GenerateOptions options;
  options.top = top;
  auto program = generate_program(*parse_shape(name), options);
  EXPECT_TRUE(program) << name;
  return *program;
}

Opened open(const GeneratedProgram& program) {
  return open_capture(capture_of(program), db());
}

// The capture with one word of its commands replaced.
Opened with_word(const GeneratedProgram& program, std::uint64_t offset, std::uint64_t word) {
  Capture capture = capture_of(program);
  Buffer& weight = capture.buffers[1];
  auto bytes = std::make_shared<std::vector<std::byte>>(weight.pieces[0].bytes.begin(),
                                                        weight.pieces[0].bytes.end());
  std::memcpy(bytes->data() + offset, &word, sizeof word);
  weight.pieces[0].bytes = *bytes;
  capture.storage.push_back(bytes);
  return open_capture(std::move(capture), db());
}

constexpr const char* shapes[] = {
    "b1_c64_h56_w56_oc128_wic64_k1x1_g1", "b1_c64_h112_w112_oc64_wic1_k3x3_g64",
    "c24_h160_w160_oc24_k3x3_p1_i8_bias_addrelu", "b2_c6_h20_w20_oc12_wic2_k3x3_g3"};

TEST(CompareMutations, EveryFieldOfEveryRegisterIsFoundWithItsClass) {
  std::size_t checked = 0;
  for (const char* name : shapes) {
    const GeneratedProgram program = made(name);
    const Opened original = open(program);
    const std::vector<std::byte> bytes = program.stream.link(program.layout.bases());
    for (std::size_t r = 0; r < program.stream.records().size(); r += 3) {
      const StreamRecord& record = program.stream.records()[r];
      for (std::size_t i = 0; i < record.body.writes.size(); ++i) {
        const std::uint16_t offset = record.body.writes[i].offset;
        const Register* reg = db().at(offset);
        ASSERT_NE(reg, nullptr);
        for (const Field& field : reg->fields) {
          std::uint64_t word = 0;
          std::memcpy(&word, bytes.data() + record.offset + 8 * i, 8);
          word ^= std::uint64_t{1} << (16U + field.low);
          const Opened changed = with_word(program, record.offset + 8 * i, word);
          const Comparison result = compare(original, changed, db());
          ++checked;
          ASSERT_EQ(result.registers.size(), 1U)
              << name << " record " << r << " word " << i << " " << field.full_name;
          ASSERT_TRUE(result.structure.empty()) << name << " " << field.full_name;
          const RegisterDifference& d = result.registers[0];
          EXPECT_EQ(d.offset, offset);
          const DifferenceClass expected = reg->role != AddressRole::none ? DifferenceClass::address
                                           : field.performance_only ? DifferenceClass::performance
                                                                    : DifferenceClass::value;
          EXPECT_EQ(d.kind, expected) << field.full_name;
          const Explanation explanation = explain(original, changed, db(), result);
          EXPECT_EQ(explanation.differences, 1U) << field.full_name;
          ASSERT_EQ(explanation.causes.size(), 1U) << field.full_name;
          EXPECT_TRUE(explanation.causes[0].root) << field.full_name;
          EXPECT_EQ(explanation.unexplained == 1, explanation.causes[0].name == unexplained_cause);
        }
      }
    }
  }
  EXPECT_GT(checked, 5000U);
}

TEST(CompareMutations, MovedProgramsAreEqual) {
  for (const char* name : shapes) {
    const Opened a = open(made(name)), b = open(made(name, 0xe0003000));
    const Comparison result = compare(a, b, db());
    EXPECT_TRUE(result.equal()) << name;
    EXPECT_EQ(result.programs, 3U);
    EXPECT_GT(result.words, 500U);
  }
}

TEST(CompareMutations, AMovedProgramWithOneOffsetChanged) {
  const GeneratedProgram program = made(shapes[0]), moved = made(shapes[0], 0xe0003000);
  const StreamRecord& record = moved.stream.records()[3];
  for (std::size_t i = 0; i < record.body.writes.size(); ++i) {
    const RegisterWrite& write = record.body.writes[i];
    if (write.base == Base::none) continue;
    const Word word = Word::make(target_of(*block_of_offset(write.offset)), write.offset,
                                 linked_value(write, moved.layout.bases()) + 0x40);
    const Opened a = open(program), changed = with_word(moved, record.offset + 8 * i, word.raw);
    const Comparison result = compare(a, changed, db());
    ASSERT_EQ(result.registers.size(), 1U) << std::hex << write.offset;
    EXPECT_EQ(result.registers[0].kind, DifferenceClass::address);
    EXPECT_EQ(result.registers[0].offset, write.offset);
  }
}

TEST(CompareMutations, OneLinkAndOneAmount) {
  const GeneratedProgram program = made(shapes[0]);
  const Opened a = open(program);
  const StreamRecord& first = program.stream.records()[0];
  const std::uint64_t tail = first.offset + 8 * first.body.writes.size();
  const std::uint64_t commands = program.layout.weight.address + program.layout.commands_offset;
  // To the third record instead of the second.
  const Word link = Word::make(
      0x0101, 0x0010, static_cast<std::uint32_t>(commands + program.stream.records()[2].offset));
  const Opened linked = with_word(program, tail, link.raw);
  const Comparison other_link = compare(a, linked, db());
  ASSERT_EQ(other_link.structure.size(), 1U);
  EXPECT_EQ(other_link.structure[0].kind, DifferenceClass::address);
  EXPECT_TRUE(other_link.registers.empty());

  const Opened shorter = with_word(program, tail + 8, Word::make(0x0101, 0x0014, 0x36).raw);
  const Comparison other_amount = compare(a, shorter, db());
  ASSERT_EQ(other_amount.structure.size(), 1U);
  EXPECT_EQ(other_amount.structure[0].kind, DifferenceClass::derived);
}

TEST(CompareMutations, UnknownRegistersAreNamed) {
  const GeneratedProgram program = made(shapes[0]);
  const Opened a = open(program);
  // The first body word becomes a write to an offset that no database has.
  const Opened b = with_word(program, 8 * 4, Word::make(0x1001, 0x4ff0, 1).raw);
  const Comparison result = compare(a, b, db());
  ASSERT_EQ(result.registers.size(), 2U);
  EXPECT_EQ(result.registers[0].kind, DifferenceClass::missing);
  EXPECT_EQ(result.registers[1].kind, DifferenceClass::extra);
  EXPECT_EQ(result.registers[1].offset, 0x4ff0);
}

TEST(CompareMutations, OrderAlone) {
  const GeneratedProgram program = made(shapes[0]);
  const std::vector<std::byte> bytes = program.stream.link(program.layout.bases());
  std::uint64_t one = 0, two = 0;
  std::memcpy(&one, bytes.data() + 8 * 8, 8);
  std::memcpy(&two, bytes.data() + 8 * 9, 8);
  GeneratedProgram copy = program;
  const Opened a = open(program);
  Capture swapped = capture_of(program);
  auto changed = std::make_shared<std::vector<std::byte>>(
      swapped.buffers[1].pieces[0].bytes.begin(), swapped.buffers[1].pieces[0].bytes.end());
  std::memcpy(changed->data() + 8 * 8, &two, 8);
  std::memcpy(changed->data() + 8 * 9, &one, 8);
  swapped.buffers[1].pieces[0].bytes = *changed;
  swapped.storage.push_back(changed);
  const Opened b = open_capture(std::move(swapped), db());
  const Comparison result = compare(a, b, db());
  EXPECT_TRUE(result.registers.empty());
  ASSERT_EQ(result.structure.size(), 1U);
  EXPECT_EQ(result.structure[0].kind, DifferenceClass::order);
}

TEST(CompareMutations, ProgramsOfOtherCoreCountsAreNeverMixed) {
  // A taller input: other tiles, other splits; every pair has the same number of cores on both
  // sides.
  const Opened a = open(made("b1_c64_h56_w56_oc128_wic64_k1x1_g1")),
               b = open(made("b1_c64_h112_w56_oc128_wic64_k1x1_g1"));
  const Comparison result = compare(a, b, db());
  EXPECT_FALSE(result.equal());
  for (const RecordPair& pair : result.pairs) {
    const auto in_program = [&](const Opened& side, std::size_t task) {
      if (task == no_index) return true;
      for (const Program& program : side.sets[0].programs)
        for (const Lane& lane : program.lanes)
          if (task >= lane.first && task < lane.first + lane.count)
            return program.cores == pair.cores && lane.core == pair.core;
      return false;
    };
    EXPECT_TRUE(in_program(a, pair.task_a));
    EXPECT_TRUE(in_program(b, pair.task_b));
  }
}

}  // namespace
}  // namespace npuscope
