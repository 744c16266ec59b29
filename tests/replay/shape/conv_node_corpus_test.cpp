// The convolutions of real models: as many per family, and as many records, as public files hold.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "decoder/model.h"
#include "replay/shape/conv_node.h"
#include "replay/shape/conv_record.h"
#include "replay/shape/shape_names.h"
#include "tests/support/manifest.h"

namespace npuscope::testing {
namespace {

struct Count {
  int nodes = 0, programs = 0, records = 0;
};

std::string family_text(const ConvNode& node) {
  const std::string element = node.shape.element == Element::f16 ? "f16 " : "i8 ";
  if (node.site.pixel_input) return element + "first layer (pixels)";
  return element + (node.shape.depthwise() ? "depthwise" : "direct");
}

template <typename Visit>
void for_each_model(Visit&& visit) {
  for (const ManifestRow& row : manifest()) {
    if (!row.path.starts_with("rknn/rk3588/") || !row.path.ends_with(".rknn")) continue;
    const auto inputs = open_input(row.full_path(), RegisterDb::builtin());
    ASSERT_TRUE(inputs) << inputs.error().text();
    ASSERT_EQ(inputs->size(), 1U) << row.path;
    const Opened& opened = inputs->front();
    const auto nodes = find_convolutions(opened);
    if (!nodes) {
      // Two of the models run on the CPU alone.
      EXPECT_TRUE(opened.sets.empty()) << nodes.error().text();
      continue;
    }
    visit(row.path, opened, *nodes);
  }
}

TEST(ConvNodeCorpus, CountsPerFamily) {
  NPUSCOPE_NEEDS_CORPUS();
  std::map<std::string, Count> counts;
  Count old_containers;
  for_each_model(
      [&](const std::string& path, const Opened& opened, const std::vector<ConvNode>& nodes) {
        const ProgramSet& set = opened.sets.front();
        for (const ConvNode& node : nodes) {
          EXPECT_EQ(node.refusal, "") << path << " node " << node.node;
          // Containers before version 6 hold programs of other compilers.
          Count& count = opened.capture.model->container_version == 6 ? counts[family_text(node)]
                                                                      : old_containers;
          ++count.nodes;
          for (const std::size_t list : {0U, 1U, 3U})
            count.programs += node.tasks.at(list).count != 0;
          for (const TaskRange& range : node.tasks) {
            for (std::size_t t = range.first; t < range.first + range.count; ++t)
              count.records += (set.tasks.at(t).task.enable_mask & 1U) != 0;
          }
        }
      });
  Count all;
  fmt::print("{:<24}{:>7}{:>10}{:>9}\n", "family", "nodes", "programs", "records");
  for (const auto& [family, count] : counts) {
    fmt::print("{:<24}{:>7}{:>10}{:>9}\n", family, count.nodes, count.programs, count.records);
    all.nodes += count.nodes;
    all.programs += count.programs;
    all.records += count.records;
  }
  fmt::print("{:<24}{:>7}{:>10}{:>9}\n", "all", all.nodes, all.programs, all.records);
  fmt::print("{:<24}{:>7}{:>10}{:>9}\n", "(containers 1 and 2)", old_containers.nodes,
             old_containers.programs, old_containers.records);
  const struct {
    const char* family;
    int nodes, records;
  } expected[] = {
      {"f16 direct", 29, 174},  {"f16 depthwise", 77, 297}, {"f16 first layer (pixels)", 15, 101},
      {"i8 direct", 198, 1294}, {"i8 depthwise", 24, 145},  {"i8 first layer (pixels)", 3, 148}};
  for (const auto& row : expected) {
    EXPECT_EQ(counts[row.family].nodes, row.nodes) << row.family;
    EXPECT_EQ(counts[row.family].programs, 3 * row.nodes) << row.family;
    EXPECT_EQ(counts[row.family].records, row.records) << row.family;
  }
  EXPECT_EQ(all.nodes, 346);
  EXPECT_EQ(all.records, 2159);
}

// Every task of a node is in its ranges, and only tasks of the node.
TEST(ConvNodeCorpus, RangesHoldTheTasksOfTheNode) {
  NPUSCOPE_NEEDS_CORPUS();
  for_each_model(
      [](const std::string& path, const Opened& opened, const std::vector<ConvNode>& nodes) {
        const Model& model = *opened.capture.model;
        for (const ConvNode& node : nodes) {
          const ProgramSet& set = opened.sets.at(node.set);
          const Node& in_model = model.nodes.at(node.node);
          for (std::size_t list = 0; list < node.tasks.size(); ++list) {
            const TaskRange& range = node.tasks.at(list);
            for (std::size_t t = range.first; t < range.first + range.count; ++t)
              EXPECT_EQ(set.tasks.at(t).task.op_idx, node.node) << path;
            std::int64_t announced = in_model.task_counts.at(list);
            if (list < in_model.extra_counts.size()) announced += in_model.extra_counts[list];
            if (model.container_version == 6) {
              EXPECT_EQ(range.count, static_cast<std::size_t>(announced)) << path;
            }
          }
        }
      });
}

TEST(ConvNodeCorpus, ShapesAreConsistentWithTensorsAndKeys) {
  NPUSCOPE_NEEDS_CORPUS();
  for_each_model(
      [](const std::string& path, const Opened& opened, const std::vector<ConvNode>& nodes) {
        const Model& model = *opened.capture.model;
        for (const ConvNode& node : nodes) {
          SCOPED_TRACE(fmt::format("{} node {} {}", path, node.node, key_of(node.shape)));
          const auto& out = model.tensors.at(node.output).logical_shape;
          EXPECT_EQ(static_cast<std::uint32_t>(out.at(1)), node.shape.out_channels);
          EXPECT_EQ(static_cast<std::uint32_t>(out.at(2)), node.shape.out_height());
          EXPECT_EQ(static_cast<std::uint32_t>(out.at(3)), node.shape.out_width());
          const auto again = parse_encoded_shape(key_of(node.shape));
          ASSERT_TRUE(again) << again.error().text();
          EXPECT_EQ(*again, node.shape);
          EXPECT_EQ(node.bias != no_index, node.shape.fusion.bias);
          EXPECT_EQ(node.residual != no_index, node.shape.fusion.residual);
          const bool has_table = node.shape.fusion.table != TableFunction::none;
          EXPECT_EQ(node.table != no_index, has_table);
          EXPECT_TRUE(has_table || !node.site.writes_f32);
        }
      });
}

// Single nodes, read from the files by hand.
TEST(ConvNodeCorpus, KnownNodes) {
  NPUSCOPE_NEEDS_CORPUS();
  const struct {
    const char* path;
    std::size_t node;
    const char* key;
    const char* compiler;
  } rows[] = {
      {"rknn/rk3588/nsbb/BCResNet-t2-npu-fixed.rknn", 1,
       "b1_c1_h40_w151_oc32_wic1_k5x5_g1_s2x1_p2_bias_relu", "2.3.2"},
      {"rknn/rk3588/nsbb/BCResNet-t2-npu-fixed.rknn", 12,
       "b1_c16_h4_w151_oc16_wic1_k1x3_g16_p0x1_bias_swish", "2.3.2"},
      {"rknn/rk3588/Nyan-SouthKorea/det_2.5g_int8.rknn", 6,
       "b1_c24_h160_w160_oc24_wic24_k3x3_g1_p1_i8_bias_addrelu", "2.3.2"},
      {"rknn/rk3588/J094/best.rknn", 7, "b1_c16_h160_w160_oc16_wic16_k3x3_g1_p1_i8_bias_relu_add",
       "1.6.0"},
      {"rknn/rk3588/wtwver/2_ones.rknn", 1, "b1_c3_h224_w224_oc3_wic3_k1x1_g1", "2.3.2"},
      {"rknn/rk3588/rockchip-linux/multiple_input_demo.rknn", 3,
       "b1_c1_h128_w128_oc8_wic1_k3x3_g1_p1_i8_bias_add", "1.4.2b4"},
  };
  for_each_model([&](const std::string& path, const Opened&, const std::vector<ConvNode>& nodes) {
    for (const auto& row : rows) {
      if (path != row.path) continue;
      bool found = false;
      for (const ConvNode& node : nodes) {
        if (node.node != row.node) continue;
        found = true;
        EXPECT_EQ(key_of(node.shape), row.key);
        EXPECT_EQ(node.compiler, row.compiler);
      }
      EXPECT_TRUE(found) << row.path;
    }
  });
}

}  // namespace
}  // namespace npuscope::testing
