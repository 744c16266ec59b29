#include "decoder/input/rknn_old_streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "decoder/task.h"
#include "decoder/word.h"

namespace npuscope {
namespace {

constexpr std::uint32_t ppu_bit = 1U << 5U;

std::uint32_t body_words(const OldTask& task) {
  return static_cast<std::uint32_t>(task.stream.size() / 8);
}

// Lists in the order of the table: 1 core | 2 cores | 3 cores.
bool has_list(const OldTask& task) {
  return task.core_count >= 1 && task.core_count <= 3 && task.core < task.core_count;
}
std::uint8_t list_of(const OldTask& task) {
  constexpr std::array<std::uint8_t, 4> first{0, 0, 1, 3};
  return has_list(task) ? static_cast<std::uint8_t>(first[task.core_count] + task.core) : 0;
}

Word modern_word(std::uint64_t old, std::uint64_t& without_block) {
  const auto offset = static_cast<std::uint16_t>(old >> 16U);
  const auto block = block_of_offset(offset);
  without_block += !block;
  return Word::make(block ? target_of(*block) : std::uint16_t{0}, offset,
                    static_cast<std::uint32_t>(old >> 32U));
}

class Transcoder {
 public:
  explicit Transcoder(std::span<const OldTask> tasks) : tasks_(tasks), last_word_of_(0x10000) {}

  OldProgram run() {
    program_.has_lists = std::all_of(tasks_.begin(), tasks_.end(), has_list);
    std::vector<std::uint32_t> order(tasks_.size());
    std::iota(order.begin(), order.end(), 0U);
    if (program_.has_lists) {
      std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return list_of(tasks_[a]) < list_of(tasks_[b]);
      });
    }
    for (std::size_t i = 0; i < order.size(); ++i) {
      const OldTask& task = tasks_[order[i]];
      const OldTask* next = i + 1 < order.size() ? &tasks_[order[i + 1]] : nullptr;
      if (next && list_of(*next) != list_of(task)) next = nullptr;
      add(task, next);
    }
    finish();
    return std::move(program_);
  }

 private:
  void add(const OldTask& task, const OldTask* next) {
    const std::uint64_t start = program_.words.size();
    add_body(task, start);
    add_relocations(task);
    const std::uint64_t stride = record_stride(body_words(task));
    add_tail(task, next, 8 * start + stride);
    program_.words.resize(start + stride / 8);
    add_entry(task, 8 * start);
    program_.task_nodes.push_back(task.node);
    program_.task_lists.push_back(list_of(task));
    ++program_.list_lengths[list_of(task)];
  }

  void add_body(const OldTask& task, std::uint64_t start) {
    for (std::uint32_t i = 0; i < body_words(task); ++i) {
      std::uint64_t old = 0;
      std::memcpy(&old, task.stream.data() + std::size_t{8} * i, 8);
      low_bits_ += (old & 0xffffU) != 0;
      const Word word = modern_word(old, without_block_);
      program_.words.push_back(word.raw);
      last_word_of_[word.offset()] = {start, static_cast<std::uint32_t>(start + i)};
    }
    odd_streams_ += task.stream.size() % 8 != 0;
    current_start_ = start;
    current_words_ = body_words(task);
  }

  void add_relocations(const OldTask& task) {
    for (const OldRelocation& entry : task.relocations) {
      const LastWord last = last_word_of_[entry.register_offset];
      const bool written = current_words_ > 0 && last.start == current_start_ &&
                           last.word >= current_start_ &&
                           last.word < current_start_ + current_words_ &&
                           Word{program_.words[last.word]}.offset() == entry.register_offset;
      if (!written) {
        ++unplaced_;
        continue;
      }
      program_.relocations.push_back(
          {entry.tensor, entry.addend, last.word,
           static_cast<std::int8_t>(task.core < 3 ? static_cast<int>(task.core) : -1)});
    }
  }

  void add_tail(const OldTask& task, const OldTask* next, std::uint64_t next_start) {
    const auto link = static_cast<std::uint32_t>(next_start);
    const std::uint16_t pc = target_of(Block::pc);
    program_.words.push_back(next ? Word::make(pc, offset_pc_base_address, link).raw : 0);
    program_.words.push_back(Word::make(pc, offset_pc_register_amounts,
                                        next ? link_amount(body_words(*next)) & 0xffffU : 0)
                                 .raw);
    program_.words.push_back(std::uint64_t{target_marker} << 48U);
    program_.words.push_back(
        Word::make(target_operation_enable, offset_operation_enable, task.enable_mask).raw);
  }

  void add_entry(const OldTask& old, std::uint64_t address) {
    Task task;
    task.op_idx = old.node;
    task.enable_mask = old.enable_mask;
    // The files ask for more interrupts (0x3ff, 0x3f3); dumps of the runtime that loaded them hold
    // 0x300 in every DPU task (26 of 26 in the oldest one).
    task.int_mask = (old.enable_mask & ppu_bit) != 0 ? 0xc00 : 0x300;
    task.int_clear = 0x1ffff;
    task.regcfg_amount = body_words(old);
    task.regcmd_addr = address;
    std::array<std::uint64_t, task_bytes / 8> raw{};
    std::memcpy(raw.data(), &task, task_bytes);
    program_.task_table.insert(program_.task_table.end(), raw.begin(), raw.end());
  }

  void finish() {
    std::stable_sort(program_.relocations.begin(), program_.relocations.end(),
                     [](const Relocation& a, const Relocation& b) { return a.word < b.word; });
    const auto warn_if = [&](std::uint64_t count, const char* text) {
      if (count > 0) program_.warnings.push_back(fmt::format("{} {}", count, text));
    };
    warn_if(low_bits_, "words of the streams have bits 15..0 set, which are lost");
    warn_if(without_block_, "words of the streams write a register of no known block");
    warn_if(odd_streams_, "streams are not whole words long");
    warn_if(unplaced_, "relocations name a register that their task does not write");
    if (program_.has_lists) return;
    program_.list_lengths = {};
    program_.warnings.emplace_back("tasks with an impossible core number; read as one list");
  }

  // Word index of the last write of a register, valid for the task that starts at `start`.
  struct LastWord {
    std::uint64_t start = ~std::uint64_t{0};
    std::uint32_t word = 0;
  };

  std::span<const OldTask> tasks_;
  std::vector<LastWord> last_word_of_;
  OldProgram program_;
  std::uint64_t current_start_ = 0, current_words_ = 0;
  std::uint64_t low_bits_ = 0, without_block_ = 0, odd_streams_ = 0, unplaced_ = 0;
};

}  // namespace

std::uint64_t transcoded_bytes(const OldTask& task) {
  return record_stride(body_words(task));
}

OldProgram transcode(std::span<const OldTask> tasks) {
  return Transcoder(tasks).run();
}

}  // namespace npuscope
