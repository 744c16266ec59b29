// Convolutions of public models computed by hand: pixel input, i8, stride, padding, bias, residual.
// Nodes of models have other neighbours, so addresses are those relative to their tensors.
#include "tests/replay/generate/worked_example.h"

namespace npuscope::testing {
namespace {

constexpr std::uint64_t in = WorkedExample::in, w = WorkedExample::w, out = WorkedExample::out,
                        residual = WorkedExample::residual, bias = WorkedExample::bias;

// The first layer of a wake word model: f16, ReLU.
TEST(WorkedModelExamples, FirstLayerOnPixels) {
  const WorkedExample example("b1_c1_h40_w151_oc32_wic1_k5x5_g1_s2x1_p2x2x1x2_bias_relu");
  EXPECT_EQ(example.program().plan.shape.out_height(), 20U);
  EXPECT_EQ(example.program().plan.shape.out_width(), 151U);
  const std::vector<Place> lists{{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 0}};
  for (const Place& place : lists)
    EXPECT_EQ(example.amount(place), place.list == 0 ? 126U : 122U) << place.list;
  example.expect(lists,
                 {{{0x1010}, {0x280, 0x40000280, 0x40000280, 0x20000160, 0x20000160, 0x20000130}},
                  {{0x1020}, {0x970028, 0x970028, 0x970028, 0x97000f, 0x970011, 0x97000e}},
                  {{0x102c}, {0xbcc, 0xbcc, 0xbcc, 0x421, 0x421, 0x38a}},
                  {{0x1030}, {0x3200, 0x1900, 0x1900, 0x3200, 0x3200, 0x3200}},
                  {{0x1038}, {0x5050020, 0x5050010, 0x5050010, 0x5050020, 0x5050020, 0x5050020}},
                  {{0x1044}, {0x17c0, 0x17c0, 0x17c0, 0x8e8, 0xa18, 0x850}},
                  {{0x1068}, {0x22, 0x22, 0x22, 0x22, 0x20, 0x20}},
                  {{0x1070}, {in, in, in, in, in + 0xe40, in + 0x1ee0}},
                  {{0x1110}, {w, w, w + 0x1900, w, w, w}},
                  {{0x5020}, {bias, bias, bias + 0x40, bias, bias, bias}},
                  {{0x4020}, {out, out, out + 0x17980, out, out + 0x4210, out + 0x8420}},
                  {{0x4058}, {0x1f, 0xf, 0xf, 0x1f, 0x1f, 0x1f}},
                  {{0x405c}, {0x130096, 0x130096, 0x130096, 0x60096, 0x60096, 0x50096}},
                  {{0x5010}, {0x13, 0x13, 0x13, 6, 6, 5}},
                  {{0x100c}, {0x60008120}},
                  {{0x1014}, {0x11}},
                  {{0x1024}, {8}},
                  {{0x1028}, {0x97}},
                  {{0x1034}, {0x190}},
                  {{0x1040}, {0xa2}},
                  {{0x107c}, {0x97}},
                  {{0x1080}, {0x1701}},
                  {{0x1088}, {8}},
                  {{0x4024}, {0xbcc0}},
                  {{0x40c0}, {0x17980}},
                  {{0x4040}, {0x20150}},
                  {{0x4050}, {0x126}},
                  {{0x4060}, {0x12}},
                  {{0x501c}, {2}},
                  {{0x5044}, {0x17850}}});
}

// A node of a face detector: i8, three tiles, a residual with a scale of its own.
TEST(WorkedModelExamples, ResidualAddWithQuantisation) {
  ConvNumbers numbers;
  numbers.input_zero_point = numbers.output_zero_point = numbers.residual_zero_point = -128;
  numbers.output_scale = 0x553d;
  numbers.output_shift = 23;
  numbers.residual_scale = 0x501c;
  numbers.residual_shift = 6;
  const WorkedExample example("b1_c24_h160_w160_oc24_wic24_k3x3_g1_p1_i8_bias_addrelu", numbers);
  const std::vector<Place> records{{0, 0}, {0, 1}, {0, 2}, {2, 0}};
  example.expect(
      records,
      {{{0x1010}, {0x100, 0xf0, 0xf0, 0x100000f0}},
       {{0x1040}, {0x1b, 0x201b, 0x201b, 0x1b}},
       {{0x1020}, {0xa00046, 0xa00046, 0xa00018, 0xa0002a}},
       {{0x1068}, {0x11, 0x10, 0x10, 0x10}},
       {{0x1070}, {in, in + 0x2a800, in + 0x55000, in + 0x18600}},
       {{0x4020}, {out, out + 0x2b200, out + 0x55a00, out + 0x19000}},
       {{0x5018}, {residual, residual + 0x2b200, residual + 0x55a00, residual + 0x19000}},
       {{0x5038}, {residual + 0x64000, residual + 0x8f200, residual + 0xb9a00, residual + 0x7d000}},
       {{0x504c, 0x506c}, {0x9ce00, 0x9d800, 0xb9a00, 0xaf000}},
       {{0x405c}, {0x44009f, 0x43009f, 0x16009f, 0x27009f}},
       {{0x100c}, {0}},
       {{0x1024}, {0x170020}},
       {{0x1030}, {0x1b00}},
       {{0x1034}, {0x120}},
       {{0x1038}, {0x3030018}},
       {{0x1044}, {0x50}},
       {{0x107c}, {0x280}},
       {{0x1080}, {0x6180}},
       {{0x1088}, {0x20}},
       {{0x3010}, {1}},
       {{0x403c}, {0x17001f}},
       {{0x4024, 0x5040}, {0x64000}},
       {{0x40c0}, {0xc8000}},
       {{0x4040}, {0x20140}},
       {{0x4048}, {0xe01}},
       {{0x4050}, {0x125}},
       {{0x4060}, {0x53}},
       {{0x4070}, {0x904200c0}},
       {{0x5034}, {0x40000004}},
       {{0x5044}, {0x7d00}},
       {{0x1184}, {0xffffff80}},
       {{0x4074}, {0x80}},
       {{0x4078}, {0x6501c}},
       {{0x4080}, {0xffffff80}},
       {{0x4084}, {0x553d}},
       {{0x4088}, {0x17}}});
  EXPECT_EQ(example.registers({0, 2}),
            (std::vector<std::uint16_t>{0x1040, 0x1104, 0x1100, 0x100c, 0x4004, 0x5004, 0x1010,
                                        0x1020, 0x102c, 0x1040, 0x1068, 0x1070, 0x1084, 0x1088,
                                        0x1110, 0x3014, 0x4020, 0x4034, 0x4058, 0x405c, 0x5010,
                                        0x5018, 0x5020, 0x502c, 0x5038, 0x504c, 0x506c}));
}

// Padding above and left only: rows of the cores differ in what they read.
TEST(WorkedModelExamples, DepthwiseWithStride) {
  ConvNumbers numbers;
  numbers.input_zero_point = -128;
  const WorkedExample example("b1_c64_h52_w52_oc64_wic1_k3x3_g64_s2_p1x1x0x0_i8_bias", numbers);
  EXPECT_EQ(example.program().plan.shape.out_height(), 26U);
  example.expect({{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 0}},
                 {{{0x1010}, {0x140, 0x10000140, 0x10000140, 0x20000140, 0x20000130, 0x20000130}},
                  {{0x1020}, {0x340034, 0x34001a, 0x34001b, 0x340012, 0x340013, 0x340011}},
                  {{0x1068}, {0x11, 0x11, 0x10, 0x11, 0x10, 0x10}},
                  {{0x1070}, {in, in, in + 0x5140, in, in + 0x3740, in + 0x71c0}},
                  {{0x4020}, {out, out, out + 0x1520, out, out + 0xea0, out + 0x1d40}},
                  {{0x100c}, {3}},
                  {{0x1014}, {0x12}},
                  {{0x1030, 0x1034}, {0x240}},
                  {{0x1038}, {0x3030001}},
                  {{0x1040}, {0x66}},
                  {{0x1044}, {0x34}},
                  {{0x3010}, {3}},
                  {{0x400c}, {0x1fc}},
                  {{0x403c}, {0x3f003f}},
                  {{0x4050}, {0x36d}},
                  {{0x40c0}, {0xa900}},
                  {{0x5044}, {0x7816}},
                  {{0x1184}, {0xffff8080}}});
}

}  // namespace
}  // namespace npuscope::testing
