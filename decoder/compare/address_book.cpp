#include "decoder/compare/address_book.h"

#include <fmt/format.h>

#include <algorithm>

namespace npuscope {

AddressBook::AddressBook(const Opened& input, const ProgramSet& set, const RegisterClasses& classes)
    : input_(input), set_(set), classes_(classes) {
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
}

std::int64_t AddressBook::first_of(AddressRole role) const {
  if (!first_) {
    first_.emplace();
    for (const TaskEntry& entry : set_.tasks) {
      if (entry.record == no_index) continue;
      set_.records[entry.record].for_each_body_word([this](std::size_t, Word word) {
        if (classes_.is_address(word.offset()) && word.value() != 0)
          first_->emplace(classes_.role(word.offset()), word.value());
      });
    }
  }
  const auto found = first_->find(role);
  return found == first_->end() ? 0 : std::int64_t{found->second};
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
  return {Kind::role, static_cast<std::uint32_t>(classes_.role(word.offset())),
          std::int64_t{word.value()}};
}

BufferRole AddressBook::role_of(const SymbolicAddress& address) const {
  return address.kind == SymbolicAddress::Kind::buffer ? input_.capture.buffers[address.id].role
                                                       : BufferRole::unknown;
}

std::string AddressBook::name(const SymbolicAddress& address) const {
  switch (address.kind) {
    case SymbolicAddress::Kind::tensor: {
      const Model& model = *input_.capture.model;
      return address.id < model.tensors.size() ? model.tensors[address.id].name
                                               : "a tensor without a name";
    }
    case SymbolicAddress::Kind::buffer: {
      const Buffer& buffer = input_.capture.buffers[address.id];
      const std::string_view role = name_of(buffer.role);
      return buffer.name == role || buffer.role == BufferRole::unknown
                 ? buffer.name
                 : fmt::format("{} ({})", buffer.name, role);
    }
    case SymbolicAddress::Kind::role:
      return std::string(name_of(static_cast<AddressRole>(address.id)));
    case SymbolicAddress::Kind::none:
      break;
  }
  return "0x0";
}

std::string AddressBook::text(const SymbolicAddress& address) const {
  if (address.kind == SymbolicAddress::Kind::none) return name(address);
  if (address.kind == SymbolicAddress::Kind::role && is_model_)
    return fmt::format("{:#x} (not relocated)", address.offset);
  const std::int64_t offset = address.offset - begin_of(address).offset;
  return offset < 0 ? fmt::format("{} - {:#x}", name(address), static_cast<std::uint64_t>(-offset))
                    : fmt::format("{} + {:#x}", name(address), static_cast<std::uint64_t>(offset));
}

SymbolicAddress AddressBook::begin_of(const SymbolicAddress& address) const {
  const bool absolute = address.kind == SymbolicAddress::Kind::role && !is_model_;
  return {address.kind, address.id,
          absolute ? first_of(static_cast<AddressRole>(address.id)) : std::int64_t{0}};
}

std::optional<std::uint64_t> AddressBook::device_address(const SymbolicAddress& address) const {
  const auto offset = static_cast<std::uint64_t>(address.offset);
  if (is_model_) return std::nullopt;
  if (address.kind == SymbolicAddress::Kind::role) return offset;
  if (address.kind != SymbolicAddress::Kind::buffer) return std::nullopt;
  return *input_.capture.buffers[address.id].device_address + offset;
}

std::vector<std::pair<SymbolicAddress, SymbolicAddress>> AddressBook::same_places(
    const AddressBook& a, const AddressBook& b) {
  if (a.is_model_ || b.is_model_ || a.intervals_.size() != b.intervals_.size()) return {};
  std::vector<std::pair<SymbolicAddress, SymbolicAddress>> buffers;
  for (std::size_t i = 0; i < a.intervals_.size(); ++i) {
    const Interval &x = a.intervals_[i], &y = b.intervals_[i];
    const BufferRole role_x = a.input_.capture.buffers[x.buffer].role;
    const BufferRole role_y = b.input_.capture.buffers[y.buffer].role;
    if (x.begin != y.begin || x.end != y.end || role_x != role_y) return {};
    buffers.emplace_back(SymbolicAddress{SymbolicAddress::Kind::buffer, x.buffer, 0},
                         SymbolicAddress{SymbolicAddress::Kind::buffer, y.buffer, 0});
  }
  return buffers;
}

}  // namespace npuscope
