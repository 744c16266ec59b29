// A program on its way to a device: an image without its task table, and the table that goes with
// it.
//
//   Result<ReplayProgram> program = replay_program(std::move(image), RegisterDb::builtin());
//   Result<ReplayProgram> moved = move_to(*program, addresses);       // those that a driver gave
//   if (auto cut = end_after(*program, 2); !cut) ...                  // the first two tasks alone
//
// The table is written anew by whoever submits, because its entries hold device addresses: only the
// section that is submitted goes into it, unless the whole table is wanted as the vendor's runtime
// writes it.
#pragma once

#include <optional>
#include <string>

#include "replay/prepare/relocate.h"

namespace npuscope {

struct TableLane {
  unsigned core = 0;
  std::size_t first = 0, count = 0;  // entries of the table
};

struct ReplayProgram {
  Image image;                   // no buffer of it is a task table; lanes as they are submitted
  AddressMap addresses;          // of the image
  std::vector<Task> table;       // addresses are those of the image
  std::vector<TableLane> lanes;  // one for each core
  std::string hash;              // of what is executed, whatever the addresses

  [[nodiscard]] unsigned cores() const { return image.cores; }
};

// A table and where the lanes of the program begin in it.
struct WholeTable {
  std::vector<Task> tasks;
  std::vector<std::size_t> first;  // one for each lane of the image
};

// Errors (usage): an image without tasks.
[[nodiscard]] Result<ReplayProgram> replay_program(Image image, const RegisterDb& db,
                                                   const std::optional<WholeTable>& whole = {});

// `addresses` are those of the buffers of the image, in its order. Errors: as move_to() of images.
[[nodiscard]] Result<ReplayProgram> move_to(const ReplayProgram& program,
                                            std::span<const std::uint32_t> addresses);

// The entries of the table at these addresses. Entries of other sections move with their buffer.
[[nodiscard]] std::vector<Task> table_at(const ReplayProgram& program,
                                         std::span<const std::uint32_t> addresses);

// The part of a buffer that holds the records of the table, with their padding. Bytes 0: none.
struct CommandWindow {
  std::uint64_t offset = 0, bytes = 0;
};
[[nodiscard]] CommandWindow command_window(const ReplayProgram& program, std::size_t buffer);

// Ends the only lane behind its first `tasks`: the link there is taken out, or the controller would
// fetch the next record and leave it for the job after (KABI 3.1). Errors (usage): a program for
// several cores, whose lanes wait for each other; no such task; a record that occurs twice.
[[nodiscard]] Result<void> end_after(Image& image, std::size_t tasks);

}  // namespace npuscope
