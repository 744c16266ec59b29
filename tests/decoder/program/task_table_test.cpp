// The strict test of task tables: each condition alone, runs, copies, and foreign tables.
#include "decoder/program/task_table.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "tests/support/synthetic_stream.h"

namespace npuscope::testing {
namespace {

Capture one_buffer(const std::vector<Task>& tasks, std::size_t before = 0) {
  std::vector<std::byte> bytes(before, std::byte{0x5a});
  const auto table = bytes_of(tasks);
  bytes.insert(bytes.end(), table.begin(), table.end());
  bytes.resize(bytes.size() + 80);
  Capture capture;
  add_buffer(capture, "GEM 1", std::move(bytes));
  return capture;
}

TEST(StrictTaskTest, AcceptsWhatVendorTablesHold) {
  for (const std::uint32_t mask : {0x0dU, 0x18U, 0x1dU, 0x60U})
    EXPECT_TRUE(is_vendor_task(vendor_task(0xfff9c800, 108, mask)));
  // op_idx is a node index of the graph: any number. int_status changes when the task ran.
  Task task = vendor_task(0x40, 4, 0x60, 0xffffffff);
  task.int_status = 0x800;
  task.regcfg_offset = 12345;
  EXPECT_TRUE(is_vendor_task(task));
}

TEST(StrictTaskTest, EachConditionAloneRefuses) {
  const std::pair<const char*, std::function<void(Task&)>> changes[] = {
      {"flags", [](Task& t) { t.flags = 1; }},
      {"int_clear", [](Task& t) { t.int_clear = 0xffff; }},
      {"int_mask", [](Task& t) { t.int_mask = 0x100; }},
      {"int_mask of another block", [](Task& t) { t.int_mask = 0x30; }},
      {"no words", [](Task& t) { t.regcfg_amount = 0; }},
      {"too many words", [](Task& t) { t.regcfg_amount = 0x1000; }},
      {"alignment", [](Task& t) { t.regcmd_addr += 16; }},
  };
  for (const auto& [what, change] : changes) {
    Task task = vendor_task(0xfff9c800, 108);
    change(task);
    EXPECT_FALSE(is_vendor_task(task)) << what;
    EXPECT_TRUE(find_task_tables(one_buffer({task})).empty()) << what;
  }
}

TEST(StrictTaskTest, TheRecordLinksSizes) {
  // Rows of the format's description: amount, stride, REGISTER_AMOUNTS of a link to it.
  const std::array<std::uint64_t, 3> facts[] = {
      {108, 0x380, 0x37}, {104, 0x380, 0x35}, {69, 0x280, 0x24}, {26, 0x100, 0x0e},
      {56, 0x200, 0x1d},  {58, 0x200, 0x1e},  {17, 0xc0, 0x0a},  {12, 0x80, 0x07}};
  for (const auto& [amount, stride, beats] : facts) {
    EXPECT_EQ(record_stride(amount), stride) << amount;
    EXPECT_EQ(link_amount(static_cast<std::uint32_t>(amount)), beats) << amount;
  }
}

TEST(TaskTable, ARunEndsAtTheFirstSlotThatIsNoTask) {
  std::vector<Task> tasks{vendor_task(0x1000, 108), vendor_task(0x1380, 104), Task{},
                          vendor_task(0x2000, 26, 0x60)};
  const auto tables = find_task_tables(one_buffer(tasks));
  ASSERT_EQ(tables.size(), 2U);
  EXPECT_EQ(tables[0].tasks, std::vector<Task>(tasks.begin(), tasks.begin() + 2));
  EXPECT_EQ(tables[0].offset, 0U);
  EXPECT_EQ(tables[1].offset, 3 * 40U);
  EXPECT_EQ(tables[1].tasks.size(), 1U);
  EXPECT_FALSE(tables[0].foreign);
  EXPECT_EQ(tables[0].lowest_address(), 0x1000U);
  EXPECT_EQ(tables[0].end_address(), 0x1380U + 8 * 108);
}

TEST(TaskTable, IsFoundAtAnyMultipleOfFourAndEndsWithTheKnownBytes) {
  const std::vector<Task> tasks{vendor_task(0x1000, 108), vendor_task(0x1380, 104)};
  for (const std::size_t before : {0U, 4U, 36U, 64U, 1000U}) {
    const auto tables = find_task_tables(one_buffer(tasks, before));
    ASSERT_EQ(tables.size(), 1U) << before;
    EXPECT_EQ(tables[0].offset, before);
    EXPECT_EQ(tables[0].tasks, tasks);
  }
  Capture cut;
  auto bytes = bytes_of(tasks);
  bytes.resize(79);  // the second entry lacks a byte
  add_buffer(cut, "GEM 1", std::move(bytes));
  ASSERT_EQ(find_task_tables(cut).size(), 1U);
  EXPECT_EQ(find_task_tables(cut)[0].tasks.size(), 1U);
}

TEST(TaskTable, ModelFilesAndLossyDumpsAreNotSearched) {
  Capture capture = one_buffer({vendor_task(0x1000, 108)});
  EXPECT_EQ(find_task_tables(capture).size(), 1U);
  capture.buffers[0].trust = Trust::lossy;
  EXPECT_TRUE(find_task_tables(capture).empty());
  capture.buffers[0].trust = Trust::raw;
  capture.buffers[0].role = BufferRole::model;
  EXPECT_TRUE(find_task_tables(capture).empty());
}

TEST(TaskTable, CopiesDifferByOneConstantInTheAddressesAlone) {
  TaskTable a{0, 0, {vendor_task(0xfff9c800, 108), vendor_task(0xfff9cb80, 104)}, false};
  TaskTable b = a;
  for (Task& task : b.tasks) task.regcmd_addr -= 0xfff9c800;
  EXPECT_TRUE(is_copy(a, b));
  EXPECT_TRUE(is_copy(b, a));
  b.tasks[0].int_status = 0x100;  // it has run
  EXPECT_TRUE(is_copy(a, b));
  TaskTable moved = b;
  moved.tasks[1].regcmd_addr += 64;
  EXPECT_FALSE(is_copy(a, moved));
  TaskTable other_node = b;
  other_node.tasks[1].op_idx = 9;
  EXPECT_FALSE(is_copy(a, other_node));
  TaskTable shorter = b;
  shorter.tasks.pop_back();
  EXPECT_FALSE(is_copy(a, shorter));
  EXPECT_FALSE(is_copy(TaskTable{}, TaskTable{}));
}

// A hand-written client: int_clear 0, address a multiple of 16 only.
Task foreign_task(std::uint64_t address) {
  Task task;
  task.enable_mask = 0x0d;
  task.int_mask = 0x300;
  task.regcfg_amount = 65;
  task.regcmd_addr = address;
  return task;
}

TEST(TaskTable, ForeignTablesOnlyWhereASubmitNamesThem) {
  Capture capture = one_buffer({foreign_task(0x1010), foreign_task(0x1220)});
  EXPECT_TRUE(find_task_tables(capture).empty());
  capture.buffers[0].object_address = 0xffffff8100001000;
  EXPECT_TRUE(find_task_tables(capture).empty());
  capture.submits.emplace_back();
  capture.submits.back().task_obj_addr = 0xffffff8100002000;
  EXPECT_TRUE(find_task_tables(capture).empty());
  capture.submits.back().task_obj_addr = 0xffffff8100001000;
  const auto tables = find_task_tables(capture);
  ASSERT_EQ(tables.size(), 1U);
  EXPECT_TRUE(tables[0].foreign);
  EXPECT_EQ(tables[0].tasks.size(), 2U);
}

TEST(TaskTable, TheForeignTestHasConditionsToo) {
  EXPECT_TRUE(is_foreign_task(foreign_task(0x1010)));
  Task task = foreign_task(0x1018);
  EXPECT_FALSE(is_foreign_task(task));
  task = foreign_task(0x1010);
  task.int_mask = 0x301;
  EXPECT_FALSE(is_foreign_task(task));
  task = foreign_task(0x1010);
  task.regcfg_amount = 0;
  EXPECT_FALSE(is_foreign_task(task));
  task.regcfg_amount = 0x10000;
  EXPECT_FALSE(is_foreign_task(task));
  // The tables of vendor and client cannot be confused: a strict table keeps precedence.
  Capture capture = one_buffer({vendor_task(0x1000, 108)});
  capture.buffers[0].object_address = 5;
  capture.submits.emplace_back();
  capture.submits.back().task_obj_addr = 5;
  ASSERT_EQ(find_task_tables(capture).size(), 1U);
  EXPECT_FALSE(find_task_tables(capture)[0].foreign);
}

}  // namespace
}  // namespace npuscope::testing
