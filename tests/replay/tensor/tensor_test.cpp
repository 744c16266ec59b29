#include "replay/tensor/tensor.h"

#include <gtest/gtest.h>

#include "replay/tensor/sizes.h"

namespace npuscope::testing {
namespace {

TEST(ElementKind, CellsHoldSixteenBytes) {
  EXPECT_EQ(lanes_per_cell(ElementKind::i8), 16U);
  EXPECT_EQ(lanes_per_cell(ElementKind::u8), 16U);
  EXPECT_EQ(lanes_per_cell(ElementKind::i16), 8U);
  EXPECT_EQ(lanes_per_cell(ElementKind::f16), 8U);
  EXPECT_EQ(lanes_per_cell(ElementKind::bf16), 8U);
  EXPECT_EQ(lanes_per_cell(ElementKind::i32), 4U);
  EXPECT_EQ(lanes_per_cell(ElementKind::f32), 4U);
  EXPECT_EQ(lanes_per_cell(ElementKind::tf32), 4U);
  EXPECT_EQ(name_of(ElementKind::tf32), "tf32");
}

TEST(PlainTensor, ImagesFollowOneAnother) {
  auto tensor = zero_tensor(ElementKind::f16, {2, 3, 4, 5});
  ASSERT_TRUE(tensor);
  EXPECT_EQ(tensor->bytes.size(), 240U);
  EXPECT_EQ(tensor->image(1).data(), tensor->bytes.data() + 120);
  EXPECT_EQ(tensor->image(1).size(), 120U);
  EXPECT_TRUE(tensor->image(2).empty());
  const PlainTensor damaged{ElementKind::f16, {2, 3, 4, 5}, std::vector<std::byte>(239)};
  EXPECT_EQ(damaged.image(0).size(), 120U);
  EXPECT_TRUE(damaged.image(1).empty());
}

TEST(PlainTensor, EmptyAndHugeTensorsAreRefused) {
  EXPECT_EQ(zero_tensor(ElementKind::i8, {1, 0, 4, 4}).error().what,
            "a tensor of 1x0x4x4 i8 elements has nothing in it");
  EXPECT_EQ(zero_tensor(ElementKind::f32, {1, 65536, 65536, 65536}).error().what,
            "a tensor of 1x65536x65536x65536 f32 elements has more than 4 GiB");
}

TEST(Sizes, StopAtTheLargestNumber) {
  EXPECT_EQ(size_sum(size_too_large - 1, 1), size_too_large);
  EXPECT_EQ(size_sum(size_too_large - 1, 7), size_too_large);
  EXPECT_EQ(size_product({1ULL << 32U, 1ULL << 31U}), 1ULL << 63U);
  EXPECT_EQ(size_product({1ULL << 32U, 1ULL << 32U}), size_too_large);
  EXPECT_EQ(size_product({size_too_large, 2, 0}), 0U);
  EXPECT_EQ(parts_of(size_too_large, 16), (1ULL << 60U));
  EXPECT_EQ(rounded_up(size_too_large, 16), size_too_large);
  EXPECT_EQ(rounded_up(49, 4), 52U);
}

}  // namespace
}  // namespace npuscope::testing
