// Every field of every decoded capture again, from the shape alone: which registers a record
// writes, and their values.
#include <gtest/gtest.h>

#include <algorithm>

#include "decoder/evidence.h"
#include "decoder/open.h"
#include "replay/generate/generated.h"
#include "replay/shape/decoded_rows.h"
#include "tests/support/manifest.h"

namespace npuscope {
namespace {

using testing::manifest;

struct Count {
  std::size_t files = 0, equal_files = 0, tasks = 0, values = 0, equal = 0, grains = 0,
              equal_grains = 0, absent = 0, equal_absent = 0;
};

class Comparison {
 public:
  Comparison(const std::string& name, const DecodedJson& json, const GeneratedProgram& made,
             Count& count)
      : name_(name), json_(json), made_(made), count_(count) {}

  void run() {
    compare_tasks();
    std::vector<const StreamRecord*> records;
    for (const StreamRecord& record : made_.stream.records())
      if (record.body.convolution) records.push_back(&record);
    ASSERT_EQ(records.size(), json_.rows.size()) << name_;
    find_bases(records);
    std::size_t in_lane = 0;
    for (std::size_t i = 0; i < records.size(); ++i) {
      // Lanes begin anew behind the 1-core program; nothing is short there.
      in_lane = i > 0 && records[i]->cores != records[i - 1]->cores ? 0 : in_lane;
      compare_row(i, records, in_lane);
      ++in_lane;
    }
  }

 private:
  void compare_tasks() {
    const std::vector<Task> tasks = made_.stream.tasks(0);
    ASSERT_EQ(tasks.size(), json_.amounts.size()) << name_;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      EXPECT_EQ(tasks[i].regcfg_amount, json_.amounts[i]) << name_ << " task " << i;
      EXPECT_EQ(tasks[i].enable_mask, json_.masks[i]) << name_ << " task " << i;
      EXPECT_EQ(tasks[i].regcmd_addr - tasks[0].regcmd_addr,
                json_.addresses[i] - json_.addresses[0])
          << name_ << " task " << i;
      ++count_.tasks;
    }
  }

  // Buffers from the first row: some files hold a task table and commands of different runs.
  void find_bases(const std::vector<const StreamRecord*>& records) {
    for (const RegisterWrite& write : records[0]->body.writes)
      for (const auto& [key, first] : json_.rows[0].values)
        if (register_of_key(key) == write.offset && write.base != Base::none)
          bases_[static_cast<std::size_t>(write.base)] = *first - write.value;
    // As the runtime allocates: output directly below input, input below internal, internal below
    // the weights.
    const auto base = [this](Base which) { return bases_[static_cast<std::size_t>(which)]; };
    const BufferLayout& layout = made_.layout;
    EXPECT_EQ(base(Base::input) - base(Base::output), layout.input.address - layout.output.address)
        << name_;
    EXPECT_EQ(base(Base::weights) - base(Base::input), layout.weight.address - layout.input.address)
        << name_;
  }

  const RegisterWrite* written(const StreamRecord& record, std::uint16_t offset) const {
    const auto& writes = record.body.writes;
    const auto found =
        std::find_if(writes.rbegin(), writes.rend(),
                     [&](const RegisterWrite& write) { return write.offset == offset; });
    return found == writes.rend() ? nullptr : &*found;
  }

  void compare_row(std::size_t i, const std::vector<const StreamRecord*>& records,
                   std::size_t in_lane) {
    const EvidenceRow& row = json_.rows[i];
    for (const auto& [key, value] : row.values) {
      const auto reg = register_of_key(key);
      ASSERT_TRUE(reg) << key;
      const bool shifted =
          std::find(row.doubtful.begin(), row.doubtful.end(), key) != row.doubtful.end();
      // The tool cut short rows six words early: what stands there belongs to the record before.
      const StreamRecord& record = *records[shifted ? i - 1 : i];
      const RegisterWrite* write = written(record, *reg);
      if (!value) {
        // Short rows that were cut early lost their own last words; those stand in the next row, if
        // at all.
        const bool cut = shifted || (in_lane >= 2 && (key == "wdma_size0" || key == "wdma_size1"));
        if (cut) continue;
        ++count_.absent;
        count_.equal_absent += write == nullptr ? 1 : 0;
        EXPECT_EQ(write, nullptr) << name_ << " row " << i << " " << key;
        continue;
      }
      if (shifted && write == nullptr) continue;
      ASSERT_NE(write, nullptr) << name_ << " row " << i << " " << key;
      const std::uint32_t made = linked_value(*write, bases_);
      ++count_.values;
      count_.equal += made == *value ? 1 : 0;
      EXPECT_EQ(made, *value) << name_ << " row " << i << " " << key;
      if (key == "conv_con2") {
        ++count_.grains;
        count_.equal_grains += made == *value ? 1 : 0;
      }
    }
  }

  const std::string& name_;
  const DecodedJson& json_;
  const GeneratedProgram& made_;
  Count& count_;
  BaseAddresses bases_{};
};

TEST(DecodedCaptures, AreReproducedFieldByField) {
  NPUSCOPE_NEEDS_CORPUS();
  Count count;
  for (const auto& row : manifest()) {
    if (row.format != "decoded JSON") continue;
    const auto inputs = open_input(row.full_path(), RegisterDb::builtin());
    ASSERT_TRUE(inputs) << row.path;
    const DecodedJson& json = *inputs->front().capture.evidence;
    const auto shape = infer_shape(json);
    ASSERT_TRUE(shape) << row.path;
    const auto made = generate_program(*shape, {});
    ASSERT_TRUE(made) << row.path << ": " << made.error().text();
    const std::size_t missed = count.values - count.equal;
    ++count.files;
    Comparison(row.path, json, *made, count).run();
    count.equal_files += count.values - count.equal == missed ? 1 : 0;
  }
  std::printf(
      "%zu / %zu captures, %zu tasks, %zu / %zu values, %zu / %zu CONV_CON2, %zu / %zu not "
      "written\n",
      count.equal_files, count.files, count.tasks, count.equal, count.values, count.equal_grains,
      count.grains, count.equal_absent, count.absent);
  EXPECT_EQ(count.equal, count.values);
  EXPECT_EQ(count.equal_absent, count.absent);
  EXPECT_GE(count.files, 30U);
}

}  // namespace
}  // namespace npuscope
