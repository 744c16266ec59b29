#include <filesystem>

#include "decoder/evidence.h"
#include "tests/decoder/input/text_helpers.h"

namespace npuscope {
namespace {

using namespace testing;

std::string document(const std::string& rows,
                     const std::string& amounts = "[108, 12, 12, 19, 26]") {
  return R"({"slug": "made", "dump_dir": "d", "task_count": 5, "amounts": )" + amounts +
         R"(, "masks": [13, 13, 13, 13, 96],
        "regcmd_addrs": ["0x1000", "0x1400", "0x1480", "0x1500", "0x1600"], "body_rows": )" +
         rows + "}";
}

const std::string four_rows =
    R"([{"wdma_size0": 1, "wdma_size1": 2, "dma_con2": 268435453},
        {"wdma_size0": null, "wdma_size1": null, "dma_con2": null},
        {"wdma_size0": 5, "wdma_size1": 6, "dma_con2": null},
        {"wdma_size0": 7, "wdma_size1": 8, "dma_con2": 0}])";

TEST(DecodedJsonReader, NullIsNotZeroAndShiftedColumnsAreDoubtful) {
  const auto capture = read_decoded_json(in_memory(document(four_rows), "a.json"));
  ASSERT_TRUE(capture) << capture.error().text();
  const DecodedJson& json = *capture->evidence;
  ASSERT_EQ(json.rows.size(), 4u);
  EXPECT_EQ(json.rows[0].value("dma_con2"), 0x0ffffffdu);
  EXPECT_EQ(json.rows[1].value("dma_con2"), std::nullopt);
  EXPECT_EQ(json.rows[3].value("dma_con2"), 0u);
  EXPECT_TRUE(json.rows[0].doubtful.empty());
  EXPECT_EQ(json.rows[2].doubtful, (std::vector<std::string>{"wdma_size0", "wdma_size1"}));
  EXPECT_EQ(json.rows[3].doubtful, (std::vector<std::string>{"wdma_size1"}));
  EXPECT_EQ(json.addresses[1], 0x1400u);
  EXPECT_EQ(json.slug, "made");
}

TEST(DecodedJsonReader, ListsThatDoNotFitAreWarned) {
  const auto capture = read_decoded_json(in_memory(document("[]", "[1, 2]"), "a.json"));
  ASSERT_TRUE(capture);
  EXPECT_TRUE(says(*capture, "different lengths"));
  EXPECT_TRUE(says(*capture, "\"task_count\" does not fit"));
}

std::string error_of(const std::string& text) {
  const auto capture = read_decoded_json(in_memory(text, "a.json"));
  return capture ? "(read)" : capture.error().text();
}

TEST(DecodedJsonReader, ErrorsNameThePlace) {
  const std::string advice = " (make the file again with the capture harness)";
  EXPECT_EQ(
      error_of("{\"body_rows\": [1,"),
      "a.json, byte 0x11: this is no valid JSON: it breaks off or has a wrong character here" +
          advice);
  EXPECT_EQ(error_of("[]"), "a.json: the document is no object" + advice);
  EXPECT_EQ(error_of("{}"), "a.json: \"body_rows\" is missing or no list" + advice);
  EXPECT_EQ(error_of(document("[{\"cbuf0\": -1}]")),
            "a.json: body_rows[0].cbuf0 is no number of 32 bits and not null" + advice);
  EXPECT_EQ(error_of(document("[{}, 7]")), "a.json: body_rows[1] is no object" + advice);
  EXPECT_EQ(error_of(document("[]", "[1, 4294967296]")),
            "a.json: amounts[1] is no number of 32 bits" + advice);
  EXPECT_EQ(error_of(document("[]", "7")), "a.json: \"amounts\" is no list" + advice);
  EXPECT_EQ(error_of(R"({"body_rows": [], "regcmd_addrs": [1]})"),
            "a.json: regcmd_addrs[0] is no address such as \"0xffc34000\"" + advice);
}

TEST(DecodedJsonReader, DeepNestingIsRefusedWithoutRecursion) {
  const std::string deep(1'000'000, '[');
  EXPECT_NE(error_of("{\"body_rows\": " + deep), "(read)");
  EXPECT_EQ(error_of("{\"x\": " + std::string(20, '[') + std::string(20, ']') + "}"),
            "a.json: nested deeper than 8 levels (make the file again with the capture harness)");
}

TEST(DecodedJsonReader, EveryPublicFile) {
  NPUSCOPE_NEEDS_CORPUS();
  std::size_t files = 0;
  std::size_t rows = 0;
  std::size_t doubtful_null = 0;
  std::size_t doubtful_present = 0;
  for (const auto& entry : std::filesystem::directory_iterator(corpus_path("decoded-json"))) {
    const auto captures = read_input(entry.path().string());
    ASSERT_TRUE(captures) << captures.error().text();
    const Capture& capture = captures->front();
    ASSERT_TRUE(capture.evidence);
    EXPECT_TRUE(capture.diagnostics.empty()) << entry.path();
    ++files;
    for (const EvidenceRow& row : capture.evidence->rows) {
      ++rows;
      EXPECT_EQ(row.values.size(), 23u);
      for (const std::string& key : row.doubtful) {
        (row.value(key) ? doubtful_present : doubtful_null) += key == "wdma_size0";
      }
    }
  }
  EXPECT_EQ(files, 35u);
  EXPECT_EQ(rows, 295u);
  EXPECT_EQ(doubtful_null, 9u);  // of sixteen 12-word rows
  EXPECT_EQ(doubtful_present, 7u);
}

}  // namespace
}  // namespace npuscope
