#include "replay/tensor/pixels.h"

#include <gtest/gtest.h>

#include "replay/tensor/sizes.h"
#include "tests/replay/tensor/test_bytes.h"

namespace npuscope::testing {
namespace {

TEST(Pixels, RowsOfVendorTensors) {
  const PixelLayout f16 = pixel_layout(ElementKind::f16, 1, 40, 151);
  EXPECT_EQ(f16.row_pitch, 152U * 2U);
  EXPECT_EQ(bytes_of(f16), 12160U);  // the reserved size of 14 model files
  EXPECT_EQ(pixel_layout(ElementKind::f16, 3, 224, 224).row_pitch, 224U * 6U);
  EXPECT_EQ(pixel_layout(ElementKind::i8, 3, 10, 20).row_pitch, 32U * 3U);
  EXPECT_EQ(pixel_layout(ElementKind::u8, 4, 10, 16).row_pitch, 16U * 4U);
}

TEST(Pixels, TwoChannelsOfThreePixelsByHand) {
  PixelLayout layout = pixel_layout(ElementKind::i8, 2, 2, 3);
  layout.row_pitch = 7;
  layout.base = 1;
  const auto plain = numbered(1, 12);  // channel 0: 1 2 3 / 4 5 6, channel 1: 7 8 9 / 10 11 12
  std::vector<std::byte> memory(15, std::byte{0xee});
  ASSERT_TRUE(pack_pixels(layout, plain, PlainOrder::nchw, memory));
  const unsigned expected[] = {0xee, 1, 7, 2, 8, 3, 9, 0xee, 4, 10, 5, 11, 6, 12, 0xee};
  for (std::size_t i = 0; i < 15; ++i)
    EXPECT_EQ(std::to_integer<unsigned>(memory[i]), expected[i]) << i;
}

TEST(Pixels, EveryElementStandsWhereTheFormulaSays) {
  for (const ElementKind kind : {ElementKind::i8, ElementKind::f16, ElementKind::f32})
    for (std::uint32_t channels = 1; channels <= 4; ++channels)
      for (const PlainOrder order : {PlainOrder::nchw, PlainOrder::nhwc}) {
        PixelLayout layout = pixel_layout(kind, channels, 3, 5);
        layout.base = 32;
        const std::uint32_t element = bytes_of(kind);
        const auto plain = numbered(element, channels * 15UL);
        std::vector<std::byte> memory(bytes_of(layout));
        const auto packed = pack_pixels(layout, plain, order, memory);
        ASSERT_TRUE(packed) << packed.error().text();
        for (std::uint32_t c = 0; c < channels; ++c)
          for (std::uint32_t y = 0; y < 3; ++y)
            for (std::uint32_t x = 0; x < 5; ++x) {
              const std::size_t index =
                  order == PlainOrder::nchw ? (c * 3 + y) * 5 + x : (y * 5 + x) * channels + c;
              const std::size_t at = 32 + y * layout.row_pitch + (x * channels + c) * element;
              ASSERT_EQ(code_at(memory, element, at), element_at(plain, element, index));
            }
        std::vector<std::byte> back(plain.size());
        ASSERT_TRUE(unpack_pixels(layout, memory, order, back));
        EXPECT_EQ(back, plain);
      }
}

std::string pack_error(const PixelLayout& layout, std::size_t plain, std::size_t memory) {
  const std::vector<std::byte> from(plain);
  std::vector<std::byte> to(memory), back(plain);
  const auto packed = pack_pixels(layout, from, PlainOrder::nchw, to);
  const auto unpacked = unpack_pixels(layout, to, PlainOrder::nchw, back);
  if (packed.has_value() != unpacked.has_value()) return "the two ways differ";
  return packed ? "" : packed.error().text();
}

TEST(Pixels, ErrorsNameWhatDoesNotFit) {
  const PixelLayout layout = pixel_layout(ElementKind::f16, 3, 2, 5);  // pitch 48
  EXPECT_EQ(pack_error(layout, 60, 96), "");
  EXPECT_EQ(pack_error(layout, 60, 95), "the image reaches to byte 96, the memory has 95");
  EXPECT_EQ(pack_error(layout, 59, 96), "the plain image has 60 bytes, 59 were given");
  PixelLayout bad = layout;
  bad.row_pitch = 29;
  EXPECT_EQ(pack_error(bad, 60, 96), "a row of 5 pixels has 30 bytes, its pitch is 29");
  bad = layout;
  bad.channels = 5;
  EXPECT_EQ(pack_error(bad, 60, 96),
            "a pixel has 1 to 4 channels, not 5 (more channels are stored as a cube)");
  bad = layout;
  bad.element_bytes = 0;
  EXPECT_EQ(pack_error(bad, 60, 96), "channels of a pixel have 1, 2 or 4 bytes, not 0");
  bad = layout;
  bad.height = 0;
  EXPECT_EQ(pack_error(bad, 60, 96), "an image of 0x5 pixels is empty");
}

TEST(Pixels, NoSizeOverflows) {
  PixelLayout layout = pixel_layout(ElementKind::f32, 4, 0xffffffff, 0xffffffff);
  EXPECT_EQ(bytes_of(layout), size_too_large);
  EXPECT_NE(pack_error(layout, 64, 64), "");
  layout = pixel_layout(ElementKind::f32, 1, 1, 1);
  layout.base = size_too_large - 1;
  EXPECT_NE(pack_error(layout, 4, 64), "");
}

}  // namespace
}  // namespace npuscope::testing
