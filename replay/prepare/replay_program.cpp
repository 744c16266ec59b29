#include "replay/prepare/replay_program.h"

#include <fmt/format.h>

#include <algorithm>

#include "decoder/word.h"
#include "replay/preflight/executed_hash.h"

namespace npuscope {

namespace {

// The table that holds just what is submitted, lane after lane.
WholeTable section_of(const Image& image) {
  WholeTable table;
  for (const sim::CoreTasks& lane : image.lanes) {
    table.first.push_back(table.tasks.size());
    table.tasks.insert(table.tasks.end(), lane.tasks.begin(), lane.tasks.end());
  }
  return table;
}

// The buffer that holds an address; no_index: none.
std::size_t buffer_at(const Image& image, std::uint64_t address) {
  for (std::size_t i = 0; i < image.buffers.size(); ++i)
    if (address >= image.buffers[i].address &&
        address - image.buffers[i].address < image.buffers[i].bytes)
      return i;
  return static_cast<std::size_t>(-1);
}

std::string hash_of(Image& image) {
  preflight::ExecutedHash hash;
  for (const sim::CoreTasks& lane : image.lanes)
    for (const Task& task : lane.tasks) {
      hash.begin_task(lane.core, task.int_mask, task.regcfg_amount);
      const WordView words(
          image.at(task.regcmd_addr, 8 * (std::uint64_t{task.regcfg_amount} + tail_words)));
      for (std::size_t i = 0; i < words.size(); ++i) hash.add_word(words[i]);
    }
  return hash.name();
}

}  // namespace

Result<ReplayProgram> replay_program(Image image, const RegisterDb& db,
                                     const std::optional<WholeTable>& whole) {
  if (image.task_count() == 0) return wrong_usage("the program has no tasks");
  std::erase_if(image.buffers,
                [](const ImageBuffer& buffer) { return buffer.role == BufferRole::task_table; });
  ReplayProgram program;
  program.image = std::move(image);
  WholeTable table = whole ? *whole : section_of(program.image);
  program.table = std::move(table.tasks);
  for (std::size_t i = 0; i < program.image.lanes.size(); ++i)
    program.lanes.push_back(
        {program.image.lanes[i].core, table.first[i], program.image.lanes[i].tasks.size()});
  // Of a whole table all sections move, also those that are not submitted.
  Image all = program.image;
  if (whole) all.lanes = {{0, whole->tasks, 0}};
  program.addresses = find_addresses(all, db);
  program.hash = hash_of(program.image);
  return program;
}

Result<ReplayProgram> move_to(const ReplayProgram& program,
                              std::span<const std::uint32_t> addresses) {
  auto image = move_to(program.image, program.addresses, addresses);
  if (!image) return tl::unexpected(image.error());
  ReplayProgram moved = program;
  moved.image = std::move(*image);
  moved.table = table_at(program, addresses);
  return moved;
}

std::vector<Task> table_at(const ReplayProgram& program, std::span<const std::uint32_t> addresses) {
  std::vector<Task> table = program.table;
  for (Task& task : table) {
    const std::size_t buffer = buffer_at(program.image, task.regcmd_addr);
    if (buffer >= addresses.size()) continue;  // an entry that nothing submits
    task.regcmd_addr = task.regcmd_addr - program.image.buffers[buffer].address + addresses[buffer];
  }
  return table;
}

CommandWindow command_window(const ReplayProgram& program, std::size_t index) {
  const ImageBuffer& buffer = program.image.buffers[index];
  std::uint64_t begin = buffer.bytes, end = 0;
  for (const Task& task : program.table) {
    if (buffer_at(program.image, task.regcmd_addr) != index) continue;
    const std::uint64_t offset = task.regcmd_addr - buffer.address;
    begin = std::min(begin, offset);
    end = std::max(end, std::min(offset + record_stride(task.regcfg_amount), buffer.bytes));
  }
  return end > begin ? CommandWindow{begin, end - begin} : CommandWindow{};
}

Result<void> end_after(Image& image, std::size_t tasks) {
  if (image.lanes.size() != 1)
    return wrong_usage("a prefix of a program for several cores",
                       "--cores=1: the lanes of the others wait for each other");
  std::vector<Task>& list = image.lanes.front().tasks;
  if (tasks == 0 || tasks > list.size())
    return wrong_usage(fmt::format("a prefix of {} of {} tasks", tasks, list.size()));
  list.resize(tasks);
  const Task& last = list.back();
  const auto same = std::ranges::count(list, last.regcmd_addr, &Task::regcmd_addr);
  if (same != 1)
    return wrong_usage(fmt::format("task {} runs a record that runs before", tasks - 1),
                       "a prefix that ends at another task");
  // Link and amounts of the tail, as they are at the end of a lane: nothing, and no words.
  const auto tail = image.at(last.regcmd_addr + 8 * std::uint64_t{last.regcfg_amount},
                             8 * std::uint64_t{tail_words});
  if (tail.empty()) return {};  // the last record of the buffer, without a tail
  const Word ending[] = {Word{}, Word::make(target_of(Block::pc), offset_pc_register_amounts, 0)};
  std::memcpy(tail.data(), ending, sizeof ending);
  return {};
}

}  // namespace npuscope
