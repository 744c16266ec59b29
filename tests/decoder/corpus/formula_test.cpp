// Formulas are found from numbers alone, with exceptions among them, and hold for other numbers.
#include "decoder/corpus/formula.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

namespace npuscope::corpus {
namespace {

using Rule = std::function<std::int64_t(std::int64_t width, std::int64_t height,
                                        std::int64_t channels, std::int64_t kernels)>;

std::vector<Sample> samples_of(const Rule& rule, unsigned seed, std::size_t count = 120) {
  std::mt19937 random(seed);
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < count; ++i) {
    const auto below = [&](std::uint64_t end) { return static_cast<std::int64_t>(random() % end); };
    const std::int64_t width = 1 + below(150), height = 1 + below(150);
    const std::int64_t channels = 8 * (1 + below(60)), kernels = 1 + below(500);
    const std::int64_t kernel = 1 + 2 * below(3);
    Sample sample;
    sample.variables = {
        width,  height,  height, channels, channels, width - kernel + 1, height - kernel + 1,
        height, kernels, kernel, kernel,   2};
    sample.operation = {"conv"};
    sample.layer = random();
    sample.target = rule(width, height, channels, kernels);
    samples.push_back(sample);
  }
  return samples;
}

// Found from some numbers, right for others.
void expect_found(const Rule& rule) {
  const Fit fit = fit_formula(samples_of(rule, 1));
  ASSERT_TRUE(fit.found);
  EXPECT_EQ(fit.support, fit.samples) << fit.formula.text();
  EXPECT_EQ(fit.held_out, fit.unseen);
  EXPECT_GT(fit.unseen, 30U);
  for (const Sample& sample : samples_of(rule, 2))
    ASSERT_EQ(fit.formula.of(sample), sample.target) << fit.formula.text();
}

TEST(Formula, EachFormIsFound) {
  expect_found([](auto, auto, auto, auto) { return 9; });
  expect_found([](auto w, auto, auto, auto) { return 4 * w; });
  expect_found([](auto, auto, auto c, auto k) { return 18 * c * k - 1; });
  expect_found([](auto w, auto h, auto, auto) { return w * (h - 4); });
  expect_found([](auto w, auto, auto c, auto) { return (w * c + 31) / 32; });
  expect_found([](auto w, auto h, auto, auto) { return 2 * ((w * h + 3) / 4 * 4); });
  expect_found([](auto w, auto h, auto, auto) { return (w * h + 3) / 4 * 4 - 4 * w; });
  expect_found([](auto, auto, auto c, auto) { return (c - 1) % 64; });
  expect_found([](auto, auto, auto c, auto k) { return std::min(c, k); });
  expect_found([](auto, auto, auto c, auto k) { return std::max(c, k) - 1; });
  expect_found([](auto, auto, auto, auto k) { return (k + 15) / 16 * 16 - 1; });
}

TEST(Formula, AQuarterOfExceptionsIsListedAndDoesNotHideTheRule) {
  auto samples = samples_of([](auto w, auto h, auto, auto) { return w * h; }, 3);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < samples.size(); i += 4, ++wrong) samples[i].target = -7;
  const Fit fit = fit_formula(samples);
  ASSERT_TRUE(fit.found);
  EXPECT_EQ(fit.formula.text(), "width * height");
  ASSERT_EQ(fit.counterexamples.size(), wrong);
  EXPECT_EQ(fit.counterexamples.front().first.target, -7);
}

// A surface of one element is not padded. Source: specification of the schedules, section 0.
TEST(Formula, OneAloneIsNotPadded) {
  auto samples = samples_of([](auto w, auto, auto, auto) { return w; }, 6);
  for (Sample& sample : samples) {
    std::int64_t& width = sample.variables[0];
    width = width % 10 + 1;
    sample.target = width == 1 ? 1 : (width + 3) / 4 * 4;
  }
  const Fit fit = fit_formula(samples);
  EXPECT_EQ(fit.formula.text(), "pad(width, 4)");
  EXPECT_EQ(fit.support, fit.samples);
}

TEST(Formula, NumbersThatMeetAFewByChanceAreNoRule) {
  // Six operators of some tiles each, with a number for each operator that nothing explains.
  std::mt19937 random(11);
  auto samples = samples_of([](auto, auto, auto, auto) { return 0; }, 8, 24);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Sample& first = samples[i / 4 * 4];
    if (i % 4 == 0) samples[i].target = static_cast<std::int64_t>(random() % 100000);
    const std::int64_t rows = samples[i].variables[2];
    samples[i].variables = first.variables;
    samples[i].variables[2] = rows;
    samples[i].layer = first.layer;
    samples[i].target = first.target;
  }
  const Fit fit = fit_formula(samples);
  EXPECT_FALSE(fit.found) << fit.formula.text();
  EXPECT_EQ(fit.reason, "right for less than two thirds") << fit.formula.text();
}

TEST(Formula, OneOperatorAloneProvesNothing) {
  auto samples = samples_of([](auto w, auto, auto, auto) { return w; }, 9, 12);
  for (Sample& sample : samples) sample.layer = 5;
  const Fit fit = fit_formula(samples);
  EXPECT_EQ(fit.unseen, 0U);
  EXPECT_FALSE(fit.found);
  EXPECT_NE(fit.reason.find("nothing to check it with"), std::string::npos) << fit.reason;
}

TEST(Formula, EqualOperatorsAreOnOneSide) {
  auto samples = samples_of([](auto w, auto, auto, auto) { return w; }, 10, 40);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i].layer = i % 4;
  EXPECT_EQ(fit_formula(samples).unseen, 20U);  // two of four operators, ten times each
}

TEST(Formula, KindsAreToldApartOnlyWhereTheyDiffer) {
  auto samples = samples_of([](auto w, auto h, auto, auto) { return w * h; }, 12);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i].operation = {"conv", i % 2 == 0 ? " of an input" : ""};
  auto fits = fit_operations(samples);
  ASSERT_EQ(fits.size(), 1U);
  EXPECT_EQ(fits[0].operation, "conv");
  for (Sample& sample : samples)
    if (sample.operation[1].empty()) sample.target = sample.variables[3];
  fits = fit_operations(samples);
  ASSERT_EQ(fits.size(), 2U);
  EXPECT_EQ(fits[0].operation, "conv");
  EXPECT_EQ(fits[0].formula.text(), "channels");
  ASSERT_EQ(fits[0].equals.size(), 1U);  // these samples have no padded channels
  EXPECT_EQ(fits[0].equals[0].text(), "real_channels");
  EXPECT_EQ(fits[1].operation, "conv of an input");
  EXPECT_EQ(fits[1].formula.text(), "width * height");
  EXPECT_TRUE(fit_operations({}).empty());
}

TEST(Formula, NoiseHasNone) {
  std::mt19937 random(5);
  const Fit fit = fit_formula(samples_of(
      [&](auto, auto, auto, auto) { return static_cast<std::int64_t>(random() % 100000); }, 4));
  EXPECT_FALSE(fit.found);
}

TEST(Formula, TextsAreArithmetic) {
  const Term width{{Variable::width, Rounding::none, 1}};
  const Term rounded{{Variable::channels, Rounding::tail, 32},
                     {Variable::kernels, Rounding::none, 1}};
  EXPECT_EQ((Formula{Form::linear, -4, 1, 0, 1, width, {}}.text()), "-4 * width + 1");
  EXPECT_EQ((Formula{Form::divided, 1, -1, 0, 32, rounded, {}}.text()),
            "ceil(tail(channels, 32) * kernels / 32) - 1");
  EXPECT_EQ((Formula{Form::two_terms, 1, -4, 0, 4, rounded, width}.text()),
            "align(tail(channels, 32) * kernels, 4) - 4 * width");
  EXPECT_EQ((Formula{Form::constant, 1, 0, 0, 1, {}, {}}.text()), "0");
}

TEST(Formula, ATailTakesAPowerOfTwo) {
  Sample sample;
  const Factor tail{Variable::width, Rounding::tail, 32};
  const std::int64_t facts[][2]{{32, 32}, {33, 40}, {40, 40}, {41, 48},
                                {48, 48}, {56, 64}, {17, 32}};
  for (const auto& [value, expected] : facts) {
    sample.variables[0] = value;
    EXPECT_EQ(tail.of(sample), expected) << value;
  }
}

}  // namespace
}  // namespace npuscope::corpus
