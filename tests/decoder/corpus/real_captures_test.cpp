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

// The formula of a field for one kind of convolution.
corpus::Fit infer(const std::string& name, const std::string& operation) {
  auto database = corpus::open_store(real_store());
  const auto found = query::find_reference(RegisterDb::builtin(), name);
  EXPECT_TRUE(found) << name;
  std::vector<corpus::Sample> samples;
  for (const corpus::Sample& sample : corpus::shape_samples(*database, found->reference))
    if (sample.operation == operation) samples.push_back(sample);
  return corpus::fit_formula(samples);
}

struct Fact {
  const char* field;
  const char* operation;
  const char* formula;
  double least;  // share of the combinations that follow it
};

TEST(RealCorpus, TheFormulasOfTheScheduleAreFoundAgain) {
  NPUSCOPE_NEEDS_CORPUS();
  const Fact facts[]{
      {"cna.cbuf_con1.data_entries", "conv f16", "ceil(tail(channels, 32) * width / 32)", 1},
      {"cna.cbuf_con1.data_entries", "depthwise f16", "ceil(tail(channels, 32) * width / 32)",
       0.85},
      {"cna.data_size1.datain_channel", "conv f16", "channels", 1},
      {"cna.data_size1.datain_channel_real", "depthwise f16", "(channels - 1) mod 64", 0.9},
      {"cna.dma_con2.surf_stride", "conv f16", "width * height - 4 * width", 0.85},
      {"cna.dma_con2.surf_stride", "conv i8", "align(width * height, 4) - 4 * width", 0.9},
      {"cna.dma_con2.surf_stride", "depthwise i8", "align(width * height, 4) - 4 * width", 1},
      {"cna.weight_size0", "depthwise f16", "2 * tail(channels, 32) * kernel_width * kernel_height",
       1},
      {"cna.weight_size1", "depthwise f16", "2 * tail(channels, 32) * kernel_width * kernel_height",
       1},
      {"cna.weight_size2.weight_kernels", "conv f16", "kernels", 1},
      {"cna.weight_size2.weight_kernels", "depthwise f16", "1", 1},
      {"dpu.dst_surf_stride.dst_surf_stride", "conv f16", "align(out_width * out_height, 4)", 0.95},
      {"dpu.surface_add.surf_add", "conv f16", "2 * align(out_width * out_height, 4)", 0.95},
  };
  for (const Fact& fact : facts) {
    const corpus::Fit fit = infer(fact.field, fact.operation);
    ASSERT_TRUE(fit.found) << fact.field;
    EXPECT_EQ(fit.formula.text(), fact.formula) << fact.field << " in " << fact.operation;
    EXPECT_GE(static_cast<double>(fit.support), fact.least * static_cast<double>(fit.samples));
  }
}

// Three rows of three pixels: 3 * (3 - 4), as 28 bits of two's complement.
TEST(RealCorpus, NegativeStepsAreNumbersLikeOthers) {
  NPUSCOPE_NEEDS_CORPUS();
  const corpus::Fit fit = infer("cna.dma_con2.surf_stride", "conv f16");
  auto database = corpus::open_store(real_store());
  const auto field = query::find_reference(RegisterDb::builtin(), "cna.dma_con2.surf_stride");
  std::size_t negative = 0;
  for (const corpus::Sample& sample : corpus::shape_samples(*database, field->reference)) {
    if (sample.operation != "conv f16" || sample.target >= 0 || sample.variables[0] != 3) continue;
    EXPECT_EQ(sample.target, -3);
    EXPECT_EQ(fit.formula.of(sample), -3);
    ++negative;
  }
  EXPECT_GT(negative, 0U);
}

}  // namespace
}  // namespace npuscope::testing
