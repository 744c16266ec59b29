// Every field of every decoded capture again, from the shape alone: which registers a record
// writes, and their values.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "decoder/evidence.h"
#include "decoder/open.h"
#include "replay/generate/generated.h"
#include "replay/shape/infer_shape.h"
#include "tests/support/manifest.h"

namespace npuscope {
namespace {

using testing::manifest;

const std::map<std::string, std::uint16_t> registers_of_keys{
    {"cbuf0", 0x1040},        {"data_size0", 0x1020},         {"data_size1", 0x1024},
    {"data_size3", 0x102c},   {"fc_data_size0", 0x1084},      {"fc_data_size1", 0x1088},
    {"dma_con2", 0x1080},     {"weight_size0", 0x1030},       {"weight_size1", 0x1034},
    {"weight_size2", 0x1038}, {"conv_con1", 0x100c},          {"conv_con2", 0x1010},
    {"dst_base", 0x4020},     {"core_dataout_size0", 0x3014}, {"core_dataout_size1", 0x3018},
    {"dcomp_addr", 0x1110},   {"feature_data_addr", 0x1070},  {"dst_surf_stride", 0x4024},
    {"wdma_size0", 0x4058},   {"data_cube_height", 0x4034},   {"data_cube_channel", 0x403c},
    {"wdma_size1", 0x405c},   {"surface_add", 0x40c0}};

// Values of one row; a register that its record did not write is that of the row two before.
std::vector<RegisterLookup> effective(const DecodedJson& json, std::size_t count) {
  std::vector<RegisterLookup> records;
  for (std::size_t i = 0; i < count; ++i) {
    records.push_back([&json, i](std::uint16_t offset) -> std::optional<std::uint32_t> {
      for (const auto& [key, reg] : registers_of_keys) {
        if (reg != offset) continue;
        for (std::size_t row = i;; row -= 2) {
          if (const auto value = json.rows[row].value(key)) return value;
          if (row < 2) return std::nullopt;
        }
      }
      return std::nullopt;
    });
  }
  return records;
}

// Records of the 1-core program: those in front of the first record without leading words, or of
// the repetition.
std::size_t one_core_records(const DecodedJson& json) {
  std::set<std::uint64_t> seen;
  std::size_t count = 0;
  while (count < json.amounts.size() && json.amounts[count] != 104 &&
         seen.insert(json.addresses[count]).second)
    ++count;
  return count;
}

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
      for (const auto& [key, reg] : registers_of_keys)
        if (reg == write.offset && write.base != Base::none)
          bases_[static_cast<std::size_t>(write.base)] = *json_.rows[0].value(key) - write.value;
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
      const auto reg = registers_of_keys.find(key);
      ASSERT_NE(reg, registers_of_keys.end()) << key;
      const bool shifted =
          std::find(row.doubtful.begin(), row.doubtful.end(), key) != row.doubtful.end();
      // The tool cut short rows six words early: what stands there belongs to the record before.
      const StreamRecord& record = *records[shifted ? i - 1 : i];
      const RegisterWrite* write = written(record, reg->second);
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
    const auto shape = infer_shape(effective(json, one_core_records(json)));
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
