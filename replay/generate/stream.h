// The records of all programs behind one another, with tails, links and the task table: what a
// command buffer holds.
//
//   CommandStream stream;
//   stream.begin_program(2);  stream.add_lane(records, barrier);        // for each lane
//   stream.place();                                                     // offsets and links
//   stream.words(base_of) ...
//
// Everything is relative: offsets count from the first word of the stream.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "decoder/task.h"
#include "decoder/word.h"
#include "replay/generate/records.h"

namespace npuscope {

// Device addresses of the things that words are relative to, indexed by Base.
using BaseAddresses = std::array<std::uint64_t, 8>;

struct StreamRecord {
  RecordWrites body;
  unsigned cores = 1;  // of its program
  std::size_t next =
      static_cast<std::size_t>(-1);  // the record of the same lane that follows; none at its end
  std::uint64_t offset = 0;          // bytes
};

// The six lists of the task table: one core | two lanes | three lanes.
inline constexpr std::size_t list_count = 6;
[[nodiscard]] constexpr std::size_t first_list(unsigned cores) {
  return cores == 1 ? 0 : cores == 2 ? 1 : 3;
}

class CommandStream {
 public:
  // Adds a lane of records to list `list`, linked in order.
  void add_lane(std::size_t list, unsigned cores, std::vector<RecordWrites> records);
  // The tasks of `list` are those of list 0: a program without a split.
  void repeat_first_list(std::size_t list);

  [[nodiscard]] const std::vector<StreamRecord>& records() const { return records_; }
  // The record of each task of a list.
  [[nodiscard]] std::span<const std::size_t> list(std::size_t index) const { return lists_[index]; }
  [[nodiscard]] std::size_t task_count() const;
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

  // The stream with its padding, for these addresses.
  [[nodiscard]] std::vector<std::byte> link(const BaseAddresses& bases) const;
  // The entries of the task table, list after list; record addresses count from `commands`.
  [[nodiscard]] std::vector<Task> tasks(std::uint64_t commands) const;

 private:
  std::vector<StreamRecord> records_;
  std::array<std::vector<std::size_t>, list_count> lists_;
  std::uint64_t bytes_ = 0;
};

// The value of a write for these addresses; registers hold 32 bits.
[[nodiscard]] std::uint32_t linked_value(const RegisterWrite& write, const BaseAddresses& bases);

}  // namespace npuscope
