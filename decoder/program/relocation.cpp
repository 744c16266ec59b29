#include "decoder/program/relocation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "decoder/task.h"

namespace npuscope {
namespace {

constexpr std::uint64_t align64(std::uint64_t bytes) {
  return (bytes + 63) & ~std::uint64_t{63};
}

bool lies_in_weight_memory(const Tensor& tensor) {
  return tensor.kind == static_cast<std::uint8_t>(TensorKind::constant) ||
         tensor.kind == static_cast<std::uint8_t>(TensorKind::shape_constant);
}

const Buffer* buffer_at(const Capture& capture, std::optional<std::uint32_t> index) {
  return index && *index < capture.buffers.size() ? &capture.buffers[*index] : nullptr;
}

Word with_value(Word word, std::uint32_t value) {
  return Word::make(word.target(), word.offset(), value);
}

void store(std::vector<std::byte>& bytes, std::size_t word, Word value) {
  std::memcpy(bytes.data() + 8 * word, &value.raw, 8);
}

// Byte ranges of tail word 0, one per task.
std::vector<std::size_t> link_words_of(const Buffer& table, std::size_t words) {
  std::vector<std::size_t> links;
  const auto bytes = table.bytes_from(0);
  for (std::size_t at = 0; at + task_bytes <= bytes.size(); at += task_bytes) {
    const Task task = load_task(bytes.subspan(at, task_bytes));
    const std::uint64_t link = task.regcmd_addr / 8 + task.regcfg_amount;
    if (task.regcmd_addr % 8 == 0 && link < words) links.push_back(static_cast<std::size_t>(link));
  }
  std::sort(links.begin(), links.end());  // tasks share streams; place each link once
  links.erase(std::unique(links.begin(), links.end()), links.end());
  return links;
}

tl::unexpected<Error> no_program(const Capture& capture) {
  return unreadable("the model has no register program: every operator runs on the CPU",
                    capture.source);
}

}  // namespace

WeightMemory layout_weight_memory(const Capture& capture) {
  WeightMemory memory;
  if (!capture.model) return memory;
  const Model& model = *capture.model;
  for (std::uint32_t i = 0; i < model.tensors.size(); ++i) {
    const Tensor& tensor = model.tensors[i];
    if (!lies_in_weight_memory(tensor) || tensor.buffer == 0 ||
        tensor.buffer >= model.buffers.size())
      continue;
    memory.constants.push_back({i, memory.constant_bytes});
    memory.constant_bytes += align64(model.buffers[tensor.buffer].size);
  }
  const Buffer* regcmd = buffer_at(capture, model.regcmd_buffer);
  const Buffer* table = buffer_at(capture, model.task_buffer);
  memory.regcmd_offset = memory.constant_bytes;
  memory.task_offset = memory.regcmd_offset + align64(regcmd ? regcmd->size : 0);
  memory.size = memory.task_offset + align64(table ? table->size : 0);
  return memory;
}

Bases place_constants(const Capture& capture, std::uint32_t weight_base) {
  Bases bases;
  const WeightMemory memory = layout_weight_memory(capture);
  for (const ConstantPlace& place : memory.constants) {
    bases.tensors[capture.model->tensors[place.tensor].name] =
        weight_base + static_cast<std::uint32_t>(place.offset);
  }
  bases.regcmd = weight_base + static_cast<std::uint32_t>(memory.regcmd_offset);
  return bases;
}

void place_internal(const Capture& capture, std::uint32_t internal_base, Bases& bases) {
  if (!capture.model) return;
  for (const Tensor& tensor : capture.model->tensors) {
    const auto kind = static_cast<TensorKind>(tensor.kind);
    if (kind != TensorKind::internal && kind != TensorKind::input && kind != TensorKind::output)
      continue;
    bases.tensors.emplace(tensor.name, internal_base + tensor.internal_offset);
  }
}

Result<std::vector<std::byte>> place_regcmd(const Capture& capture, const Bases& bases) {
  if (!capture.model) return no_program(capture);
  const Model& model = *capture.model;
  const Buffer* regcmd = buffer_at(capture, model.regcmd_buffer);
  const Buffer* table = buffer_at(capture, model.task_buffer);
  if (regcmd == nullptr || table == nullptr) return no_program(capture);
  const auto bytes = regcmd->bytes_from(0);
  const WordView words(bytes);
  std::vector<std::byte> placed(bytes.begin(), bytes.end());
  for (const Relocation& relocation : model.relocations) {
    const std::string where =
        fmt::format("{}, relocation of word {}", capture.source, relocation.word);
    if (relocation.word >= words.size()) {
      return unreadable(fmt::format("the regcmd buffer has {} words", words.size()), where);
    }
    if (relocation.tensor >= model.tensors.size())
      return unreadable("no tensor has its name", where);
    const std::string& name = model.tensors[relocation.tensor].name;
    const auto base = bases.tensors.find(name);
    if (base == bases.tensors.end()) {
      return wrong_usage(fmt::format("{}: tensor \"{}\" has no address", where, name),
                         "give it a base");
    }
    store(placed, relocation.word,
          with_value(words[relocation.word], base->second + relocation.addend));
  }
  for (const std::size_t at : link_words_of(*table, words.size())) {
    if (words[at].raw == 0) continue;
    store(placed, at, with_value(words[at], words[at].value() + bases.regcmd));
  }
  return placed;
}

Result<std::vector<std::byte>> place_tasks(const Capture& capture, std::uint32_t regcmd_base) {
  const Buffer* table = capture.model ? buffer_at(capture, capture.model->task_buffer) : nullptr;
  if (table == nullptr) return no_program(capture);
  const auto bytes = table->bytes_from(0);
  std::vector<std::byte> placed(bytes.begin(), bytes.end());
  for (std::size_t at = 0; at + task_bytes <= placed.size(); at += task_bytes) {
    Task task = load_task(bytes.subspan(at, task_bytes));
    task.regcmd_addr += regcmd_base;
    std::memcpy(placed.data() + at, &task, task_bytes);
  }
  return placed;
}

LinkReport link_words(WordView captured, WordView model_words, const Model& model) {
  LinkReport report;
  const std::size_t count = std::min(captured.size(), model_words.size());
  report.missing = model_words.size() - count;
  auto relocation = model.relocations.begin();
  for (std::size_t i = 0; i < count; ++i) {
    const Word ours = model_words[i], theirs = captured[i];
    while (relocation != model.relocations.end() && relocation->word < i) ++relocation;
    const bool relocatable = relocation != model.relocations.end() && relocation->word == i;
    const bool same_register = ours.target() == theirs.target() && ours.offset() == theirs.offset();
    if (relocatable && same_register) {
      const std::uint32_t base = theirs.value() - relocation->addend;
      if (report.bases.emplace(relocation->tensor, base).first->second != base) {
        report.unexplained.push_back(i);
      } else {
        ++(ours == theirs ? report.identical : report.relocated);
      }
    } else if (ours == theirs) {
      ++report.identical;
    } else if (is_link(ours) && is_link(theirs)) {
      const std::uint32_t base = theirs.value() - ours.value();
      if (!report.regcmd_base) report.regcmd_base = base;
      if (*report.regcmd_base == base) {
        ++report.links;
      } else {
        report.unexplained.push_back(i);
      }
    } else {
      report.unexplained.push_back(i);
    }
  }
  return report;
}

std::optional<std::uint64_t> link_tasks(std::span<const std::byte> captured,
                                        std::span<const std::byte> model_tasks) {
  if (model_tasks.size() < task_bytes || captured.size() < model_tasks.size()) return std::nullopt;
  std::optional<std::uint64_t> base;
  for (std::size_t at = 0; at + task_bytes <= model_tasks.size(); at += task_bytes) {
    Task ours = load_task(model_tasks.subspan(at, task_bytes));
    Task theirs = load_task(captured.subspan(at, task_bytes));
    if (!base) base = theirs.regcmd_addr - ours.regcmd_addr;
    if (theirs.regcmd_addr - ours.regcmd_addr != *base) return std::nullopt;
    theirs.int_status = ours.int_status;  // written by the driver
    theirs.regcmd_addr = ours.regcmd_addr;
    if (!(ours == theirs)) return std::nullopt;
  }
  return base;
}

}  // namespace npuscope
