// Rules over task entries and the words that the program controller fetches for them.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "replay/preflight/rules.h"
#include "replay/preflight/verdict.h"

namespace npuscope::preflight {

namespace {

constexpr std::array<std::uint32_t, 6> interrupt_pairs{0x3, 0xc, 0x30, 0xc0, 0x300, 0xc00};

constexpr const char* no_table = "the task table was not captured";

// Words that the controller fetches for a task: whole beats of two words, body and tail.
std::uint64_t window_words(std::uint32_t amount) {
  return (std::uint64_t{amount} + tail_words + 1) / 2 * 2;
}

bool is_pair(std::uint32_t mask) {
  return std::find(interrupt_pairs.begin(), interrupt_pairs.end(), mask) != interrupt_pairs.end();
}

// Calls visit(task, its view or nullptr, where) for the last task of each lane and of each range
// that a submit names.
template <typename Visit>
void for_each_last(const Context& context, Verdict& verdict, Visit&& visit) {
  for (const DriverEntry& entry : context.driver_entries())
    if (entry.last) visit(entry.task, entry.view, entry.where);
  for (const Run& run : context.runs()) {
    const ProgramSet& set = context.sets()[run.set];
    const std::size_t last = run.first + run.count - 1;
    if (set.table_buffer == no_index) {
      verdict.skip(no_table);
    } else if (run.submit == nullptr && last < set.tasks.size()) {
      visit(set.tasks[last].task, context.view_of(run.set, last),
            context.where_entry(run.set, last));
    }
  }
}

// The driver folds the interrupt status to pairs and compares it with the last task's int_mask.
void one_completing_pair(const Context& context, Verdict& verdict) {
  for_each_last(context, verdict, [&](const Task& task, const TaskView*, Where where) {
    verdict.looked();
    where.name = "int_mask";
    if (!is_pair(task.int_mask))
      verdict.find(std::move(where), fmt::format("{:#x}", task.int_mask),
                   "one of 0x3, 0xc, 0x30, 0xc0, 0x300, 0xc00");
  });
}

// 0x300 where the DPU ends the task, 0xc00 where the PPU does.
void pair_of_the_last_block(const Context& context, Verdict& verdict) {
  for_each_last(context, verdict, [&](const Task& task, const TaskView* view, Where where) {
    verdict.looked();
    const std::uint32_t enable = view != nullptr ? view->enable : task.enable_mask;
    const auto runs = [&](Block block) {
      return (enable >> static_cast<unsigned>(facts_of(block).enable_bit) & 1U) != 0;
    };
    const std::uint32_t wanted = runs(Block::ppu) ? 0xc00 : runs(Block::dpu) ? 0x300 : 0;
    if (!is_pair(task.int_mask) || wanted == 0 || task.int_mask == wanted) return;
    where.name = "int_mask";
    verdict.find(std::move(where), fmt::format("{:#x}", task.int_mask),
                 fmt::format("{:#x}, the block that ends last", wanted));
  });
}

void judge_address(const Context& context, Verdict& verdict, std::uint64_t address, bool relative,
                   Where where) {
  verdict.looked();
  where.name = "regcmd_addr";
  std::string found = fmt::format("{:#x}", address);
  if (address > UINT32_MAX) {
    verdict.find(std::move(where), std::move(found), "an address of 32 bits");
  } else if (address % 16 != 0) {
    verdict.find(std::move(where), std::move(found), "a multiple of 16");
  } else if (context.memory().complete() && !relative &&
             context.memory().target_at(address).owner == no_index) {
    verdict.find(std::move(where), std::move(found), "an address inside a buffer");
  }
}

void command_addresses(const Context& context, Verdict& verdict) {
  for (const DriverEntry& entry : context.driver_entries())
    if (entry.first && entry.view == nullptr)
      judge_address(context, verdict, entry.task.regcmd_addr, false, entry.where);
  for (std::size_t s = 0; s < context.sets().size(); ++s) {
    const ProgramSet& set = context.sets()[s];
    if (set.table_buffer == no_index) verdict.skip(no_table);
    if (set.table_buffer == no_index) continue;
    for (std::size_t i = 0; i < set.tasks.size(); ++i)
      judge_address(context, verdict, set.tasks[i].task.regcmd_addr, set.relative,
                    context.where_entry(s, i));
  }
}

// Where the commands of a task lie. Where a record reaches beyond its buffer nothing was segmented,
// and the address alone tells the buffer.
std::optional<Target> commands_of(const Context& context, const ProgramSet& set, const Task& task) {
  if (set.stream_buffer != no_index && set.stream_size > 0)
    return Target{set.stream_buffer, task.regcmd_addr - set.base, set.stream_size,
                  context.capture().buffers[set.stream_buffer].name};
  if (set.relative) return std::nullopt;
  Target target = context.memory().target_at(task.regcmd_addr);
  if (target.owner == no_index) return std::nullopt;
  return target;
}

void judge_window(const Context& context, Verdict& verdict, std::size_t s, std::size_t i) {
  constexpr std::uint64_t most_beats = 0x10000;
  const ProgramSet& set = context.sets()[s];
  const Task& task = set.tasks[i].task;
  const std::uint64_t words = window_words(task.regcfg_amount);
  Where where = context.where_entry(s, i);
  where.name = "regcfg_amount";
  if (words / 2 > most_beats) {
    verdict.looked();
    return verdict.find(std::move(where), fmt::format("{} words", task.regcfg_amount),
                        fmt::format("at most {} beats of two words", most_beats));
  }
  const std::optional<Target> commands = commands_of(context, set, task);
  if (!commands) return verdict.skip("the buffer of the commands is not known");
  verdict.looked();
  const auto [owner, offset, size, name] = *commands;
  if (offset <= size && 8 * words <= size - offset) return;
  verdict.find(std::move(where), fmt::format("{} words from byte {:#x} of {}", words, offset, name),
               fmt::format("an end at or before {:#x}", size));
}

void fetch_windows(const Context& context, Verdict& verdict) {
  for (std::size_t s = 0; s < context.sets().size(); ++s) {
    if (context.sets()[s].table_buffer == no_index) {
      verdict.skip(no_table);
      continue;
    }
    for (std::size_t i = 0; i < context.sets()[s].tasks.size(); ++i)
      judge_window(context, verdict, s, i);
  }
}

// A word that the controller can deliver: a register of the target's page, the marker, the enable
// word, or nothing.
bool deliverable(Word word) {
  return word.raw == 0 || is_plausible_command(word);
}

// The words of the window in order; visit(index, word) returns false to stop. False: a word of the
// window was not captured.
template <typename Visit>
bool walk_window(const Context& context, const TaskView& task, Visit&& visit) {
  const Buffer& buffer = context.capture().buffers[task.record->at.buffer];
  const std::uint64_t count = std::max<std::uint64_t>(window_words(task.entry->task.regcfg_amount),
                                                      task.record->total_words());
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto bytes = buffer.bytes_at(task.record->at.offset + 8 * i, 8);
    if (bytes.size() < 8) return i >= task.record->total_words() && task.record->complete();
    if (!visit(static_cast<std::size_t>(i), WordView(bytes)[0])) return true;
  }
  return true;
}

void window_decodes(const Context& context, Verdict& verdict) {
  for (const TaskView& task : context.tasks()) {
    if (task.record == nullptr) {
      verdict.skip("the words were not captured");
      continue;
    }
    std::size_t enables = 0, bad = no_index;
    Word bad_word;
    const bool whole = walk_window(context, task, [&](std::size_t index, Word word) {
      if (is_operation_enable(word)) {
        ++enables;
        return true;
      }
      // Behind the enable word nothing is executed; zeros and the next record may follow.
      if (enables > 0 || deliverable(word)) return true;
      bad = index;
      bad_word = word;
      return false;
    });
    if (bad != no_index) {
      verdict.looked();
      Where where = context.where_word(task, bad);
      where.name = fmt::format("word {:016x}", bad_word.raw);
      verdict.find(
          std::move(where),
          fmt::format("target {:#06x}, offset {:#06x}", bad_word.target(), bad_word.offset()),
          "a block and a register in its page");
      continue;
    }
    if (!whole) {
      verdict.skip("words were not captured");
      continue;
    }
    verdict.looked();
    if (enables == 0) verdict.find(context.where(task), "no OPERATION_ENABLE in the window", "one");
  }
}

void marker_before_enable(const Context& context, Verdict& verdict) {
  for (const TaskView& task : context.tasks()) {
    if (!task.complete()) {
      verdict.skip("words were not captured");
      continue;
    }
    bool marked = false;
    std::size_t unmarked = no_index;
    task.record->for_each_word([&](std::size_t index, Word word) {
      if (is_operation_enable(word) && !marked && unmarked == no_index) unmarked = index;
      marked = is_marker(word);
    });
    verdict.looked();
    if (unmarked != no_index)
      verdict.find(context.where_word(task, unmarked), "no marker word 0x0041 before it", "one");
  }
}

void enable_masks_agree(const Context& context, Verdict& verdict) {
  for (const TaskView& task : context.tasks()) {
    std::size_t at = no_index;
    if (task.record != nullptr)
      task.record->for_each_word([&](std::size_t index, Word word) {
        if (is_operation_enable(word)) at = index;
      });
    if (task.set->table_buffer == no_index) {
      verdict.skip(no_table);
      continue;
    }
    if (at == no_index) {
      verdict.skip("the word that enables the blocks was not captured");
      continue;
    }
    verdict.looked();
    if (task.enable == task.entry->task.enable_mask) continue;
    verdict.find(context.where_word(task, at), fmt::format("{:#x}", task.enable),
                 fmt::format("{:#x}, the enable_mask of the task", task.entry->task.enable_mask));
  }
}

constexpr Rule rules[] = {
    {"KABI-L11", "one-completing-mask", "", Severity::error, Scope::program,
     "the last task's int_mask is exactly one interrupt pair",
     "the driver compares the folded interrupt status with this mask; any other value is never "
     "equal: \"invalid irq status\", then a timeout that leaves a dangling job",
     "RKNPU driver rknpu_job.c, lines 615-675",
     "0x300 for tasks that end in the DPU, 0xc00 in the "
     "PPU",
     one_completing_pair},
    {"KABI-L12", "completing-block", "", Severity::unsafe, Scope::program,
     "the last task's int_mask names the block that ends last",
     "a pair that fires earlier retires the job before the output is written",
     "RKNPU driver rknpu_job.c, line 358; measured by gregordinary/rknpu-submit",
     "0x300 if OPERATION_ENABLE has the DPU, 0xc00 if it has the PPU", pair_of_the_last_block},
    {"KABI-L13", "command-address", "", Severity::error, Scope::program,
     "commands lie below 4 GiB, at a multiple of 16, in a buffer",
     "bit 0 selects slave mode, in which nothing is fetched; an unmapped address faults",
     "RKNPU driver rknpu_job.c, line 346; RK3588 manual, PC_BASE_ADDRESS",
     "align records to 64 bytes, as the vendor does", command_addresses},
    {"KABI-L14", "window-in-buffer", "", Severity::error, Scope::program,
     "the fetched words lie inside the buffer of the commands",
     "the controller executes whatever follows, or faults", "RKNPU driver rknpu_job.c, line 352",
     "regcfg_amount counts the body without the four tail "
     "words",
     fetch_windows},
    {"KABI-L15", "window-decodes", "HW-E5", Severity::error, Scope::program,
     "every fetched word is a register of a block, and one enables the blocks",
     "without OPERATION_ENABLE the core never starts; other words reach unknown registers",
     "RK3588 manual, command words; 22,331 words of public captures",
     "check address and amount of the task", window_decodes},
    {"KABI-L15-marker", "marker-word", "", Severity::warning, Scope::program,
     "the word 0x0041 stands before OPERATION_ENABLE",
     "the manual calls it mandatory; one client that passes on a board leaves it out",
     "RK3588 manual", "insert 0x0041000000000000", marker_before_enable},
    {"KABI-L19", "enable-mask", "", Severity::error, Scope::program,
     "the task's enable_mask is the value of its OPERATION_ENABLE",
     "the driver ignores the field, but a difference shows a task of another record",
     "RKNPU driver rknpu_job.c; all public captures", "rebuild the task entry", enable_masks_agree},
};

}  // namespace

std::span<const Rule> task_rules() {
  return rules;
}

}  // namespace npuscope::preflight
