#include "tests/support/patched_program.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "replay/generate/generated.h"
#include "replay/shape/shape_names.h"

namespace npuscope::testing {

namespace {

GeneratedProgram generated(const std::string& name) {
  const auto shape = parse_shape(name);
  if (!shape) std::abort();  // the test names a shape that does not exist
  auto made = generate_program(*shape, {});
  if (!made) std::abort();
  return std::move(*made);
}

Word load_word(const std::byte* at) {
  Word word;
  std::memcpy(&word.raw, at, sizeof word.raw);
  return word;
}

}  // namespace

PatchedProgram::PatchedProgram(const std::string& shape) {
  const GeneratedProgram program = generated(shape);
  capture_ = capture_of(program);
  commands_offset_ = program.layout.commands_offset;
  commands_address_ = program.layout.weight.address + commands_offset_;
  tasks_ = program.stream.tasks(commands_address_);
  for (Task& task : tasks_) task.op_idx = 1;
  table_ = std::make_shared<Bytes>(tasks_.size() * task_bytes);
  std::memcpy(table_->data(), tasks_.data(), table_->size());
  commands_ = std::make_shared<Bytes>(program.stream.link(program.layout.bases()));
}

std::byte* PatchedProgram::at(std::size_t task, std::size_t word) const {
  return commands_->data() + (tasks_.at(task).regcmd_addr - commands_address_) + 8 * word;
}

void PatchedProgram::word(std::size_t task, std::size_t index, Word word) {
  std::memcpy(at(task, index), &word.raw, sizeof word.raw);
}

void PatchedProgram::tail(std::size_t task, std::size_t index, Word word) {
  this->word(task, tasks_.at(task).regcfg_amount + index, word);
}

Word PatchedProgram::tail(std::size_t task, std::size_t index) const {
  return load_word(at(task, tasks_.at(task).regcfg_amount + index));
}

// The last write of the register, no_index if there is none.
std::size_t PatchedProgram::find(std::size_t task, std::uint16_t offset) const {
  for (std::size_t i = tasks_.at(task).regcfg_amount; i-- > 0;)
    if (load_word(at(task, i)).offset() == offset) return i;
  return no_index;
}

bool PatchedProgram::has(std::size_t task, std::uint16_t offset) const {
  return find(task, offset) != no_index;
}

void PatchedProgram::set(std::size_t task, std::uint16_t offset, std::uint32_t value) {
  const std::size_t index = find(task, offset);
  if (index == no_index) std::abort();  // the record does not write this register
  word(task, index, Word::make(load_word(at(task, index)).target(), offset, value));
}

std::uint32_t PatchedProgram::value(std::size_t task, std::uint16_t offset) const {
  const std::size_t index = find(task, offset);
  if (index == no_index) std::abort();
  return load_word(at(task, index)).value();
}

void PatchedProgram::field(std::size_t task, const reg::RegisterField& field, std::uint32_t value) {
  const std::uint32_t others = this->value(task, field.offset) & ~field.at(field.largest());
  set(task, field.offset, others | field.at(value));
}

void PatchedProgram::erase(std::size_t task, std::uint16_t offset) {
  for (std::size_t i = 0; i < tasks_.at(task).regcfg_amount; ++i)
    if (load_word(at(task, i)).offset() == offset) word(task, i, Word{});
}

void PatchedProgram::enable(std::size_t task, std::uint32_t mask) {
  tail(task, 3, Word::make(target_operation_enable, offset_operation_enable, mask));
  this->task(task, [&](Task& entry) { entry.enable_mask = mask; });
}

Task PatchedProgram::task(std::size_t index) const {
  return load_task(std::span(*table_).subspan(index * task_bytes));
}

void PatchedProgram::task(std::size_t index, const std::function<void(Task&)>& change) {
  Task changed = task(index);
  change(changed);
  std::memcpy(table_->data() + index * task_bytes, &changed, task_bytes);
}

std::size_t PatchedProgram::words() const {
  return commands_->size() / 8;
}

void PatchedProgram::flip(std::size_t word, std::uint64_t bits) {
  std::uint64_t value = 0;
  std::memcpy(&value, commands_->data() + 8 * word, sizeof value);
  value ^= bits;
  std::memcpy(commands_->data() + 8 * word, &value, sizeof value);
}

Buffer& PatchedProgram::buffer(const std::string& name) {
  const auto found = std::find_if(capture_.buffers.begin(), capture_.buffers.end(),
                                  [&](const Buffer& b) { return b.name == name; });
  if (found == capture_.buffers.end()) std::abort();
  return *found;
}

void PatchedProgram::lose(std::size_t task, std::size_t first, std::size_t count) {
  const std::uint64_t begin = tasks_.at(task).regcmd_addr - commands_address_ + 8 * first;
  lost_.emplace_back(begin, begin + 8 * count);
}

Opened PatchedProgram::open() const {
  Capture capture = capture_;
  const auto table = std::make_shared<const Bytes>(*table_);
  const auto commands = std::make_shared<const Bytes>(*commands_);
  capture.storage = {table, commands};
  for (Buffer& buffer : capture.buffers) {
    if (buffer.name == "task") buffer.pieces = {{0, std::span(*table)}};
    if (buffer.name != "weight") continue;
    buffer.pieces.clear();
    std::uint64_t begin = 0;
    auto lost = lost_;
    std::sort(lost.begin(), lost.end());
    lost.emplace_back(commands->size(), commands->size());
    for (const auto& [first, end] : lost) {
      if (first > begin)
        buffer.pieces.push_back(
            {commands_offset_ + begin, std::span(*commands).subspan(begin, first - begin)});
      begin = end;
    }
  }
  return open_capture(std::move(capture), RegisterDb::builtin());
}

}  // namespace npuscope::testing
