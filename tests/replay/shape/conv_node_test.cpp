// Convolutions of small models of our own: what is read, and each reason to refuse.
#include "replay/shape/conv_node.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>

#include "decoder/model.h"
#include "tests/support/rknn_examples.h"
#include "tests/support/rknn_file.h"

namespace npuscope::testing {
namespace {

constexpr std::size_t weight = 0, input = 1, output = 2, residual = 3;  // tensors of the example

// Gives the first record of the example the registers of a plain 1x1 convolution.
SyntheticModel plain_convolution() {
  SyntheticModel model = small_convolution();
  auto& body = model.lists[0][0].body;
  set_register(body, 0x100c, 0x120);
  set_register(body, 0x1014, 1U << 3U | 1U);
  set_register(body, 0x1038, 1U << 24U | 1U << 16U | 16U);
  set_register(body, 0x4060, 0x53);
  set_register(body, 0x4070, 0x383);
  return model;
}

void set_first(SyntheticModel& model, std::uint16_t offset, std::uint32_t value) {
  set_register(model.lists[0][0].body, offset, value);
}

void set_kernel(SyntheticModel& model, std::uint32_t height, std::uint32_t width) {
  model.tensors[weight].logical_shape[2] = static_cast<std::int32_t>(height);
  model.tensors[weight].logical_shape[3] = static_cast<std::int32_t>(width);
  set_first(model, 0x1038, width << 24U | height << 16U | 16U);
}

void set_output(SyntheticModel& model, std::int32_t height, std::int32_t width) {
  model.tensors[output].logical_shape = {1, 16, height, width};
}

Opened open_model(const SyntheticModel& model) {
  auto capture = read_rknn(as_file(write_rknn(model)));
  EXPECT_TRUE(capture) << (capture ? "" : capture.error().text());
  if (!capture) return {};
  return open_capture(std::move(*capture), RegisterDb::builtin());
}

Opened after_reading(const SyntheticModel& model, const std::function<void(Model&)>& change) {
  Opened opened = open_model(model);
  auto changed = std::make_shared<Model>(*opened.capture.model);
  change(*changed);
  opened.capture.model = changed;
  return opened;
}

ConvNode node_after(const std::function<void(SyntheticModel&)>& change) {
  SyntheticModel model = plain_convolution();
  change(model);
  const auto nodes = find_convolutions(open_model(model));
  if (!nodes || nodes->size() != 1) {
    ADD_FAILURE() << (nodes ? "not one node" : nodes.error().text());
    return {};
  }
  return nodes->front();
}

std::string outcome(const std::function<void(SyntheticModel&)>& change) {
  const ConvNode node = node_after(change);
  return node.refusal.empty() ? key_of(node.shape) : node.refusal;
}

TEST(ConvNode, AllFactsOfAPlainNode) {
  const ConvNode node = node_after([](SyntheticModel&) {});
  EXPECT_EQ(node.refusal, "");
  EXPECT_EQ(key_of(node.shape), "b1_c8_h4_w4_oc16_wic8_k1x1_g1");
  EXPECT_EQ(node.node, 1U);
  EXPECT_EQ(node.op, "Conv");
  EXPECT_EQ(node.compiler, "0.0.0");
  EXPECT_FALSE(node.site.pixel_input);
  EXPECT_TRUE(node.site.graph_input);
  EXPECT_TRUE(node.output_is_graph_output);
  EXPECT_FALSE(node.site.writes_f32);
  EXPECT_EQ(node.input, input);
  EXPECT_EQ(node.weight, weight);
  EXPECT_EQ(node.output, output);
  EXPECT_EQ(node.bias, no_index);
  EXPECT_EQ(node.residual, no_index);
  EXPECT_EQ(node.table, no_index);
  const std::array<TaskRange, 6> ranges{{{0, 4}, {5, 2}, {8, 2}, {10, 2}, {13, 2}, {15, 2}}};
  EXPECT_EQ(node.tasks, ranges);
  EXPECT_EQ(node.first_record, 0U);
}

TEST(ConvNode, StridePaddingAndDilationComeFromTheFirstRecord) {
  EXPECT_EQ(outcome([](SyntheticModel& model) {
              set_kernel(model, 3, 3);
              set_first(model, 0x1068, 0x11);
            }),
            "b1_c8_h4_w4_oc16_wic8_k3x3_g1_p1");
  EXPECT_EQ(outcome([](SyntheticModel& model) {
              set_kernel(model, 3, 1);
              set_first(model, 0x1014, 2U << 3U | 1U);
              set_first(model, 0x1068, 0x1);
              set_output(model, 2, 4);
            }),
            "b1_c8_h4_w4_oc16_wic8_k3x1_g1_s2x1_p1x0");
  EXPECT_EQ(outcome([](SyntheticModel& model) {
              set_kernel(model, 1, 2);
              set_first(model, 0x1014, 1U << 16U | 1U << 3U | 1U);
              set_output(model, 4, 2);
            }),
            "b1_c8_h4_w4_oc16_wic8_k1x2_g1_d1x2");
}

// SAME_UPPER with an even input: nothing above, one row below; the output's size alone shows it.
TEST(ConvNode, PaddingBehindFollowsFromTheOutput) {
  EXPECT_EQ(outcome([](SyntheticModel& model) {
              set_kernel(model, 3, 3);
              set_first(model, 0x1014, 2U << 3U | 2U);
              set_output(model, 2, 2);
            }),
            "b1_c8_h4_w4_oc16_wic8_k3x3_g1_s2_p0x0x1x1");
  EXPECT_EQ(outcome([](SyntheticModel& model) { set_output(model, 5, 4); }),
            "no padding makes 5x4 outputs of 4x4 inputs");
  EXPECT_EQ(outcome([](SyntheticModel& model) { set_output(model, 3, 4); }),
            "no padding makes 3x4 outputs of 4x4 inputs");
}

// For a single output the compiler writes stride 1.
TEST(ConvNode, ASingleOutputHidesItsStride) {
  EXPECT_EQ(outcome([](SyntheticModel& model) {
              set_kernel(model, 3, 3);
              set_output(model, 1, 1);
            }),
            "b1_c8_h4_w4_oc16_wic8_k3x3_g1_s2");
}

TEST(ConvNode, FusionIsNamedByTheOperatorAndConfirmedByTheRecord) {
  EXPECT_EQ(outcome([](SyntheticModel& model) {
              model.nodes[1].op = "ConvRelu";
              set_first(model, 0x4060, 0x12);
            }),
            "b1_c8_h4_w4_oc16_wic8_k1x1_g1_relu");
  EXPECT_EQ(outcome([](SyntheticModel& model) { model.nodes[1].op = "ConvRelu"; }),
            "operator ConvRelu, but its first record computes something else");
  EXPECT_EQ(outcome([](SyntheticModel& model) { set_first(model, 0x4060, 0x12); }),
            "operator Conv, but its first record computes something else");
  EXPECT_EQ(outcome([](SyntheticModel& model) {
              model.nodes[1].op = "ConvRelu";
              set_first(model, 0x4060, 0x92);
            }),
            "an activation with a limit or a slope, not a plain ReLU");
  const ConvNode added = node_after([](SyntheticModel& model) {
    model.nodes[1].op = "ConvAddRelu";
    model.nodes[1].inputs.push_back(static_cast<std::int32_t>(residual));
    set_first(model, 0x4070, 0x108200c0);
  });
  EXPECT_EQ(added.refusal, "");
  EXPECT_EQ(added.residual, residual);
  EXPECT_EQ(key_of(added.shape), "b1_c8_h4_w4_oc16_wic8_k1x1_g1_addrelu");
}

TEST(ConvNode, PixelsAreAGraphInputOfFewChannels) {
  const auto pixels = [](SyntheticModel& model) {
    model.tensors[input].native_shape = {1, 1, 4, 4, 3};
    model.tensors[input].logical_shape = {1, 3, 4, 4};
    model.tensors[weight].logical_shape = {16, 3, 1, 1};
    set_first(model, 0x100c, 0x6000a120);
  };
  const ConvNode node = node_after(pixels);
  EXPECT_EQ(node.refusal, "");
  EXPECT_TRUE(node.site.pixel_input);
  EXPECT_EQ(outcome([&](SyntheticModel& model) {
              pixels(model);
              model.inputs.clear();
            }),
            "its first record reads the input in another form than the tensor has");
}

TEST(ConvNode, DepthwiseIsTheModeOfTheRecord) {
  const auto eight_channels = [](SyntheticModel& model) {
    model.tensors[output].logical_shape = {1, 8, 4, 4};
    model.tensors[weight].logical_shape = {1, 8, 1, 1};
    set_first(model, 0x100c, 0x123);
  };
  EXPECT_EQ(outcome(eight_channels), "b1_c8_h4_w4_oc8_wic1_k1x1_g8");
  EXPECT_EQ(outcome([](SyntheticModel& model) { set_first(model, 0x100c, 0x123); }),
            "depthwise weights of 16x8 for 8 channels");
  EXPECT_EQ(outcome([&](SyntheticModel& model) {
              eight_channels(model);
              model.tensors[output].logical_shape = {1, 16, 4, 4};
            }),
            "depthwise with 8 input and 16 output channels");
}

TEST(ConvNode, EachRefusalNamesItsReason) {
  const struct {
    std::function<void(SyntheticModel&)> change;
    const char* refusal;
  } rows[] = {
      {[](SyntheticModel& m) { m.nodes[1].device = 0; }, "runs on the CPU or GPU, not on the NPU"},
      {[](SyntheticModel& m) { m.nodes[1].op = "ConvTranspose"; }, "a deconvolution"},
      {[](SyntheticModel& m) { set_first(m, 0x100c, 0x10120); }, "a deconvolution"},
      {[](SyntheticModel& m) { m.nodes[1].op = "ConvClip"; }, "operator ConvClip is not known"},
      {[](SyntheticModel& m) { m.nodes[1].op = "ConvMish"; },
       "operator ConvMish is not known"},
      {[](SyntheticModel& m) { m.nodes[1].inputs = {1}; }, "has 1 inputs and 1 outputs"},
      {[](SyntheticModel& m) { m.nodes[1].outputs.clear(); }, "has 2 inputs and 0 outputs"},
      {[](SyntheticModel& m) {
         m.tensors[input].logical_shape = {1, 8, 16};
       },
       "input, weight or output has not four extents"},
      {[](SyntheticModel& m) { m.tensors[input].logical_shape[2] = 0; },
       "input, weight or output has not four extents"},
      {[](SyntheticModel& m) { m.tensors[input].logical_shape[2] = 70000; },
       "no padding makes 4x4 outputs of 70000x4 inputs"},
      {[](SyntheticModel& m) { m.tensors[input].dtype = 5; }, "input of type i16"},
      {[](SyntheticModel& m) { m.tensors[weight].dtype = 3; }, "weights of type i8"},
      {[](SyntheticModel& m) { m.tensors[input].logical_shape[0] = 2; },
       "input and output differ in batch"},
      {[](SyntheticModel& m) {
         m.tensors[weight].logical_shape = {16, 2, 1, 1};
       },
       "4 groups, neither one nor depthwise"},
      {[](SyntheticModel& m) {
         m.tensors[weight].logical_shape = {32, 8, 1, 1};
       },
       "weights for 8 to 32 channels between tensors of 8 and 16"},
      {[](SyntheticModel& m) { set_first(m, 0x1014, 1); }, "a stride of 0"},
      {[](SyntheticModel& m) { set_first(m, 0x1014, 1U << 21U | 1U << 3U | 1U); },
       "vertical dilation 2"},
      {[](SyntheticModel& m) { set_first(m, 0x1038, 3U << 24U | 3U << 16U | 16U); },
       "the kernel of its first record is not that of its weights"},
      {[](SyntheticModel& m) {
         std::erase_if(m.lists[0][0].body, [](Word w) { return w.offset() == 0x1068; });
       },
       "its first record does not write the register at 0x1068"},
      {[](SyntheticModel& m) {
         for (auto& list : m.lists)
           for (auto& record : list) record.node = 2;
       },
       "has no task that runs a convolution"},
  };
  for (const auto& row : rows) EXPECT_EQ(outcome(row.change), row.refusal);
}

TEST(ConvNode, WhatIsNoModelOfThisChipIsAnError) {
  const auto text = [](const Opened& opened) {
    const auto nodes = find_convolutions(opened);
    return nodes ? std::string("found") : nodes.error().text();
  };
  EXPECT_EQ(text(open_capture(Capture{}, RegisterDb::builtin())),
            "not a model file, it says nothing of nodes and tensors (give the .rknn file that the "
            "capture was made with)");
  Opened without_program = open_model(plain_convolution());
  without_program.sets.clear();
  EXPECT_NE(text(without_program).find("the model has no register program"), std::string::npos);
  const Opened other =
      after_reading(plain_convolution(), [](Model& model) { model.platform = "rk3566"; });
  EXPECT_NE(text(other).find("a model for rk3566"), std::string::npos);
}

// The readers refuse such a file; a model from elsewhere is not trusted either.
TEST(ConvNode, TensorsThatAreNotThereAreRefused) {
  for (const std::int32_t index : {-1, 8}) {
    const Opened opened =
        after_reading(plain_convolution(), [&](Model& model) { model.nodes[1].inputs[1] = index; });
    const auto nodes = find_convolutions(opened);
    ASSERT_TRUE(nodes) << nodes.error().text();
    EXPECT_EQ(nodes->front().refusal, fmt::format("names tensor {}, the model has 8", index));
  }
}

}  // namespace
}  // namespace npuscope::testing
