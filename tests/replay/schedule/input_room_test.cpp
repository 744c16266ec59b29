// Room in the convolution buffer: rows of real tasks.
#include "replay/schedule/input_room.h"

#include <gtest/gtest.h>

namespace npuscope {
namespace {

// The first layer of osnet_x0_25_market (container version 1): 128x145 pixels of three channels of
// int8, kernel 7, stride 2, three rows of padding, 71 rows of output. It fills its nine banks to
// the last byte with the 144 rows that the output reads.
TEST(InputRoom, RowsThatNoOutputReadsTakeNone) {
  InputWindow input{.width = 128,
                    .height = 145,
                    .channels = 16,
                    .element_bytes = 1,
                    .entries = 18560,
                    .pixel_channels = 3,
                    .out_height = 71,
                    .stride = 2,
                    .kernel_height = 7,
                    .dilation = 1,
                    .pad_top = 3};
  EXPECT_EQ(lines_in_buffer(input), 144U);
  EXPECT_EQ(buffer_bytes(input), 9U * bank_bytes);
  input.out_height = 72;  // as far as the window reaches
  EXPECT_EQ(lines_in_buffer(input), 145U);
  EXPECT_GT(buffer_bytes(input), 9U * bank_bytes);
}

// A public client's task for W 76, H 7, C 416 in f16 with 11 banks: 1.23 times too much.
TEST(InputRoom, CountsEntriesOfCubes) {
  InputWindow input{.width = 76, .height = 7, .channels = 416, .out_height = 3, .kernel_height = 5};
  EXPECT_EQ(line_bytes(input), 76U * 416 * 2);
  EXPECT_NEAR(static_cast<double>(buffer_bytes(input)) / (11.0 * bank_bytes), 1.23, 0.005);
  input.entries = 1000;  // more than the data need
  EXPECT_EQ(line_bytes(input), 64000U);
}

// A stride of 0 reads one row for all rows of the output; broken registers read all.
TEST(InputRoom, NeverCountsMoreThanTheTaskHas) {
  EXPECT_EQ(lines_in_buffer({.height = 9, .out_height = 5, .stride = 0}), 1U);
  EXPECT_EQ(lines_in_buffer({.height = 9, .out_height = 100, .stride = 7, .kernel_height = 31}),
            9U);
  EXPECT_EQ(lines_in_buffer({.height = 9, .out_height = 2, .pad_top = 15}), 0U);
  EXPECT_EQ(lines_in_buffer({.height = 9, .kernel_height = 0}), 9U);
}

}  // namespace
}  // namespace npuscope
