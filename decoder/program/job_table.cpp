#include "decoder/program/job_table.h"

#include <fmt/format.h>

#include "decoder/task.h"
#include "decoder/word.h"

namespace npuscope {

namespace {

// Source: drivers/accel/rocket/rocket_job.c: every task waits for the DPU.
constexpr std::uint32_t rocket_interrupt = 0x300, every_interrupt = 0x1ffff;

WordView words_at(const Capture& capture, std::uint64_t address, std::uint64_t words) {
  for (const Buffer& buffer : capture.buffers) {
    if (!buffer.device_address || address < *buffer.device_address) continue;
    const auto bytes = buffer.bytes_at(address - *buffer.device_address, 8 * words);
    if (!bytes.empty()) return WordView(bytes);
  }
  return {};
}

Task task_of(const Capture& capture, std::uint32_t address, std::uint32_t count) {
  Task task;
  task.int_mask = rocket_interrupt;
  task.int_clear = every_interrupt;
  task.regcmd_addr = address;
  task.regcfg_amount = count;
  const WordView words = words_at(capture, address, count);
  if (words.empty()) return task;
  if (is_operation_enable(words[count - 1])) task.enable_mask = words[count - 1].value();
  if (count > tail_words && is_register_amounts(words[count - 3]))
    task.regcfg_amount = count - static_cast<std::uint32_t>(tail_words);
  return task;
}

}  // namespace

void add_job_tables(Capture& capture) {
  for (std::size_t i = 0; i < capture.submits.size(); ++i) {
    auto tasks = std::make_shared<std::vector<Task>>();
    for (const RocketJob& job : capture.submits[i].jobs)
      for (const auto& [address, count] : job.tasks)
        if (count > 0) tasks->push_back(task_of(capture, address, count));
    if (tasks->empty()) continue;
    Buffer buffer;
    buffer.name = fmt::format("tasks of submit {}", i);
    buffer.role = BufferRole::task_table;
    buffer.role_reason = "made from the jobs of the submit";
    buffer.size = tasks->size() * task_bytes;
    buffer.pieces.push_back({0, std::as_bytes(std::span(*tasks))});
    capture.buffers.push_back(std::move(buffer));
    capture.storage.push_back(std::move(tasks));
  }
}

}  // namespace npuscope
