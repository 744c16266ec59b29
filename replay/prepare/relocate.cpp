#include "replay/prepare/relocate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "decoder/device_memory.h"
#include "decoder/program/register_state.h"
#include "decoder/word.h"
#include "replay/preflight/dma_switches.h"

namespace npuscope {

namespace {

constexpr std::uint32_t fetch_unit = 16;  // the program controller ignores bits 3:0

std::optional<ImagePlace> place_of(const Image& image, std::uint64_t address) {
  for (std::size_t i = 0; i < image.buffers.size(); ++i) {
    const ImageBuffer& buffer = image.buffers[i];
    if (address >= buffer.address && address - buffer.address < buffer.bytes)
      return ImagePlace{i, address - buffer.address};
  }
  return std::nullopt;
}

// A stretch of memory that the program controller fetches.
struct Window {
  std::uint64_t address = 0, words = 0;
};

Window window_of(const Task& task) {
  return {task.regcmd_addr / fetch_unit * fetch_unit,
          std::uint64_t{task.regcfg_amount} + tail_words};
}

// Calls visit(place, word) for the commands of a window, up to the one that starts the blocks.
template <typename Visit>
void for_each_command(const Image& image, const Window& window, Visit&& visit) {
  const auto begin = place_of(image, window.address);
  if (!begin) return;
  const std::span<const std::byte> content = image.buffers[begin->buffer].content;
  if (begin->offset >= content.size()) return;
  const WordView words(content.subspan(begin->offset));
  for (std::size_t i = 0; i < std::min<std::uint64_t>(window.words, words.size()); ++i) {
    const Word word = words[i];
    if (is_plausible_command(word)) visit(ImagePlace{begin->buffer, begin->offset + 8 * i}, word);
    if (is_operation_enable(word)) return;
  }
}

// The zeros that are addresses of the buffer at address 0: tasks read or write through them.
class ZeroAddresses {
 public:
  ZeroAddresses(const Image& image, const RegisterDb& db) : image_(image), db_(db) {
    if (!place_of(image, 0)) return;
    for (const sim::CoreTasks& lane : image.lanes) run(lane);
  }

  [[nodiscard]] bool contains(const ImagePlace& word) const { return used_.contains(word); }

 private:
  void run(const sim::CoreTasks& lane) {
    RegisterState state;
    std::vector<ImagePlace> written;  // a Cell's word is an index into it
    for (std::size_t t = 0; t < lane.tasks.size(); ++t) {
      std::uint32_t enable = lane.tasks[t].enable_mask;
      for_each_command(image_, window_of(lane.tasks[t]), [&](const ImagePlace& place, Word word) {
        if (is_operation_enable(word)) enable = word.value();
        state.write(t, written.size(), word);
        written.push_back(place);
      });
      note_used(state, enable, written);
      state.launch(enable);
    }
  }

  void note_used(const RegisterState& state, std::uint32_t enable,
                 const std::vector<ImagePlace>& written) {
    const auto value_of = [&state](const reg::RegisterField& field) {
      const Cell* cell = state.find(field.offset);
      return cell != nullptr ? field.in(cell->value) : 0;
    };
    for (const Register& reg : db_.registers()) {
      if (reg.role == AddressRole::none || !reg.block) continue;
      const int bit = facts_of(*reg.block).enable_bit;
      const bool runs = bit >= 0 && (enable >> static_cast<unsigned>(bit) & 1U) != 0;
      if (!runs || !preflight::is_switched_on(reg.role, value_of)) continue;
      const Cell* cell = state.find(reg.offset);
      if (cell != nullptr && cell->value == 0) used_.insert(written[cell->word]);
    }
  }

  const Image& image_;
  const RegisterDb& db_;
  std::set<ImagePlace> used_;
};

class AddressFinder {
 public:
  AddressFinder(const Image& image, const RegisterDb& db)
      : image_(image), db_(db), zeros_(image, db) {}

  AddressMap run() {
    for (const sim::CoreTasks& lane : image_.lanes)
      for (const Task& task : lane.tasks) visit_chain(window_of(task));
    AddressMap map;
    for (const auto& [word, target] : words_) map.words.push_back({word, target});
    for (const auto& [word, stray] : strays_) map.strays.push_back(stray);
    return map;
  }

 private:
  // Records that links lead to and no task names belong to lists of other cores.
  void visit_chain(Window window) {
    while (visited_.emplace(window.address, window.words).second) {
      Window next;
      for_each_command(image_, window, [&](const ImagePlace& place, Word word) {
        if (is_link(word)) next.address = word.value() & ~(fetch_unit - 1);
        if (is_register_amounts(word)) next.words = 2 * (std::uint64_t{word.value() & 0xffffU} + 1);
        visit_word(place, word);
      });
      if (next.address == 0) return;  // the end of the chain
      window = next;
    }
  }

  void visit_word(const ImagePlace& place, Word word) {
    const Register* reg = db_.at(word.offset());
    if (reg == nullptr || reg->role == AddressRole::none) return;
    if (word.value() == 0 && !zeros_.contains(place)) return;
    if (const auto target = place_of(image_, word.value())) {
      words_.emplace(place, *target);
    } else {
      strays_.emplace(place, StrayAddress{place, word.offset(), word.value()});
    }
  }

  const Image& image_;
  const RegisterDb& db_;
  ZeroAddresses zeros_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> visited_;
  std::map<ImagePlace, ImagePlace> words_;
  std::map<ImagePlace, StrayAddress> strays_;
};

Result<void> check_addresses(const Image& image, std::span<const std::uint32_t> addresses) {
  if (addresses.size() != image.buffers.size())
    return wrong_usage(
        fmt::format("{} addresses for {} buffers", addresses.size(), image.buffers.size()));
  std::map<std::uint64_t, std::size_t> placed;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const ImageBuffer& buffer = image.buffers[i];
    if ((addresses[i] - buffer.address) % record_alignment != 0)
      return wrong_usage(
          fmt::format("{:#x} for \"{}\" from {:#x}", addresses[i], buffer.name, buffer.address),
          "buffers move by multiples of 64 bytes");
    if (addresses[i] + buffer.bytes > address_space_bytes)
      return wrong_usage(fmt::format("\"{}\" at {:#x} passes the 4 GiB that the NPU can address",
                                     buffer.name, addresses[i]));
    const auto [at, is_new] = placed.emplace(addresses[i], i);
    const auto next = std::next(at);
    const auto overlap = [&](std::size_t a, std::size_t b) {
      return wrong_usage(fmt::format("\"{}\" and \"{}\" would overlap", image.buffers[a].name,
                                     image.buffers[b].name));
    };
    if (!is_new) return overlap(at->second, i);
    if (next != placed.end() && addresses[i] + buffer.bytes > next->first)
      return overlap(i, next->second);
    if (at != placed.begin()) {
      const auto before = std::prev(at);
      if (before->first + image.buffers[before->second].bytes > addresses[i])
        return overlap(before->second, i);
    }
  }
  return {};
}

}  // namespace

AddressMap find_addresses(const Image& image, const RegisterDb& db) {
  return AddressFinder(image, db).run();
}

Result<Image> move_to(const Image& image, const AddressMap& map,
                      std::span<const std::uint32_t> addresses) {
  if (auto good = check_addresses(image, addresses); !good) return tl::unexpected(good.error());
  const auto moved_address = [&](const ImagePlace& place) {
    return static_cast<std::uint32_t>(addresses[place.buffer] + place.offset);
  };
  Image moved = image;
  for (std::size_t i = 0; i < addresses.size(); ++i) moved.buffers[i].address = addresses[i];
  for (const AddressWord& address : map.words) {
    std::byte* at = moved.buffers[address.word.buffer].content.data() + address.word.offset;
    Word word;
    std::memcpy(&word.raw, at, sizeof word.raw);
    word = Word::make(word.target(), word.offset(), moved_address(address.target));
    if (is_link(word) && word.value() / fetch_unit == 0)
      return wrong_usage(fmt::format("a record in \"{}\" would be linked to at address 0",
                                     image.buffers[address.target.buffer].name),
                         "a chain ends there: choose another address");
    std::memcpy(at, &word.raw, sizeof word.raw);
  }
  for (sim::CoreTasks& lane : moved.lanes)
    for (Task& task : lane.tasks) {
      const auto place = place_of(image, task.regcmd_addr);
      if (!place)
        return wrong_usage(fmt::format("the record at {:#x} lies in no buffer", task.regcmd_addr));
      task.regcmd_addr = moved_address(*place);
    }
  return moved;
}

Result<LinkedModel> move_to(const LinkedModel& linked, const AddressMap& map,
                            std::span<const std::uint32_t> addresses) {
  auto image = move_to(linked.image, map, addresses);
  if (!image) return tl::unexpected(image.error());
  LinkedModel moved{std::move(*image), linked.addresses};
  for (auto& address : moved.addresses) {
    if (!address) continue;
    if (const auto place = place_of(linked.image, *address))
      address = static_cast<std::uint32_t>(addresses[place->buffer] + place->offset);
  }
  return moved;
}

Result<std::vector<std::uint32_t>> addresses_from(const Image& image, std::uint32_t first) {
  std::vector<std::uint32_t> addresses;
  std::uint64_t next = first;
  for (const ImageBuffer& buffer : image.buffers) {
    next = whole_pages(next);
    if (next + buffer.bytes > address_space_bytes)
      return wrong_usage(fmt::format("the buffers do not fit above {:#x}", first),
                         "give a lower address");
    addresses.push_back(static_cast<std::uint32_t>(next));
    next += buffer.bytes + sim::guard_bytes;
  }
  return addresses;
}

}  // namespace npuscope
