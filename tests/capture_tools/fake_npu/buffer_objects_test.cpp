// Handles, names and lifetimes of buffer objects.
#include "capture_tools/fake_npu/buffer_objects.h"

#include <gtest/gtest.h>

namespace npuscope::fake {
namespace {

BufferPointer object() {
  return std::make_shared<BufferObject>();
}

TEST(Handles, CountFromOneAndAreReusedLowestFirst) {
  Handles handles;
  EXPECT_EQ(handles.add(object()), 1U);
  EXPECT_EQ(handles.add(object()), 2U);
  EXPECT_EQ(handles.add(object()), 3U);
  EXPECT_TRUE(handles.remove(1));
  EXPECT_TRUE(handles.remove(2));
  EXPECT_EQ(handles.add(object()), 1U);
  EXPECT_EQ(handles.add(object()), 2U);
  EXPECT_EQ(handles.add(object()), 4U);
}

TEST(Handles, OneObjectHasOneHandle) {
  Handles handles;
  const BufferPointer first = object(), second = object();
  EXPECT_EQ(handles.add(first), 1U);
  EXPECT_EQ(handles.add(second), 2U);
  EXPECT_EQ(handles.add(first), 1U);
  // Also where a lower handle became free.
  EXPECT_TRUE(handles.remove(1));
  EXPECT_EQ(handles.add(second), 2U);
  EXPECT_EQ(handles.all().size(), 1U);
}

TEST(Handles, LeadToTheirObjects) {
  Handles handles;
  const BufferPointer made = object();
  const std::uint32_t handle = handles.add(made);
  EXPECT_EQ(handles.find(handle), made);
  EXPECT_EQ(handles.find(handle + 1), nullptr);
  EXPECT_EQ(handles.find(0), nullptr);
  EXPECT_FALSE(handles.remove(0));
  EXPECT_TRUE(handles.remove(handle));
  EXPECT_FALSE(handles.remove(handle)) << "twice";
  EXPECT_EQ(handles.find(handle), nullptr);
}

class Objects : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = MemoryFile::create();
    ASSERT_TRUE(made) << made.error().text();
    memory_ = std::make_unique<MemoryFile>(std::move(*made));
  }
  std::unique_ptr<MemoryFile> memory_;
};

TEST_F(Objects, AreWholePagesOfZeros) {
  BufferObjects objects(*memory_, Growth::down);
  const BufferPointer made = objects.create(5000, 3);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->requested, 5000U);
  EXPECT_EQ(made->flags, 3U);
  EXPECT_EQ(made->address, 0xffffe000U);
  ASSERT_EQ(made->bytes.size(), 8192U);
  for (const std::byte each : made->bytes) ASSERT_EQ(each, std::byte{0});
  EXPECT_EQ(objects.create(0, 0), nullptr);
  EXPECT_EQ(objects.create(~std::uint64_t{0}, 0), nullptr);
}

TEST_F(Objects, LiveAsLongAsSomethingLeadsToThem) {
  BufferObjects objects(*memory_, Growth::down);
  BufferPointer made = objects.create(4096, 0);
  ASSERT_TRUE(made);
  const std::uint64_t address = made->object, offset = made->offset;
  Handles handles;
  handles.add(made);
  made.reset();
  EXPECT_NE(objects.at_object_address(address), nullptr);
  EXPECT_NE(objects.at_offset(offset), nullptr);
  EXPECT_EQ(objects.live().size(), 1U);
  EXPECT_TRUE(handles.remove(1));
  EXPECT_EQ(objects.at_object_address(address), nullptr);
  EXPECT_EQ(objects.at_offset(offset), nullptr);
  EXPECT_TRUE(objects.live().empty());
  // Its device address is free, its place in the file is not given again.
  made = objects.create(4096, 0);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->address, 0xfffff000U);
  EXPECT_NE(made->offset, offset);
}

TEST_F(Objects, HaveNamesWhenTheyAreAskedFor) {
  BufferObjects objects(*memory_, Growth::up);
  const BufferPointer first = objects.create(4096, 0), second = objects.create(4096, 0);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(objects.named(0), nullptr) << "no name is 0, and both have none yet";
  const std::uint32_t name = objects.name(second);
  EXPECT_EQ(objects.name(second), name);
  EXPECT_NE(objects.name(first), name);
  EXPECT_EQ(objects.named(name), second);
  EXPECT_EQ(objects.named(99), nullptr);
}

TEST_F(Objects, MayOutliveTheDevice) {
  BufferPointer made;
  {
    BufferObjects objects(*memory_, Growth::up);
    made = objects.create(4096, 0);
    ASSERT_TRUE(made);
  }
  made->bytes[4095] = std::byte{1};
  made.reset();
}

}  // namespace
}  // namespace npuscope::fake
