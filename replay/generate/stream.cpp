#include "replay/generate/stream.h"

#include <cstring>

namespace npuscope {

namespace {

constexpr std::size_t no_record = static_cast<std::size_t>(-1);

void put_word(std::byte*& at, Word word) {
  std::memcpy(at, &word.raw, sizeof word.raw);
  at += sizeof word.raw;
}

}  // namespace

std::uint32_t linked_value(const RegisterWrite& write, const BaseAddresses& bases) {
  return static_cast<std::uint32_t>(bases[static_cast<std::size_t>(write.base)] + write.value);
}

void CommandStream::add_lane(std::size_t list, unsigned cores, std::vector<RecordWrites> records) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::size_t index = records_.size();
    lists_[list].push_back(index);
    const std::size_t amount = records[i].writes.size();
    records_.push_back(
        {std::move(records[i]), cores, i + 1 < records.size() ? index + 1 : no_record, bytes_});
    bytes_ += record_stride(amount);
  }
}

void CommandStream::repeat_first_list(std::size_t list) {
  lists_[list] = lists_[0];
}

std::size_t CommandStream::task_count() const {
  std::size_t count = 0;
  for (const auto& list : lists_) count += list.size();
  return count;
}

std::vector<std::byte> CommandStream::link(const BaseAddresses& bases) const {
  std::vector<std::byte> bytes(bytes_);  // padding is zero
  const std::uint64_t commands = bases[static_cast<std::size_t>(Base::commands)];
  constexpr std::uint16_t pc = target_of(Block::pc);
  for (const StreamRecord& record : records_) {
    std::byte* at = bytes.data() + record.offset;
    for (const RegisterWrite& write : record.body.writes)
      put_word(at, Word::make(target_of(*block_of_offset(write.offset)), write.offset,
                              linked_value(write, bases)));
    const StreamRecord* next = record.next == no_record ? nullptr : &records_[record.next];
    if (next != nullptr) {
      put_word(at, Word::make(pc, offset_pc_base_address,
                              static_cast<std::uint32_t>(commands + next->offset)));
      const auto amount = static_cast<std::uint32_t>(next->body.writes.size());
      put_word(at, Word::make(pc, offset_pc_register_amounts,
                              (record.cores - 1) << 16U | link_amount(amount)));
    } else {
      put_word(at, Word{});
      put_word(at, Word::make(pc, offset_pc_register_amounts, 0));
    }
    put_word(at, Word{std::uint64_t{target_marker} << 48U});
    put_word(at,
             Word::make(target_operation_enable, offset_operation_enable, record.body.enable_mask));
  }
  return bytes;
}

std::vector<Task> CommandStream::tasks(std::uint64_t commands) const {
  std::vector<Task> tasks;
  for (const auto& list : lists_) {
    for (const std::size_t index : list) {
      const StreamRecord& record = records_[index];
      Task task;
      task.enable_mask = record.body.enable_mask;
      task.int_mask = record.body.interrupt_mask;
      task.int_clear = 0x1ffff;
      task.regcfg_amount = static_cast<std::uint32_t>(record.body.writes.size());
      task.regcmd_addr = commands + record.offset;
      tasks.push_back(task);
    }
  }
  return tasks;
}

}  // namespace npuscope
