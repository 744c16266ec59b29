// Where the kernel log stands, from records as Documentation/ABI/testing/dev-kmsg has them.
#include <gtest/gtest.h>

#include "replay/host/kernel_log.h"

namespace npuscope::host {
namespace {

TEST(KernelCursor, IsTheSequenceOfTheLastRecord) {
  const std::string first = "6,339,5140900,-;NET: Registered protocol family 10\n";
  const std::string last = "30,1042,5690716,-;udevd[80]: starting version 181\n";
  EXPECT_EQ(last_record(first).sequence, 339u);
  EXPECT_EQ(last_record(first + last).sequence, 1042u);
  EXPECT_EQ(last_record(first + last).text(), "sequence 1042");
}

TEST(KernelCursor, SaysWhyThereIsNone) {
  EXPECT_EQ(last_record("").text(), "not readable: the kernel log is empty");
  for (const char* const text :
       {"[    5.1] usb 1-1: reset", "6,", "6;339", "\n\n", "6,99999999999999999999999,1"})
    EXPECT_FALSE(last_record(text).sequence) << text;
}

}  // namespace
}  // namespace npuscope::host
