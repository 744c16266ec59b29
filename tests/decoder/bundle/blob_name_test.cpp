#include "decoder/bundle/blob_name.h"

#include "decoder/bundle/json_text.h"
#include "tests/decoder/input/text_helpers.h"

namespace npuscope::testing {
namespace {

TEST(BlobName, IsWhatXxh128sumPrints) {
  EXPECT_EQ(blob_name({}), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(blob_name(in_memory("abc").bytes), "06b05ab6733a618578af5f94892f3950");
  EXPECT_EQ(blob_name(in_memory(std::string(4096, '\0')).bytes),
            "3ee8dc4f9e7ee49593d76fe148c689ba");
}

TEST(BlobName, NothingElseIsAName) {
  EXPECT_TRUE(is_blob_name("99aa06d3014798d86001c324468d497f"));
  for (const char* name : {"", "..", "99aa06d3014798d86001c324468d497", "/etc/passwd",
                           "99aa06d3014798d86001c324468d497f0", "99AA06D3014798D86001C324468D497F",
                           "../aa06d3014798d86001c324468d497", "99aa06d3014798d86001c324468d497/"})
    EXPECT_FALSE(is_blob_name(name)) << name;
}

TEST(JsonText, EveryTextSurvives) {
  using namespace std::string_literals;
  for (const std::string& text :
       {""s, "plain"s, "\"quotes\" \\ \n \x1b[0m"s, "nul \0 inside"s, "\xc3\xa4 \xe2\x82\xac"s,
        "\xf0\x9f\x98\x80"s, "\xff\xfe"s, "\xc3"s, "\xed\xa0\x80"s, "\xc0\x80"s, "\xe0\x80\x80"s,
        "\xf4\x90\x80\x80"s, "\xf0\x80\x80\x80"s, "\x80"s}) {
    const auto json = json_of_text(text);
    EXPECT_EQ(json.is_string(), is_utf8(text));
    // As it travels: written, parsed, read.
    EXPECT_EQ(text_of_json(nlohmann::json::parse(json.dump())), text) << json.dump();
  }
  EXPECT_EQ(json_of_text("a\xff").dump(), R"({"base16":"61ff"})");
}

TEST(JsonText, OtherValuesAreNone) {
  for (const char* text : {"1", "null", "[]", "{}", R"({"base16":"6"})", R"({"base16":"6g"})",
                           R"({"base16":1})", R"({"base16":"61","more":1})"})
    EXPECT_FALSE(text_of_json(nlohmann::json::parse(text))) << text;
  for (const char* text : {"16", R"("16")", R"("0x")", R"("0x12345678901234567")", R"("0x1g")"})
    EXPECT_FALSE(number_of_json(nlohmann::json::parse(text))) << text;
  EXPECT_EQ(number_of_json(nlohmann::json::parse(R"("0xffffffffffffffff")")), ~std::uint64_t{0});
  EXPECT_EQ(json_of_number(0x10), "0x0000000000000010");
}

}  // namespace
}  // namespace npuscope::testing
