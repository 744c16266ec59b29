#include <fmt/format.h>

#include <algorithm>

#include "decoder/compare/register_classes.h"
#include "replay/ledger/compare_capture.h"
#include "replay/ledger/content.h"
#include "replay/shape/decoded_rows.h"

namespace npuscope::ledger {

namespace {

const RegisterWrite* last_write(const StreamRecord& record, std::uint16_t offset) {
  const auto& writes = record.body.writes;
  const auto found = std::find_if(writes.rbegin(), writes.rend(), [&](const RegisterWrite& write) {
    return write.offset == offset;
  });
  return found == writes.rend() ? nullptr : &*found;
}

class RowComparison {
 public:
  RowComparison(const DecodedJson& json, const GeneratedSide& side, CaptureEvidence& evidence)
      : json_(json), made_(side.program), evidence_(evidence) {
    for (const StreamRecord& record : made_.stream.records())
      if (record.body.convolution) records_.push_back(&record);
    for (unsigned cores = 1; cores <= 3; ++cores) evidence_.programs.push_back({.cores = cores});
  }

  void run() {
    tasks();
    if (records_.size() != json_.rows.size() || json_.rows.empty()) {
      // Which row is which record cannot be said.
      const auto missing = std::max(records_.size(), json_.rows.size());
      for (ProgramDifference& program : evidence_.programs)
        program.differences[static_cast<std::size_t>(DifferenceClass::missing)] += missing;
      evidence_.faults.push_back(
          fmt::format("{} rows for {} convolution records", json_.rows.size(), records_.size()));
      return;
    }
    find_bases();
    std::size_t in_lane = 0;
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if (i > 0 && records_[i]->cores != records_[i - 1]->cores) in_lane = 0;
      row(i, in_lane++);
    }
    if (shifted_ > 0)
      evidence_.faults.push_back(fmt::format(
          "{} values stood one row too far and were moved back: the tool cut its rows early",
          shifted_));
    repeat_programs();
  }

 private:
  void differ(unsigned cores, DifferenceClass kind) {
    ++evidence_.programs[cores - 1].differences[static_cast<std::size_t>(kind)];
  }
  void equal_or(unsigned cores, bool equal, DifferenceClass kind) {
    ++evidence_.programs[cores - 1].compared;
    if (!equal) differ(cores, kind);
  }

  // The cores of each entry of the generated table.
  [[nodiscard]] std::vector<unsigned> cores_of_tasks() const {
    std::vector<unsigned> cores;
    for (std::size_t list = 0; list < list_count; ++list)
      cores.insert(cores.end(), made_.stream.list(list).size(), list < 1 ? 1 : list < 3 ? 2 : 3);
    return cores;
  }

  void tasks() {
    const std::vector<Task> made = made_.stream.tasks(0);
    const std::vector<unsigned> cores = cores_of_tasks();
    const std::size_t count =
        std::min({json_.amounts.size(), json_.masks.size(), json_.addresses.size()});
    for (std::size_t i = 0; i < std::max(made.size(), count); ++i) {
      if (i >= made.size() || i >= count) {
        differ(i < cores.size() ? cores[i] : 3,
               i < count ? DifferenceClass::missing : DifferenceClass::extra);
        continue;
      }
      equal_or(cores[i], made[i].regcfg_amount == json_.amounts[i], DifferenceClass::derived);
      equal_or(cores[i], made[i].enable_mask == json_.masks[i], DifferenceClass::value);
      equal_or(cores[i],
               made[i].regcmd_addr - made[0].regcmd_addr == json_.addresses[i] - json_.addresses[0],
               DifferenceClass::address);
    }
  }

  // Where the buffers lay, from the first row; whether the task table is of the same run.
  void find_bases() {
    const auto base = [this](Base which) -> std::uint64_t& {
      return bases_[static_cast<std::size_t>(which)];
    };
    for (const auto& [key, value] : json_.rows[0].values) {
      const auto offset = register_of_key(key);
      const RegisterWrite* write = offset && value ? last_write(*records_[0], *offset) : nullptr;
      if (write != nullptr && write->base != Base::none) base(write->base) = *value - write->value;
    }
    if (json_.addresses.empty()) return;
    if (json_.addresses[0] - base(Base::weights) != made_.layout.commands_offset)
      evidence_.faults.emplace_back("task table and commands are of different runs");
  }

  void row(std::size_t i, std::size_t in_lane) {
    const EvidenceRow& row = json_.rows[i];
    const unsigned cores = records_[i]->cores;
    for (const auto& [key, value] : row.values) {
      const auto offset = register_of_key(key);
      if (!offset) {
        differ(cores, DifferenceClass::unknown_register);
        continue;
      }
      // Rows behind short ones begin with the last words of the record before.
      const bool shifted = std::ranges::find(row.doubtful, key) != row.doubtful.end();
      if (shifted && i == 0) continue;
      const RegisterWrite* write = last_write(*records_[shifted ? i - 1 : i], *offset);
      if (!value) {
        const bool cut = shifted || (in_lane >= 2 && (key == "wdma_size0" || key == "wdma_size1"));
        if (!cut) equal_or(cores, write == nullptr, DifferenceClass::extra);
        continue;
      }
      if (shifted && write == nullptr) continue;
      shifted_ += shifted ? 1 : 0;
      if (write == nullptr) {
        equal_or(cores, false, DifferenceClass::missing);
        continue;
      }
      field(cores, *write, *value);
    }
  }

  void field(unsigned cores, const RegisterWrite& write, std::uint32_t captured) {
    const std::uint32_t made = linked_value(write, bases_);
    const DifferenceClass kind = write.base != Base::none
                                     ? DifferenceClass::address
                                     : classes_.of_bits(write.offset, made ^ captured);
    equal_or(cores, made == captured, kind);
  }

  // A program that has no records of its own is that for one core.
  void repeat_programs() {
    for (unsigned cores = 2; cores <= 3; ++cores)
      if (made_.plan.program(cores).repeats()) {
        const ProgramDifference& one = evidence_.programs[0];
        ProgramDifference& program = evidence_.programs[cores - 1];
        program.compared += one.compared;
        for (std::size_t k = 0; k < difference_classes; ++k)
          program.differences[k] += one.differences[k];
      }
  }

  const DecodedJson& json_;
  const GeneratedProgram& made_;
  CaptureEvidence& evidence_;
  const RegisterClasses classes_{RegisterDb::builtin()};
  std::vector<const StreamRecord*> records_;
  BaseAddresses bases_{};
  std::size_t shifted_ = 0;
};

std::string content_of(const DecodedJson& json) {
  ContentHash content;
  for (const std::uint32_t amount : json.amounts) content.number(amount);
  for (const std::uint32_t mask : json.masks) content.number(mask);
  for (const std::uint64_t address : json.addresses) content.address(0, address);
  const RegisterClasses classes(RegisterDb::builtin());
  for (const EvidenceRow& row : json.rows)
    for (const auto& [key, value] : row.values) {
      const std::uint16_t offset = register_of_key(key).value_or(0);
      content.number(offset | (value ? 1U << 16U : 0U));
      classes.is_address(offset) && value ? content.address(offset, *value)
                                          : content.number(value.value_or(0));
    }
  return content.name();
}

}  // namespace

void compare_rows(const DecodedJson& json, const GeneratedSide& side, CaptureEvidence& evidence) {
  evidence.unit = Unit::fields;
  evidence.program = side.hash;
  evidence.content = content_of(json);
  evidence.one_core_tasks = one_core_rows(json);
  RowComparison(json, side, evidence).run();
}

}  // namespace npuscope::ledger
