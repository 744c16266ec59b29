#include "capture_tools/fake_npu/device_addresses.h"

#include <gtest/gtest.h>

namespace npuscope::fake {
namespace {

constexpr std::uint64_t page = 4096;

TEST(DeviceAddresses, GoDownFromTheTopOf32Bits) {
  DeviceAddresses addresses(Growth::down);
  EXPECT_EQ(addresses.take(65536), 0xffff0000U);
  EXPECT_EQ(addresses.take(page), 0xfffee000U) << "an unmapped page lies between";
  EXPECT_EQ(addresses.take(2 * page), 0xfffeb000U);
}

TEST(DeviceAddresses, GoUpFromZero) {
  DeviceAddresses addresses(Growth::up);
  EXPECT_EQ(addresses.take(page), 0U);
  EXPECT_EQ(addresses.take(page), 0x2000U);
  EXPECT_EQ(addresses.take(3 * page), 0x4000U);
}

class AnyGrowth : public ::testing::TestWithParam<Growth> {};

TEST_P(AnyGrowth, GivesAgainWhatWasGivenBack) {
  DeviceAddresses addresses(GetParam());
  const auto first = addresses.take(4 * page), second = addresses.take(page);
  ASSERT_TRUE(first && second);
  addresses.give_back(*first);
  EXPECT_NE(addresses.take(5 * page), first) << "too large for the gap";
  EXPECT_EQ(addresses.take(4 * page), first);
}

TEST_P(AnyGrowth, KeepsAPageOnBothSidesOfAGap) {
  DeviceAddresses addresses(GetParam());
  const auto above = addresses.take(page), middle = addresses.take(3 * page),
             below = addresses.take(page);
  ASSERT_TRUE(above && middle && below);
  addresses.give_back(*middle);
  const auto small = addresses.take(page), next = addresses.take(page);
  ASSERT_TRUE(small && next);
  EXPECT_EQ(*small, GetParam() == Growth::up ? *middle : *middle + 2 * page);
  EXPECT_EQ(*next, GetParam() == Growth::up ? *middle + 2 * page : *middle)
      << "two buffers of a page and a page between them fill three";
}

TEST_P(AnyGrowth, EndsWhereThereIsNoMore) {
  DeviceAddresses addresses(GetParam());
  EXPECT_FALSE(addresses.take(0));
  EXPECT_FALSE(addresses.take((std::uint64_t{1} << 32) + page));
  EXPECT_FALSE(addresses.take(~std::uint64_t{0}));
  EXPECT_TRUE(addresses.take(std::uint64_t{1} << 31));
  EXPECT_FALSE(addresses.take(std::uint64_t{1} << 31)) << "the page between them is missing";
  EXPECT_TRUE(addresses.take((std::uint64_t{1} << 31) - page));
  EXPECT_FALSE(addresses.take(page));
}

TEST_P(AnyGrowth, HoldsOneBufferOfEverything) {
  DeviceAddresses addresses(GetParam());
  EXPECT_EQ(addresses.take(std::uint64_t{1} << 32), 0U);
  EXPECT_FALSE(addresses.take(page));
}

INSTANTIATE_TEST_SUITE_P(Fake, AnyGrowth, ::testing::Values(Growth::down, Growth::up),
                         [](const auto& test) { return test.param == Growth::up ? "up" : "down"; });

}  // namespace
}  // namespace npuscope::fake
