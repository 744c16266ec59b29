// A program moved to other device addresses: as a driver hands out buffers, and not where they were
// when the program was captured or linked.
//
//   const AddressMap map = find_addresses(image, RegisterDb::builtin());
//   Result<Image> moved = move_to(image, map, {0xfff90000, 0xfff80000});  // one for each buffer
//   for (const StrayAddress& stray : map.strays) ...                      // these stay as they are
//
// Which registers hold addresses is the database's knowledge (Register::role). Their words are
// found once, in the records of all tasks and in those that links lead to; a map stays valid for
// images that were moved with it, so a way back exists whatever the addresses between are. Task
// tables that lie in memory are not changed: who submits writes them, from Image::lanes.
//
// An address belongs to the buffer that it lies in. Zero means "none", except where a buffer lies
// at address 0 (mainline's driver begins there) and a task reads or writes through the register.
#pragma once

#include <span>
#include <tuple>
#include <vector>

#include "regdb/register_db.h"
#include "replay/prepare/link_model.h"

namespace npuscope {

// A byte of an image; buffers are counted as the image has them.
struct ImagePlace {
  std::size_t buffer = 0;
  std::uint64_t offset = 0;
  friend bool operator==(const ImagePlace&, const ImagePlace&) = default;
  friend bool operator<(const ImagePlace& a, const ImagePlace& b) {
    return std::tie(a.buffer, a.offset) < std::tie(b.buffer, b.offset);
  }
};

// A command word whose value is an address.
struct AddressWord {
  ImagePlace word;
  ImagePlace target;
  friend bool operator==(const AddressWord&, const AddressWord&) = default;
};

// One whose value lies in no buffer.
struct StrayAddress {
  ImagePlace word;
  std::uint16_t register_offset = 0;
  std::uint32_t value = 0;
};

struct AddressMap {
  std::vector<AddressWord> words;  // by place, each once
  std::vector<StrayAddress> strays;
};

[[nodiscard]] AddressMap find_addresses(const Image& image, const RegisterDb& db);

// `addresses` are the new ones of Image::buffers, in their order. Errors (usage): not as many as
// buffers, a distance that is no multiple of 64 bytes, buffers that would overlap or pass 4 GiB, a
// record that would be linked to at address 0, where a chain ends; a task without a record.
[[nodiscard]] Result<Image> move_to(const Image& image, const AddressMap& map,
                                    std::span<const std::uint32_t> addresses);
// The addresses of the tensors move with their buffers.
[[nodiscard]] Result<LinkedModel> move_to(const LinkedModel& linked, const AddressMap& map,
                                          std::span<const std::uint32_t> addresses);

// Addresses one after the other, each at a page, with gaps. Errors (usage): beyond 4 GiB.
[[nodiscard]] Result<std::vector<std::uint32_t>> addresses_from(const Image& image,
                                                                std::uint32_t first);

}  // namespace npuscope
