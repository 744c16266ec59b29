// Single f16 convolutions computed by hand, each for a geometry that the vendor's compiler was
// captured with: every amount, address, size and the register values that differ between records.
#include "tests/replay/generate/worked_example.h"

namespace npuscope::testing {
namespace {

constexpr std::uint64_t in = WorkedExample::in, w = WorkedExample::w, out = WorkedExample::out;
using Amounts = std::vector<std::uint32_t>;
using Offsets = std::vector<std::uint64_t>;

// Neither input nor both halves of the work fit: two tiles, kernels divided by two, rows by three.
TEST(WorkedExamples, PointwiseInTwoTiles) {
  const WorkedExample example("b1_c64_h56_w56_oc128_wic64_k1x1_g1");
  EXPECT_EQ(example.amounts(),
            (Amounts{108, 108, 104, 104, 26, 104, 104, 26, 104, 26, 104, 26, 104, 26}));
  EXPECT_EQ(example.offsets(), (Offsets{0x4800, 0x4b80, 0x4f00, 0x5280, 0x5600, 0x5700, 0x5a80,
                                        0x5e00, 0x5f00, 0x6280, 0x6380, 0x6700, 0x6800, 0x6b80}));
  EXPECT_EQ(example.program().stream.bytes(), 9344U);
  const BufferLayout& layout = example.layout();
  EXPECT_EQ(layout.table_copy_offset, 0x6c80U);
  EXPECT_EQ(layout.weight.bytes, 28352U);
  EXPECT_EQ(layout.input.bytes, 401408U);
  EXPECT_EQ(layout.output.bytes, 802816U);
  EXPECT_EQ(layout.internal.bytes, 1204224U);

  // Barriers, tails.
  EXPECT_EQ(example.value({1, 2}, 0x6070), w + 0x4000);
  EXPECT_EQ(example.value({1, 2}, 0x701c), w + 0x4400);
  EXPECT_EQ(example.link_amount_word({0, 0}), 0x37U);
  EXPECT_EQ(example.link_amount_word({0, 1}), 0U);
  EXPECT_EQ(example.link_amount_word({1, 0}), 0x10035U);
  EXPECT_EQ(example.link_amount_word({1, 1}), 0x1000eU);
  EXPECT_EQ(example.link_amount_word({1, 2}), 0U);
  EXPECT_EQ(example.link_amount_word({3, 0}), 0x2000eU);
  EXPECT_EQ(example.link_address({0, 0}), w + 0x4b80);
  EXPECT_EQ(example.link_address({3, 0}), w + 0x6280);
  EXPECT_EQ(example.link_address({3, 1}), 0U);

  example.expect({{0, 0}, {0, 1}, {1, 0}, {2, 0}, {3, 0}, {5, 0}},
                 {{{0x1040}, {0x1b, 0x201b, 0x1b, 0x1b, 0x1b, 0x1b}},
                  {{0x1010}, {0xa0, 0x70, 0x400000a0, 0x400000a0, 0x200000a0, 0x200000a0}},
                  {{0x1020, 0x1084}, {0x380032, 0x380006, 0x380032, 0x380032, 0x380013, 0x380012}},
                  {{0x102c}, {0xaf0, 0x150, 0xaf0, 0xaf0, 0x428, 0x3f0}},
                  {{0x1030}, {0x4000, 0x4000, 0x2000, 0x2000, 0x4000, 0x4000}},
                  {{0x1038}, {0x1010080, 0x1010080, 0x1010040, 0x1010040, 0x1010080, 0x1010080}},
                  {{0x1070}, {in, in + 0xaf00, in, in, in, in + 0x8500}},
                  {{0x1110}, {w, w, w, w + 0x2000, w, w}},
                  {{0x3014, 0x405c}, {0x310037, 0x50037, 0x310037, 0x310037, 0x120037, 0x110037}},
                  {{0x3018, 0x4058}, {0x7f, 0x7f, 0x3f, 0x3f, 0x7f, 0x7f}},
                  {{0x4020}, {out, out + 0xaf00, out, out + 0x62000, out, out + 0x8500}},
                  {{0x4034}, {0x31, 5, 0x31, 0x31, 0x12, 0x11}},
                  {{0x403c}, {0x7f007f, 0x7f007f, 0x3f003f, 0x3f003f, 0x7f007f, 0x7f007f}},
                  {{0x1024}, {0x3f0040}},
                  {{0x1028}, {0x38}},
                  {{0x1034}, {0x80}},
                  {{0x1044}, {0x70}},
                  {{0x107c}, {0xe0}},
                  {{0x1080}, {0xb60}},
                  {{0x1088}, {0x40}},
                  {{0x4024}, {0xc400}},
                  {{0x4030}, {0x37}},
                  {{0x40c0}, {0x18800}}});
  // Divided kernels are loaded again for each tile.
  example.expect({{1, 1}, {2, 1}}, {{{0x1040}, {0x1b}},
                                    {{0x1070}, {in + 0xaf00}},
                                    {{0x4020}, {out + 0xaf00, out + 0x6cf00}},
                                    {{0x1110}, {w, w + 0x2000}}});

  const std::vector<std::pair<std::uint16_t, std::uint32_t>> first_words{
      {0x1040, 0x1b},  {0x1104, 0},    {0x1100, 0}, {0x100c, 0x120},   {0x4004, 0xe},
      {0x100c, 0x120}, {0x1010, 0xa0}, {0x1014, 9}, {0x1020, 0x380032}};
  for (std::size_t i = 0; i < first_words.size(); ++i) {
    EXPECT_EQ(example.word({0, 0}, i).offset(), first_words[i].first) << i;
    EXPECT_EQ(example.word({0, 0}, i).value(), first_words[i].second) << i;
  }
}

TEST(WorkedExamples, SpatialThatFits) {
  const WorkedExample example("b1_c32_h14_w14_oc128_wic32_k3x3_g1");
  EXPECT_EQ(example.amounts(), (Amounts{108, 104, 26, 104, 26, 104, 26, 104, 26, 104, 26}));
  EXPECT_EQ(example.offsets(), (Offsets{0x12800, 0x12b80, 0x12f00, 0x13000, 0x13380, 0x13480,
                                        0x13800, 0x13900, 0x13c80, 0x13d80, 0x14100}));
  EXPECT_EQ(example.program().stream.bytes(), 6656U);
  const BufferLayout& layout = example.layout();
  EXPECT_EQ(layout.table_copy_offset, 0x14200U);
  EXPECT_EQ(layout.weight.bytes, 82880U);
  EXPECT_EQ(layout.input.bytes, 12544U);
  EXPECT_EQ(layout.output.bytes, 36864U);
  EXPECT_EQ(example.value({1, 1}, 0x6070), w + 0x12000);
  EXPECT_EQ(example.value({1, 1}, 0x701c), w + 0x12400);

  example.expect({{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 0}},
                 {{{0x1010}, {0x110, 0x40000110, 0x40000110, 0x20000090, 0x20000090, 0x20000090}},
                  {{0x1020, 0x1084}, {0xe000e, 0xe000e, 0xe000e, 0xe0006, 0xe0006, 0xe0006}},
                  {{0x102c}, {0x90, 0x90, 0x90, 0x30, 0x30, 0x30}},
                  {{0x1030}, {0x12000, 0x9000, 0x9000, 0x12000, 0x12000, 0x12000}},
                  {{0x1038}, {0x3030080, 0x3030040, 0x3030040, 0x3030080, 0x3030080, 0x3030080}},
                  {{0x1070}, {in, in, in, in, in + 0x380, in + 0x700}},
                  {{0x1110}, {w, w, w + 0x9000, w, w, w}},
                  {{0x3014, 0x405c}, {0xb000b, 0xb000b, 0xb000b, 0x3000b, 0x3000b, 0x3000b}},
                  {{0x3018, 0x4058}, {0x7f, 0x3f, 0x3f, 0x7f, 0x7f, 0x7f}},
                  {{0x4020}, {out, out, out + 0x4800, out, out + 0x300, out + 0x600}},
                  {{0x403c}, {0x7f007f, 0x3f003f, 0x3f003f, 0x7f007f, 0x7f007f, 0x7f007f}},
                  {{0x1040}, {0xb1}},
                  {{0x1024}, {0x1f0020}},
                  {{0x1028}, {0xc}},
                  {{0x1034}, {0x240}},
                  {{0x1044}, {0xe}},
                  {{0x107c}, {0x38}},
                  {{0x1080}, {0x8c}},
                  {{0x1088}, {0x20}},
                  {{0x4024}, {0x900}},
                  {{0x4030}, {0xb}},
                  {{0x40c0}, {0x1200}}});
}

// Neither the input nor the weights fit: kernels are divided for two and for three cores.
TEST(WorkedExamples, SpatialWithStreamedWeights) {
  const WorkedExample example("b1_c160_h40_w40_oc320_wic160_k3x3_g1");
  EXPECT_EQ(example.amounts(), (Amounts{108, 108, 104, 104, 26, 104, 104, 26, 104, 104, 26, 104,
                                        104, 26, 104, 104, 26}));
  EXPECT_EQ(example.offsets(), (Offsets{0xe1800, 0xe1b80, 0xe1f00, 0xe2280, 0xe2600, 0xe2700,
                                        0xe2a80, 0xe2e00, 0xe2f00, 0xe3280, 0xe3600, 0xe3700,
                                        0xe3a80, 0xe3e00, 0xe3f00, 0xe4280, 0xe4600}));
  EXPECT_EQ(example.program().stream.bytes(), 12032U);
  const BufferLayout& layout = example.layout();
  EXPECT_EQ(layout.table_copy_offset, 0xe4700U);
  EXPECT_EQ(layout.weight.bytes, 936384U);
  EXPECT_EQ(layout.input.bytes, 512000U);
  EXPECT_EQ(layout.output.bytes, 924160U);

  example.expect({{0, 0}, {0, 1}, {2, 0}, {3, 0}, {4, 1}, {5, 0}},
                 {{{0x1010}, {0xc0, 0xc0, 0x400000c0, 0x500000c0, 0x500000c0, 0x500000c0}},
                  {{0x1020, 0x1084}, {0x280017, 0x280013, 0x280017, 0x280017, 0x280013, 0x280017}},
                  {{0x102c}, {0x31e, 0x286, 0x31e, 0x31e, 0x286, 0x31e}},
                  {{0x1030}, {0xe1000, 0xe1000, 0x70800, 0x4ec00, 0x4ec00, 0x43800}},
                  {{0x1038}, {0x3030140, 0x3030140, 0x30300a0, 0x3030070, 0x3030070, 0x3030060}},
                  {{0x1070}, {in, in + 0x3480, in, in, in + 0x3480, in}},
                  {{0x1110}, {w, w, w + 0x70800, w, w + 0x4ec00, w + 0x9d800}},
                  {{0x3014, 0x405c}, {0x140025, 0x100025, 0x140025, 0x140025, 0x100025, 0x140025}},
                  {{0x3018, 0x4058}, {0x13f, 0x13f, 0x9f, 0x6f, 0x6f, 0x5f}},
                  {{0x4020}, {out, out + 0x31e0, out + 0x70d00, out, out + 0x52160, out + 0x9df00}},
                  {{0x403c}, {0x13f013f, 0x13f013f, 0x9f009f, 0x6f006f, 0x6f006f, 0x5f005f}},
                  {{0x1040}, {0x39}},
                  {{0x1024}, {0x1f00a0}},
                  {{0x1028}, {0x26}},
                  {{0x1034}, {0xb40}},
                  {{0x1044}, {0xc8}},
                  {{0x107c}, {0xa0}},
                  {{0x1080}, {0x5a0}},
                  {{0x1088}, {0xa0}},
                  {{0x4024}, {0x5a40}},
                  {{0x4030}, {0x25}},
                  {{0x40c0}, {0xb480}}});
}

TEST(WorkedExamples, DepthwiseInTwoChannelBlocks) {
  const WorkedExample example("b1_c256_h28_w28_oc256_wic1_k3x3_g256");
  EXPECT_EQ(example.amounts(), (Amounts{108, 108, 104, 26, 104, 26, 104, 26, 104, 26, 104, 26}));
  EXPECT_EQ(example.offsets(), (Offsets{0x1a00, 0x1d80, 0x2100, 0x2480, 0x2580, 0x2900, 0x2a00,
                                        0x2d80, 0x2e80, 0x3200, 0x3300, 0x3680}));
  EXPECT_EQ(example.program().stream.bytes(), 7552U);
  const BufferLayout& layout = example.layout();
  EXPECT_EQ(layout.table_copy_offset, 0x3780U);
  EXPECT_EQ(layout.weight.bytes, 14720U);
  EXPECT_EQ(layout.input.bytes, 401408U);
  EXPECT_EQ(layout.output.bytes, 346112U);

  example.expect({{0, 0}, {0, 1}, {2, 0}, {4, 0}, {5, 0}},
                 {{{0x1010}, {0xc0, 0x1c0, 0x100000c0, 0x200000b0, 0x200000b0}},
                  {{0x1020, 0x1084}, {0x1c001c, 0x1c001c, 0x1c000f, 0x1c000b, 0x1c000a}},
                  {{0x1024}, {0x1f00e0, 0x1f0020, 0x3f0100, 0x3f0100, 0x3f0100}},
                  {{0x102c}, {0x2a4, 0x2a4, 0x152, 0xea, 0xd0}},
                  {{0x1030, 0x1034}, {0xfc0, 0x240, 0x1200, 0x1200, 0x1200}},
                  {{0x1044}, {0xc4, 0x1c, 0xe0, 0xe0, 0xe0}},
                  {{0x1088}, {0xe0, 0x20, 0x100, 0x100, 0x100}},
                  {{0x1070}, {in, in + 0x55c00, in + 0x16c0, in + 0xfc0, in + 0x1f80}},
                  {{0x1110}, {w, w + 0xfc0, w, w, w}},
                  {{0x3014, 0x405c}, {0x190019, 0x190019, 0xc0019, 0x80019, 0x70019}},
                  {{0x3018, 0x4058}, {0xdf, 0x1f, 0xff, 0xff, 0xff}},
                  {{0x4020}, {out, out + 0x49f00, out + 0x1520, out + 0xea0, out + 0x1d40}},
                  {{0x403c}, {0xdf00df, 0x1f001f, 0xff00ff, 0xff00ff, 0xff00ff}},
                  {{0x1040}, {0x1b}},
                  {{0x100c}, {0x123}},
                  {{0x1038}, {0x3030001}},
                  {{0x107c}, {0x70}},
                  {{0x1080}, {0x2a0}},
                  {{0x3010}, {0x202}},
                  {{0x400c}, {0x1fc}},
                  {{0x4050}, {0x36e}},
                  {{0x4024}, {0x2a40}},
                  {{0x40c0}, {0xa900}}});
}

// Three tiles of two blocks: short records from the third on.
TEST(WorkedExamples, DepthwiseWithShortRecords) {
  const WorkedExample example("b1_c64_h112_w112_oc64_wic1_k3x3_g64");
  EXPECT_EQ(example.amounts(), (Amounts{108, 108, 12,  12,  16, 16,  104, 104, 104, 26,  104, 104,
                                        104, 26,  104, 104, 26, 104, 104, 26,  104, 104, 26}));
  const std::vector<std::uint64_t> offsets = example.offsets();
  EXPECT_EQ(Offsets(offsets.begin(), offsets.begin() + 7),
            (Offsets{0xc80, 0x1000, 0x1380, 0x1400, 0x1480, 0x1540, 0x1600}));
  EXPECT_EQ(example.layout().weight.bytes, 18624U);

  // First output rows of the two lanes of two cores, by the output address: 110 pixels a row.
  constexpr std::uint64_t row = 110 * 16;
  for (const std::size_t list : {1U, 2U}) {
    const Offsets rows = list == 1 ? Offsets{0, 38, 74} : Offsets{19, 56, 92};
    example.expect({{list, 0}, {list, 1}, {list, 2}},
                   {{{0x4020}, {out + rows[0] * row, out + rows[1] * row, out + rows[2] * row}},
                    {{0x1040}, {0x1b, 0x201b, 0x201b}}});
  }
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(example.value({0, i}, 0x1040), 0x1bU) << i;

  const std::vector<std::pair<std::uint16_t, std::uint64_t>> fifth{
      {0x1040, 0x1b},          {0x1104, 0},        {0x1100, 0},     {0x100c, 0x123},
      {0x4004, 0xe},           {0x1020, 0x700010}, {0x102c, 0x604}, {0x1070, in + 0x2a000},
      {0x1084, 0x700010},      {0x1088, 0x20},     {0x1110, w},     {0x3014, 0xd006d},
      {0x4020, out + 0x29400}, {0x4034, 0xd},      {0x4058, 0x1f},  {0x405c, 0xd006d}};
  ASSERT_EQ(example.amount({0, 4}), fifth.size());
  for (std::size_t i = 0; i < fifth.size(); ++i) {
    EXPECT_EQ(example.word({0, 4}, i).offset(), fifth[i].first) << i;
    EXPECT_EQ(example.word({0, 4}, i).value(), fifth[i].second) << i;
  }
  EXPECT_EQ(example.link_amount_word({0, 4}), 9U);
}

}  // namespace
}  // namespace npuscope::testing
