// The real captures: counts are those of the manifest, duplicates are found, and the formulas of
// the schedule are found again from the store alone. Source: specification of the schedules,
// section 6.
#include "decoder/corpus/formula.h"
#include "decoder/corpus/store_reader.h"
#include "tests/decoder/corpus/corpus_helpers.h"
#include "tests/support/manifest.h"

namespace npuscope::testing {
namespace {

// Built once for all tests of this file.
const std::string& real_store() {
  static const Folder folder;
  static const std::string store = [] {
    build(folder.path("store"), build_options(corpus_path("")));
    return folder.path("store");
  }();
  return store;
}

TEST(RealCorpus, CountsAreThoseOfTheManifest) {
  NPUSCOPE_NEEDS_CORPUS();
  std::size_t checked = 0;
  for (const ManifestRow& row : manifest()) {
    if (!row.has("tasks")) continue;
    const std::string where = fmt::format(
        " WHERE content = (SELECT content FROM files WHERE path = '{}')", corpus_path(row.path));
    // Dumps are counted together, in their folder; other chips are not decoded.
    if (row.path.starts_with("gem-raw/") || row.path.starts_with("rknn/other-chips/")) continue;
    EXPECT_EQ(ask(real_store(), "SELECT count(*) FROM tasks" + where), row.number("tasks"))
        << row.path;
    if (row.has("records")) {
      EXPECT_EQ(ask(real_store(), "SELECT count(*) FROM records" + where), row.number("records"))
          << row.path;
    }
    if (row.has("record_words")) {
      EXPECT_EQ(ask(real_store(), "SELECT coalesce(sum(known_words), 0) FROM records" + where),
                row.number("record_words"))
          << row.path;
    }
    ++checked;
  }
  EXPECT_GT(checked, 60U);
}

TEST(RealCorpus, EqualProgramsAreLinked) {
  NPUSCOPE_NEEDS_CORPUS();
  std::size_t checked = 0;
  for (const ManifestRow& row : manifest()) {
    if (!row.has("equal_apart_from_addresses")) continue;
    std::stringstream others(row.text("equal_apart_from_addresses"));
    for (std::string other; others >> other; ++checked) {
      const std::string form =
          "(SELECT form FROM programs JOIN files USING(content) WHERE cores = 1 AND path = '{}')";
      EXPECT_EQ(ask(real_store(), fmt::format(fmt::runtime("SELECT " + form + " = " + form),
                                              corpus_path(row.path),
                                              corpus_path("decoded-json/" + other + ".json"))),
                1)
          << row.path << " " << other;
    }
  }
  EXPECT_GT(checked, 10U);
}

// The formulas of a field, one for each kind of convolution.
std::vector<corpus::Fit> infer(const std::string& name) {
  auto database = corpus::open_store(real_store());
  const auto found = query::find_reference(RegisterDb::builtin(), name);
  EXPECT_TRUE(found) << name;
  return corpus::fit_operations(corpus::shape_samples(*database, found->reference));
}

struct Fact {
  const char* field;
  const char* operation;
  const char* formula;
  double least;  // share of the combinations that follow it
};

// Exceptions that the source knows: depthwise records with GROUP_LINE_OFF are another operation; a
// text with a part of a program does not show its whole input; compilers before 1.6.1 do not take
// the channels modulo 64.
TEST(RealCorpus, TheFormulasOfTheScheduleAreFoundAgain) {
  NPUSCOPE_NEEDS_CORPUS();
  const Fact facts[]{
      {"cna.cbuf_con1.data_entries", "conv, i8", "ceil(tail(channels, 64) * width / 64)", 1},
      {"cna.cbuf_con1.data_entries", "depthwise",
       "ceil(tail(channels, 32) * width * element_bytes / 64)", 0.95},
      {"cna.cbuf_con1.data_entries", "conv of pixels", "align(width, 4) * rows", 1},
      {"cna.data_size1.datain_channel", "conv", "channels", 1},
      {"cna.data_size1.datain_channel_real", "conv of an input", "(channels - 1) mod 64", 1},
      {"cna.data_size1.datain_channel_real", "conv, i8 (compiler 2.3.2)",
       "(real_channels - 1) mod 64", 1},
      {"cna.data_size1.datain_channel_real", "conv of pixels", "real_channels - 1", 1},
      {"cna.data_size1.datain_channel_real", "depthwise", "(real_channels - 1) mod 64", 0.98},
      {"cna.dma_con2.surf_stride", "conv", "pad(width * height, 4) - 4 * width", 1},
      {"cna.dma_con2.surf_stride", "conv of an input", "width * height - 4 * width", 1},
      {"cna.dma_con2.surf_stride", "conv of pixels", "width * height - width", 0.93},
      {"cna.dma_con2.surf_stride", "depthwise, i8", "align(width * height, 4) - 4 * width", 1},
      {"cna.weight_size0", "conv, i8",
       "2 * ceil(kernels / 2) * channels * kernel_width * kernel_height", 1},
      {"cna.weight_size0", "conv of pixels", "16 * kernels * kernel_width * kernel_height", 1},
      {"cna.weight_size1", "conv",
       "tail(channels, 32) * kernel_width * kernel_height * element_bytes", 1},
      {"cna.weight_size1", "depthwise",
       "tail(channels, 32) * kernel_width * kernel_height * element_bytes", 1},
      {"cna.weight_size2.weight_kernels", "conv", "align(kernels, 2)", 1},
      {"cna.weight_size2.weight_kernels", "depthwise", "1", 1},
      {"dpu.dst_surf_stride.dst_surf_stride", "conv", "pad(out_width * out_height, 4)", 1},
      {"dpu.dst_surf_stride.dst_surf_stride", "depthwise", "pad(out_width * out_height, 4)", 0.98},
      {"dpu.surface_add.surf_add", "conv", "2 * pad(out_width * out_height, 4)", 1},
      {"dpu.surface_add.surf_add", "depthwise, f16", "4 * pad(out_width * out_height, 4)", 1},
  };
  std::map<std::string, std::vector<corpus::Fit>> inferred;
  for (const Fact& fact : facts) {
    if (!inferred.contains(fact.field)) inferred[fact.field] = infer(fact.field);
    const auto& fits = inferred[fact.field];
    const auto fit = std::ranges::find(fits, fact.operation, &corpus::Fit::operation);
    ASSERT_NE(fit, fits.end()) << fact.field << " in " << fact.operation;
    EXPECT_TRUE(fit->found) << fact.field << " in " << fact.operation;
    EXPECT_EQ(fit->formula.text(), fact.formula) << fact.field << " in " << fact.operation;
    EXPECT_GE(static_cast<double>(fit->support), fact.least * static_cast<double>(fit->samples));
    EXPECT_GT(fit->unseen, 0U);
  }
}

// Its formula has a maximum of two terms that are not in the family.
TEST(RealCorpus, WhatTheFamilyDoesNotHaveIsNotFound) {
  NPUSCOPE_NEEDS_CORPUS();
  auto database = corpus::open_store(real_store());
  const auto field = query::find_reference(RegisterDb::builtin(), "cna.conv_con2.feature_grains");
  std::vector<corpus::Sample> depthwise;
  for (const corpus::Sample& sample : corpus::shape_samples(*database, field->reference))
    if (sample.operation[0] == "depthwise") depthwise.push_back(sample);
  const corpus::Fit fit = corpus::fit_formula(depthwise);
  EXPECT_FALSE(fit.found) << fit.formula.text();
  EXPECT_GT(fit.samples, 100U);
}

// Three rows of three pixels: 3 * (3 - 4), as 28 bits of two's complement.
TEST(RealCorpus, NegativeStepsAreNumbersLikeOthers) {
  NPUSCOPE_NEEDS_CORPUS();
  auto database = corpus::open_store(real_store());
  const auto field = query::find_reference(RegisterDb::builtin(), "cna.dma_con2.surf_stride");
  std::size_t negative = 0;
  for (const corpus::Sample& sample : corpus::shape_samples(*database, field->reference)) {
    if (sample.operation[0] != "conv" || sample.operation[1] != " of an input" ||
        sample.variables[0] != 3 || sample.variables[1] != 3)
      continue;
    EXPECT_EQ(sample.target, -3);
    ++negative;
  }
  EXPECT_GT(negative, 0U);
}

}  // namespace
}  // namespace npuscope::testing
