// Pairs of programs that differ in one decision: explain names this decision and no other, and the
// numbers that it shows are those of the shapes. And captured windows, explained the same way.
#include <gtest/gtest.h>

#include <cstring>

#include "decoder/compare/difference_text.h"
#include "decoder/compare/explain.h"
#include "replay/generate/generated.h"
#include "replay/shape/infer_shape.h"
#include "replay/shape/shape_list.h"
#include "replay/shape/shape_names.h"
#include "tests/support/manifest.h"

namespace npuscope {
namespace {

const RegisterDb& db() {
  return RegisterDb::builtin();
}

GeneratedProgram made(std::string_view name, const GenerateOptions& options = {}) {
  auto program = generate_program(*parse_shape(name), options);
  EXPECT_TRUE(program) << name;
  return *program;
}

Opened open(const GeneratedProgram& program) {
  return open_capture(capture_of(program), db());
}

// The program of a plan that was changed by hand.
Opened open(const ConvPlan& plan) {
  auto stream = stream_of(plan, {});
  EXPECT_TRUE(stream);
  return open(GeneratedProgram{plan, *stream, lay_out(plan, *stream, GenerateOptions{}.top)});
}

struct Explained {
  Comparison comparison;
  Explanation explanation;

  [[nodiscard]] std::vector<std::string> roots() const {
    std::vector<std::string> names;
    for (const Cause& cause : explanation.causes)
      if (cause.root) names.push_back(cause.name);
    return names;
  }
  [[nodiscard]] const Cause* cause(std::string_view name) const {
    for (const Cause& cause : explanation.causes)
      if (cause.name == name) return &cause;
    return nullptr;
  }
  // "50 rows -> 28 rows" of a field that the cause shows; empty if it does not.
  [[nodiscard]] std::string shown(std::string_view name, std::string_view field) const {
    if (const Cause* found = cause(name))
      for (const Evidence& e : found->changed)
        if (e.name == field) return e.a + " -> " + e.b;
    return {};
  }
};

Explained explained(const Opened& a, const Opened& b) {
  Explained result{compare(a, b, db()), {}};
  result.explanation = explain(a, b, db(), result.comparison);
  // Every field that differs is evidence of a cause.
  const DifferenceText text(a, b, db(), result.comparison);
  std::set<std::string> evidence;
  for (const Cause& cause : result.explanation.causes)
    for (const Evidence& e : cause.changed) evidence.insert(e.name);
  for (const RegisterDifference& d : result.comparison.registers)
    for (const FieldDifference& f : text.fields(d))
      EXPECT_TRUE(evidence.contains(f.name)) << f.name;
  EXPECT_EQ(result.explanation.causes.empty(), result.comparison.equal());
  EXPECT_EQ(result.roots().empty(), result.comparison.equal());
  return result;
}

using Names = std::vector<std::string>;

struct Decision {
  const char *a, *b, *cause, *field, *change;
};

class OneDecision : public ::testing::TestWithParam<Decision> {};

TEST_P(OneDecision, IsTheOnlyRoot) {
  const auto& [a, b, cause, field, change] = GetParam();
  for (const bool forward : {true, false}) {
    const Opened x = open(made(forward ? a : b)), y = open(made(forward ? b : a));
    const Explained result = explained(x, y);
    EXPECT_EQ(result.roots(), Names{cause});
    EXPECT_EQ(result.explanation.unexplained, 0U);
    EXPECT_EQ(result.explanation.stayed, 0U);
    if (forward) {
      EXPECT_EQ(result.shown(cause, field), change);
    }
    // What follows says so.
    for (const Cause& each : result.explanation.causes)
      EXPECT_EQ(each.follows, each.root ? Names{} : Names{cause}) << each.name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Explain, OneDecision,
    ::testing::Values(
        Decision{"c64_h32_w32_oc64_k3x3", "c64_h32_w32_oc64_k1x1", "kernel-size",
                 "CNA_WEIGHT_SIZE2.WEIGHT_WIDTH", "3 pixels -> 1 pixel"},
        Decision{"c512_h56_w28_oc512_k3x3_g512_bias", "c512_h56_w28_oc512_k1x1_g512_bias",
                 "kernel-size", "CNA_WEIGHT_SIZE2.WEIGHT_HEIGHT", "3 rows -> 1 row"},
        Decision{"c64_h32_w32_oc64_k3x3_p1", "c64_h32_w32_oc64_k3x3_p1_s2", "stride",
                 "CNA_CONV_CON3.CONV_Y_STRIDE", "1 row -> 2 rows"},
        // Short records do not repeat the stride.
        Decision{"c256_h80_w80_oc320_k5x5_p2_i8_bias", "c256_h80_w80_oc320_k5x5_p2_s2_i8_bias",
                 "stride", "CNA_CONV_CON3.CONV_X_STRIDE", "1 pixel -> 2 pixels"},
        Decision{"c64_h32_w32_oc64_k3x3_p1", "c64_h32_w32_oc64_k3x3", "padding",
                 "CNA_PAD_CON0.PAD_LEFT", "1 pixel -> 0 pixels"},
        Decision{"c64_h32_w32_oc64_k3x3_p1", "c64_h32_w32_oc64_k3x3_p1_i8", "precision",
                 "CNA_CONV_CON1.IN_PRECISION", "fp16 (2) -> int8 (0)"},
        Decision{"c32_h112_w56_oc32_k1x1_bias", "c32_h112_w56_oc32_k1x1_i8_bias", "precision",
                 "DPU_DATA_FORMAT.OUT_PRECISION", "fp16 (2) -> int8 (0)"},
        // Another split in the program for three cores follows.
        Decision{"c64_h32_w32_oc64_k3x3_p1", "c128_h32_w32_oc64_k3x3_p1", "input-channels",
                 "CNA_DATA_SIZE1.DATAIN_CHANNEL", "64 channels -> 128 channels"},
        Decision{"c64_h32_w32_oc64_k3x3_p1", "c64_h32_w32_oc128_k3x3_p1", "output-channels",
                 "DPU_DATA_CUBE_CHANNEL.ORIG_CHANNEL", "64 channels -> 128 channels"},
        // In the program for two cores both sides have 16 kernels in each record.
        Decision{"c160_h28_w28_oc16_k1x1", "c160_h28_w28_oc32_k1x1", "output-channels",
                 "DPU_DATA_CUBE_CHANNEL.ORIG_CHANNEL", "16 channels -> 32 channels"},
        // The surface of 56 x 56: DMA_CON2 holds 56 * (56 - 4), then 56 * (28 - 4).
        Decision{"c64_h56_w56_oc128_k1x1", "c64_h28_w56_oc128_k1x1", "input-size",
                 "CNA_DMA_CON2.SURF_STRIDE", "2912 atoms -> 1344 atoms"},
        Decision{"c64_h32_w32_oc64_k3x3_p1", "c64_h32_w48_oc64_k3x3_p1", "input-size",
                 "CNA_DMA_CON1.LINE_STRIDE", "128 atoms -> 192 atoms"},
        Decision{"c64_h32_w32_oc64_k3x3_p1", "c64_h32_w32_oc64_k3x3_g64_p1", "depthwise",
                 "CNA_CONV_CON1.CONV_MODE", "direct (0) -> depthwise (3)"},
        Decision{"c64_h32_w32_oc64_k3x3_p1", "c64_h32_w32_oc64_k3x3_p1_bias", "bias",
                 "DPU_BS_CFG.BS_BYPASS", "1 -> 0"},
        Decision{"c64_h32_w32_oc64_k3x3_p1", "c64_h32_w32_oc64_k3x3_p1_relu", "activation",
                 "DPU_BN_CFG.BN_RELU_BYPASS", "1 -> 0"},
        Decision{"c64_h32_w32_oc64_k3x3_p1_bias", "c64_h32_w32_oc64_k3x3_p1_bias_add", "residual",
                 "DPU_EW_CFG.EW_OP_BYPASS", "1 -> 0"}));

// All listed shapes of the vendor's schedule: direct and depthwise, one tile and many.
TEST(Explain, OneDecisionInEveryListedShape) {
  struct Change {
    const char* cause;
    void (*apply)(ConvShape&);
  };
  const Change changes[] = {
      {"output-channels", [](ConvShape& s) { s.out_channels *= 2; }},
      {"input-size", [](ConvShape& s) { s.in_width += 8; }},
      {"stride", [](ConvShape& s) { s.stride_x = s.stride_y = 2; }},
      {"precision", [](ConvShape& s) { s.element = Element::i8; }},
      {"bias", [](ConvShape& s) { s.fusion.bias = true; }},
      {"activation", [](ConvShape& s) { s.fusion.relu = true; }},
  };
  std::size_t pairs = 0;
  for (const ListedShape& item : shape_list()) {
    if (!item.listed) continue;
    const auto base = generate_program(item.shape, {});
    ASSERT_TRUE(base);
    if (base->plan.basis == Basis::general) continue;
    const Opened a = open(*base);
    for (const Change& change : changes) {
      ConvShape other = item.shape;
      change.apply(other);
      if (!check(other)) continue;
      const auto program = generate_program(other, {});
      if (!program || program->plan.basis == Basis::general) continue;
      const Explained result = explained(a, open(*program));
      EXPECT_EQ(result.roots(), Names{change.cause}) << key_of(other);
      EXPECT_EQ(result.explanation.unexplained, 0U) << key_of(other);
      EXPECT_EQ(result.explanation.stayed, 0U) << key_of(other);
      ++pairs;
    }
  }
  EXPECT_GT(pairs, 800U);
}

TEST(Explain, ATallerInputHasTallerTilesAndMoreOfThem) {
  const Explained result = explained(open(made("b1_c64_h56_w56_oc128_wic64_k1x1_g1")),
                                     open(made("b1_c64_h28_w56_oc128_wic64_k1x1_g1")));
  // Worked example of schedules.md: rows 0..49 and 50..55 with 11 banks of data.
  EXPECT_EQ(result.shown("tile-height", "CNA_DATA_SIZE0.DATAIN_HEIGHT"), "50 rows -> 28 rows");
  EXPECT_EQ(result.shown("bank-split", "CNA_CBUF_CON0.DATA_BANK"), "11 banks -> 7 banks");
  ASSERT_NE(result.cause("tasks"), nullptr);
  EXPECT_EQ(result.cause("tasks")->changed.front().name, "only A has this task");
  EXPECT_EQ(result.cause("tasks")->changed.front().count, 3U);
}

// The same convolution in other tiles: rows 0..27 and 28..55 on one core.
TEST(Explain, OtherTileHeightAlone) {
  const GeneratedProgram program = made("b1_c64_h56_w56_oc128_wic64_k1x1_g1");
  ConvPlan plan = program.plan;
  ConvLane& lane = plan.programs[0].lanes[0];
  ASSERT_EQ(lane.size(), 2U);
  lane[0].output = {0, 28};
  lane[0].input = input_rows(plan.shape, {0, 28});
  lane[1].output = {28, 28};
  lane[1].input = input_rows(plan.shape, {28, 28});
  const Explained result = explained(open(program), open(plan));
  EXPECT_EQ(result.roots(), Names{"tile-height"});
  EXPECT_EQ(result.explanation.stayed, 0U);
  const Cause& height = *result.cause("tile-height");
  EXPECT_EQ(height.changed.size(), 6U);  // the seventh is of a block that does not run
  EXPECT_EQ(height.cores, std::set<unsigned>{1});
  EXPECT_EQ(result.shown("tile-height", "CNA_DATA_SIZE3.DATAOUT_ATOMICS"),
            "2800 pixels -> 1568 pixels");
  ASSERT_NE(result.cause("places"), nullptr);
  EXPECT_EQ(result.cause("places")->follows, Names{"tile-height"});
  EXPECT_EQ(result.shown("places", "CNA_FEATURE_DATA_ADDR"), "input + 0xaf00 -> input + 0x6200");
}

// Three cores that divide 128 kernels as 48, 48, 32 instead of the rows as 5, 5, 4.
TEST(Explain, KernelsDividedInsteadOfRows) {
  const GeneratedProgram program = made("b1_c32_h14_w14_oc128_wic32_k3x3_g1");
  ConvPlan plan = program.plan;
  ConvProgram& three = plan.programs[2];
  ASSERT_EQ(three.split, Split::rows);
  const ConvTile whole = plan.programs[0].lanes[0][0];
  three.split = Split::kernels;
  std::uint32_t first = 0;
  for (std::size_t core = 0; core < 3; ++core) {
    ConvTile tile = whole;
    tile.kernels = {first, core < 2 ? 48U : 32U};
    tile.weight_offset = std::uint64_t{first} * 2 * 3 * 3 * 32;
    tile.family = 5;
    three.lanes[core] = {tile};
    first += tile.kernels.count;
  }
  const Explained result = explained(open(program), open(plan));
  EXPECT_EQ(result.roots(), Names{"core-split"});
  EXPECT_EQ(result.shown("core-split", "CNA_CONV_CON2.TILE_FAMILY"),
            "three_cores_by_rows (2) -> three_cores_by_kernels (5)");
  EXPECT_EQ(result.cause("core-split")->cores, std::set<unsigned>{3});
  EXPECT_EQ(result.shown("output-channels", "DPU_DATA_CUBE_CHANNEL.ORIG_CHANNEL"),
            "128 channels -> 48 channels");
  for (const char* name : {"output-channels", "tile-height", "places"})
    EXPECT_EQ(result.cause(name)->follows, Names{"core-split"}) << name;
  EXPECT_EQ(result.explanation.unexplained, 0U);
  EXPECT_EQ(result.explanation.stayed, 0U);
}

TEST(Explain, OneTileDecidedOtherwise) {
  const GeneratedProgram program = made("b1_c64_h56_w56_oc128_wic64_k1x1_g1");
  const auto roots = [&](void (*change)(ConvTile&)) {
    ConvPlan plan = program.plan;
    change(plan.programs[0].lanes[0][1]);
    return explained(open(program), open(plan)).roots();
  };
  EXPECT_EQ(roots([](ConvTile& tile) { tile.data_banks = 9; }), Names{"bank-split"});
  EXPECT_EQ(roots([](ConvTile& tile) { tile.reuses_weights = false; }), Names{"reuse"});
  EXPECT_EQ(roots([](ConvTile& tile) { ++tile.grains; }), Names{"grains"});
  EXPECT_EQ(roots([](ConvTile&) {}), Names{});
}

TEST(Explain, RelocatedOnly) {
  GenerateOptions elsewhere;
  elsewhere.top = 0xe0003000;
  const auto name = "b1_c64_h56_w56_oc128_wic64_k1x1_g1";
  const GeneratedProgram a = made(name), b = made(name, elsewhere);
  const Explained result = explained(open(a), open(b));
  EXPECT_TRUE(result.explanation.causes.empty());
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> moved;
  for (const MovedBuffer& each : result.explanation.moved)
    moved[each.a] = {each.address_a.value_or(0), each.address_b.value_or(0)};
  EXPECT_EQ(moved["input"], std::pair(a.layout.input.address, b.layout.input.address));
  EXPECT_EQ(moved["output"], std::pair(a.layout.output.address, b.layout.output.address));
  EXPECT_TRUE(explained(open(a), open(a)).explanation.moved.empty());
}

// The program with one word changed: `bits` of the register at `offset`, in record `record`.
Opened with_bits(const GeneratedProgram& program, std::size_t record, std::uint16_t offset,
                 std::uint32_t bits) {
  Capture capture = capture_of(program);
  Buffer& weight = capture.buffers[1];
  auto bytes = std::make_shared<std::vector<std::byte>>(weight.pieces[0].bytes.begin(),
                                                        weight.pieces[0].bytes.end());
  const StreamRecord& its = program.stream.records()[record];
  for (std::size_t i = 0; i < its.body.writes.size(); ++i) {
    if (its.body.writes[i].offset != offset) continue;
    std::uint64_t word = 0;
    std::byte* at = bytes->data() + its.offset + 8 * i;
    std::memcpy(&word, at, sizeof word);
    word ^= std::uint64_t{bits} << 16U;
    std::memcpy(at, &word, sizeof word);
  }
  weight.pieces[0].bytes = *bytes;
  capture.storage.push_back(bytes);
  return open_capture(std::move(capture), db());
}

TEST(Explain, FieldsThatShouldHaveChangedTooAreFound) {
  const GeneratedProgram program = made("b1_c64_h56_w56_oc128_wic64_k1x1_g1");
  const auto stayed = [&](std::uint16_t offset, std::uint32_t bits) {
    const Explained result = explained(open(program), with_bits(program, 0, offset, bits));
    Names names = result.roots();
    for (const Cause& cause : result.explanation.causes)
      for (const Evidence& e : cause.stayed) names.push_back(e.name + " " + e.a);
    EXPECT_EQ(result.explanation.stayed + 1, names.size());
    return names;
  };
  EXPECT_EQ(stayed(0x1020, 4), (Names{"tile-height", "CNA_FC_DATA_SIZE0.DMA_HEIGHT 50 rows"}));
  EXPECT_EQ(stayed(0x4034, 1), (Names{"tile-height", "CNA_DATA_SIZE3.DATAOUT_ATOMICS 2800 pixels",
                                      "CORE_DATAOUT_SIZE_0.DATAOUT_HEIGHT 50 rows",
                                      "DPU_WDMA_SIZE_1.HEIGHT_WDMA 50 rows"}));
  EXPECT_EQ(stayed(0x1040, 1), (Names{"bank-split", "CNA_CBUF_CON0.WEIGHT_BANK 1 bank"}));
  EXPECT_EQ(stayed(0x1010, 0x10), Names{"grains"});
  EXPECT_EQ(stayed(0x1070, 0x10), Names{"places"});
}

TEST(Explain, AConsequenceWithoutItsCauseIsUnexplained) {
  const GeneratedProgram program = made("b1_c64_h56_w56_oc128_wic64_k1x1_g1");
  // Bytes of the weights follow from kernels, channels, types; none of them changed.
  const Explained result = explained(open(program), with_bits(program, 0, 0x1034, 4));
  EXPECT_EQ(result.roots(), Names{"unexplained"});
  EXPECT_EQ(result.explanation.unexplained, 1U);
  const Evidence& e = result.explanation.causes.front().changed.front();
  EXPECT_EQ(e.name, "CNA_WEIGHT_SIZE1.WEIGHT_BYTES_PER_KERNEL");
  EXPECT_NE(e.note.find("nothing else shows"), std::string::npos) << e.note;
  EXPECT_NE(e.note.find("kernel-size"), std::string::npos) << e.note;
}

TEST(Explain, CapturedWindowsAgainstTheirShapeAndOneDecisionAway) {
  NPUSCOPE_NEEDS_CORPUS();
  std::size_t explained_captures = 0;
  for (const auto& row : testing::manifest()) {
    if (!row.path.starts_with("live-logs/")) continue;
    auto inputs = open_input(row.full_path(), db());
    ASSERT_TRUE(inputs) << row.path;
    const Opened& captured = inputs->front();
    if (captured.sets.empty() || captured.sets[0].records.empty()) continue;
    const auto shape = infer_shape(captured.sets[0]);
    ASSERT_TRUE(shape) << row.path;
    const auto roots = [&](const ConvShape& other) {
      const auto program = generate_program(other, {});
      EXPECT_TRUE(program);
      const Explained result = explained(captured, open(*program));
      EXPECT_EQ(result.explanation.unexplained, 0U) << row.path;
      EXPECT_EQ(result.explanation.stayed, 0U) << row.path;
      return result.roots();
    };
    EXPECT_EQ(roots(*shape), Names{}) << row.path;
    ConvShape other = *shape;
    other.out_channels *= 2;
    EXPECT_EQ(roots(other), Names{"output-channels"}) << row.path;
    other = *shape;
    other.fusion.relu = true;
    EXPECT_EQ(roots(other), Names{"activation"}) << row.path;
    other = *shape;
    other.in_width += 8;
    EXPECT_EQ(roots(other), Names{"input-size"}) << row.path;
    ++explained_captures;
  }
  EXPECT_GE(explained_captures, 4U);
}

}  // namespace
}  // namespace npuscope
