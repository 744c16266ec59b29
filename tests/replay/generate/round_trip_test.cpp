// A generated program decoded into text and assembled again is the same bytes: for every listed
// shape, and for kinds that the list does not have.
#include <gtest/gtest.h>

#include <future>
#include <locale>

#include "replay/generate/generated.h"
#include "replay/schedule/explain.h"
#include "replay/shape/shape_list.h"
#include "replay/shape/shape_names.h"
#include "tests/support/emit_helpers.h"

namespace npuscope::testing {
namespace {

void expect_round_trip(const ConvShape& shape) {
  const auto made = generate_program(shape, {});
  ASSERT_TRUE(made) << made.error().text();
  const std::string text = decoded(OutputFormat::emit, opened(capture_of(*made)));
  const auto bytes = assembled(text);
  ASSERT_TRUE(bytes) << key_of(shape) << ": " << bytes.error().text();
  const std::vector<std::byte> words = made->stream.link(made->layout.bases());
  ASSERT_EQ(bytes->size(), words.size()) << key_of(shape);
  EXPECT_EQ(std::memcmp(bytes->data(), words.data(), words.size()), 0) << key_of(shape);
}

TEST(GeneratedRoundTrip, EveryListedShape) {
  std::size_t shapes = 0;
  for (const ListedShape& item : shape_list()) {
    if (item.shape.fusion.table != TableFunction::none) continue;  // refused
    expect_round_trip(item.shape);
    shapes += item.listed ? 1 : 0;
  }
  EXPECT_EQ(shapes, 217U);
}

TEST(GeneratedRoundTrip, OtherKinds) {
  for (const char* name :
       {"b1_c24_h160_w160_oc24_wic24_k3x3_g1_s2_p1_i8_bias_relu",  // i8, stride, padding, bias
        "b1_c64_h52_w52_oc64_wic1_k3x3_g64_s2_p1x1x0x0_i8_bias",   // i8 depthwise
        "b1_c3_h224_w224_oc32_wic3_k3x3_g1_s2_p1_i8_bias_relu",    // pixels
        "b1_c32_h20_w20_oc64_wic32_k3x3_g1_p2_d2_bias_addrelu",    // dilation, residual
        "b4_c64_h28_w28_oc64_wic16_k3x3_g4_p1",                    // general: batch, groups
        "b1_c64_h1_w1_oc1000_wic64_k1x1_g1_bias"}) {               // a single pixel
    const auto shape = parse_shape(name);
    ASSERT_TRUE(shape) << name;
    expect_round_trip(*shape);
  }
}

// Everything that a program and its explanation print.
std::string all_text(const ConvShape& shape) {
  const auto made = generate_program(shape, {});
  EXPECT_TRUE(made) << key_of(shape);
  const std::vector<std::byte> words = made->stream.link(made->layout.bases());
  std::string text(reinterpret_cast<const char*>(words.data()), words.size());
  for (const OutputFormat format : {OutputFormat::emit, OutputFormat::table, OutputFormat::jsonl})
    text += decoded(format, opened(capture_of(*made)));
  for (const PlanNote& line : explain(made->plan)) text += line.subject + line.text;
  return text;
}

// Numbers as people write them: "1.234.567,8".
struct Grouped : std::numpunct<char> {
  [[nodiscard]] char do_decimal_point() const override { return ','; }
  [[nodiscard]] char do_thousands_sep() const override { return '.'; }
  [[nodiscard]] std::string do_grouping() const override { return "\3"; }
};

TEST(GeneratedText, IsTheSameInEveryThreadAndLocale) {
  const auto shape = parse_shape("b4_c64_h56_w56_oc128_wic16_k3x3_g4_p1_bias");
  ASSERT_TRUE(shape);
  const std::string expected = all_text(*shape);
  const std::locale before = std::locale::global(std::locale(std::locale(), new Grouped));
  std::vector<std::future<std::string>> others;
  for (int i = 0; i < 4; ++i)
    others.push_back(std::async(std::launch::async, [&shape] { return all_text(*shape); }));
  for (std::future<std::string>& other : others) EXPECT_TRUE(other.get() == expected);
  std::locale::global(before);
}

}  // namespace
}  // namespace npuscope::testing
