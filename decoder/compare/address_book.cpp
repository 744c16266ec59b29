#include "decoder/compare/address_book.h"

#include <fmt/format.h>

#include <algorithm>

namespace npuscope {

AddressBook::AddressBook(const Opened& input, const ProgramSet& set, const RegisterClasses& classes)
    : input_(input), classes_(classes) {
  const Capture& capture = input.capture;
  is_model_ = capture.model != nullptr && set.relative;
  if (is_model_) {
    for (const Relocation& relocation : capture.model->relocations)
      relocations_.emplace(relocation.word, &relocation);
    return;
  }
  for (std::size_t i = 0; i < capture.buffers.size(); ++i) {
    const Buffer& buffer = capture.buffers[i];
    if (buffer.device_address && buffer.size > 0)
      intervals_.push_back({*buffer.device_address, *buffer.device_address + buffer.size,
                            static_cast<std::uint32_t>(i)});
  }
  std::sort(intervals_.begin(), intervals_.end(),
            [](const Interval& x, const Interval& y) { return x.begin < y.begin; });
  for (const TaskEntry& entry : set.tasks) {
    if (entry.record == no_index) continue;
    set.records[entry.record].for_each_body_word([this](std::size_t, Word word) {
      if (classes_.is_address(word.offset()) && word.value() != 0)
        first_.emplace(classes_.role(word.offset()), word.value());
    });
  }
}

SymbolicAddress AddressBook::find(const Record& record, std::size_t word_index, Word word) const {
  using Kind = SymbolicAddress::Kind;
  if (is_model_) {
    const auto relocation =
        relocations_.find(static_cast<std::uint32_t>(record.at.offset / 8 + word_index));
    if (relocation != relocations_.end())
      return {Kind::tensor, relocation->second->tensor, std::int64_t{relocation->second->addend}};
    // A word that no relocation names stays as it is.
    return word.value() == 0 ? SymbolicAddress{}
                             : SymbolicAddress{Kind::role, 0, std::int64_t{word.value()}};
  }
  if (word.value() == 0) return {};
  const auto behind =
      std::upper_bound(intervals_.begin(), intervals_.end(), std::uint64_t{word.value()},
                       [](std::uint64_t value, const Interval& i) { return value < i.begin; });
  if (behind != intervals_.begin() && word.value() < std::prev(behind)->end) {
    const Interval& interval = *std::prev(behind);
    return {Kind::buffer, interval.buffer,
            static_cast<std::int64_t>(word.value() - interval.begin)};
  }
  const AddressRole role = classes_.role(word.offset());
  const auto first = first_.find(role);
  const std::int64_t base = first == first_.end() ? 0 : std::int64_t{first->second};
  return {Kind::role, static_cast<std::uint32_t>(role), std::int64_t{word.value()} - base};
}

BufferRole AddressBook::role_of(const SymbolicAddress& address) const {
  return address.kind == SymbolicAddress::Kind::buffer ? input_.capture.buffers[address.id].role
                                                       : BufferRole::unknown;
}

std::string AddressBook::text(const SymbolicAddress& address) const {
  const std::string offset =
      address.offset < 0 ? fmt::format(" - {:#x}", static_cast<std::uint64_t>(-address.offset))
                         : fmt::format(" + {:#x}", static_cast<std::uint64_t>(address.offset));
  switch (address.kind) {
    case SymbolicAddress::Kind::tensor: {
      const Model& model = *input_.capture.model;
      return (address.id < model.tensors.size() ? model.tensors[address.id].name
                                                : "a tensor without a name") +
             offset;
    }
    case SymbolicAddress::Kind::buffer: {
      const Buffer& buffer = input_.capture.buffers[address.id];
      const std::string_view role = name_of(buffer.role);
      return (buffer.name == role ? buffer.name : fmt::format("{} ({})", buffer.name, role)) +
             offset;
    }
    case SymbolicAddress::Kind::role:
      return fmt::format("{}{}", name_of(static_cast<AddressRole>(address.id)), offset);
    case SymbolicAddress::Kind::none:
      break;
  }
  return "0x0";
}

bool AddressBook::same_places(const AddressBook& a, const AddressBook& b) {
  if (a.is_model_ || b.is_model_ || a.intervals_.size() != b.intervals_.size()) return false;
  for (std::size_t i = 0; i < a.intervals_.size(); ++i) {
    const Interval &x = a.intervals_[i], &y = b.intervals_[i];
    const BufferRole role_x = a.input_.capture.buffers[x.buffer].role;
    const BufferRole role_y = b.input_.capture.buffers[y.buffer].role;
    if (x.begin != y.begin || x.end != y.end || role_x != role_y) return false;
  }
  return a.first_ == b.first_ || !a.intervals_.empty();
}

}  // namespace npuscope
