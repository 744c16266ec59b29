#include "decoder/input/rknn_damage.h"

#include <fmt/format.h>

#include <cstring>
#include <optional>

namespace npuscope {
namespace {

struct Slot;
using Slots = std::span<const Slot>;

enum class Form : std::uint8_t { scalar, pair, text, vector, table, tables };

// One slot that the reader uses. `width`: bytes of the scalar, of the pair of u32, or of one
// element of the vector.
struct Slot {
  unsigned index;
  Form form;
  unsigned width;
  const char* name;
  Slots inner = {};
};

constexpr Slot tensor_slots[] = {
    {0, Form::scalar, 1, "dtype"},         {1, Form::scalar, 1, "layout"},
    {2, Form::scalar, 1, "kind"},          {3, Form::vector, 4, "native shape"},
    {4, Form::vector, 4, "logical shape"}, {5, Form::text, 1, "name"},
    {6, Form::text, 1, "quantisation"},    {7, Form::text, 1, "quantised type"},
    {8, Form::vector, 4, "minimum"},       {9, Form::vector, 4, "maximum"},
    {10, Form::vector, 4, "scale"},        {11, Form::vector, 4, "zero point"},
    {12, Form::scalar, 4, "size"},         {13, Form::scalar, 4, "internal offset"},
    {18, Form::scalar, 4, "buffer"},
};
constexpr Slot buffer_slots[] = {{0, Form::vector, 1, "bytes"}};
constexpr Slot relocation_slots[] = {{0, Form::text, 1, "tensor name"},
                                     {1, Form::vector, 8, "entries"},
                                     {2, Form::vector, 8, "owners"}};
constexpr Slot stride_words[] = {{0, Form::pair, 8, "word 0"}, {1, Form::pair, 8, "word 1"},
                                 {2, Form::pair, 8, "word 2"}, {3, Form::pair, 8, "word 3"},
                                 {4, Form::pair, 8, "word 4"}, {5, Form::pair, 8, "word 5"},
                                 {6, Form::pair, 8, "word 6"}, {7, Form::pair, 8, "word 7"},
                                 {8, Form::pair, 8, "word 8"}, {9, Form::pair, 8, "word 9"}};
constexpr Slot stride_slots[] = {{0, Form::text, 1, "tensor name"},
                                 {1, Form::tables, 4, "list", stride_words}};
constexpr Slot task_slots[] = {
    {0, Form::scalar, 4, "stream"},   {3, Form::scalar, 4, "enable mask"},
    {4, Form::scalar, 4, "int mask"}, {5, Form::vector, 24, "relocations"},
    {6, Form::scalar, 4, "core"},     {8, Form::scalar, 4, "core count"}};
constexpr Slot node_slots[] = {
    {1, Form::text, 1, "operator"},       {2, Form::text, 1, "name"},
    {3, Form::scalar, 1, "device"},       {4, Form::vector, 4, "inputs"},
    {5, Form::vector, 4, "outputs"},      {9, Form::vector, 1, "attributes"},
    {10, Form::vector, 4, "task counts"}, {11, Form::vector, 4, "additional task counts"},
    {12, Form::vector, 4, "traffic"}};
constexpr Slot old_node_slots[] = {
    {1, Form::text, 1, "operator"},    {2, Form::text, 1, "name"},
    {3, Form::scalar, 1, "device"},    {4, Form::vector, 4, "inputs"},
    {5, Form::vector, 4, "outputs"},   {6, Form::tables, 4, "task", task_slots},
    {9, Form::vector, 1, "attributes"}};
constexpr Slot graph_slots[] = {{0, Form::tables, 4, "tensor", tensor_slots},
                                {1, Form::tables, 4, "node", node_slots},
                                {2, Form::vector, 4, "inputs"},
                                {3, Form::vector, 4, "outputs"},
                                {7, Form::tables, 4, "relocation table", relocation_slots},
                                {8, Form::tables, 4, "input stride", stride_slots},
                                {10, Form::vector, 4, "list starts"}};
constexpr Slot old_graph_slots[] = {{0, Form::tables, 4, "tensor", tensor_slots},
                                    {1, Form::tables, 4, "node", old_node_slots},
                                    {2, Form::vector, 4, "inputs"},
                                    {3, Form::vector, 4, "outputs"}};
constexpr Slot memory_slots[] = {{0, Form::scalar, 8, "weight bytes"},
                                 {1, Form::scalar, 8, "internal bytes"}};
constexpr Slot start_slots[] = {{1, Form::text, 1, "family"},
                                {2, Form::tables, 4, "graph", graph_slots},
                                {3, Form::text, 1, "description"},
                                {7, Form::text, 1, "compiler"},
                                {8, Form::text, 1, "platform"},
                                {9, Form::text, 1, "framework"},
                                {12, Form::text, 1, "inputs"},
                                {13, Form::text, 1, "outputs"},
                                {16, Form::text, 1, "shape mode"},
                                {19, Form::table, 4, "memory sizes", memory_slots},
                                {20, Form::tables, 4, "buffer", buffer_slots}};
constexpr Slot old_start_slots[] = {
    {1, Form::text, 1, "family"},      {2, Form::tables, 4, "graph", old_graph_slots},
    {3, Form::text, 1, "description"}, {4, Form::tables, 4, "buffer", buffer_slots},
    {7, Form::text, 1, "compiler"},    {8, Form::text, 1, "platform"},
    {9, Form::text, 1, "framework"},   {12, Form::text, 1, "inputs"},
    {13, Form::text, 1, "outputs"}};

using Damage = std::optional<std::string>;

class Walk {
 public:
  explicit Walk(std::span<const std::byte> payload) : payload_(payload) {}

  Damage root(Slots slots) {
    std::uint64_t at = 0;
    if (auto damage = follow(0, "the start table", at)) return damage;
    return table(at, "the start table", "", slots);
  }

 private:
  [[nodiscard]] bool inside(std::uint64_t at, std::uint64_t count) const {
    return at <= payload_.size() && count <= payload_.size() - at;
  }
  template <typename T>
  [[nodiscard]] T read(std::uint64_t at) const {
    T number{};
    std::memcpy(&number, payload_.data() + at, sizeof number);
    return number;
  }
  static std::string outside(const std::string& what, std::uint64_t at) {
    return fmt::format("{} reaches outside the payload (byte {:#x})", what, at);
  }

  // `target` of the reference at `at`.
  Damage follow(std::uint64_t at, const std::string& what, std::uint64_t& target) const {
    if (!inside(at, 4)) return outside(what, at);
    const auto distance = read<std::uint32_t>(at);
    target = at + distance;
    if (distance == 0 || distance > 0x7fffffffU || !inside(target, 4)) return outside(what, at);
    if (target % 4 != 0) return fmt::format("{} is not aligned (byte {:#x})", what, target);
    return std::nullopt;
  }

  Damage table(std::uint64_t at, const std::string& what, const std::string& prefix, Slots slots) {
    // The verifier bounds the number of tables by the length of the payload; so does this walk.
    if (++tables_ > payload_.size() / 4) return "more tables than the payload has room for";
    const auto vtable = static_cast<std::int64_t>(at) - read<std::int32_t>(at);
    if (vtable < 0 || !inside(static_cast<std::uint64_t>(vtable), 4)) {
      return outside(what + ": the vtable", at);
    }
    const auto v = static_cast<std::uint64_t>(vtable);
    const auto vsize = read<std::uint16_t>(v);
    if (v % 2 != 0 || vsize < 4 || vsize % 2 != 0 || !inside(v, vsize)) {
      return outside(what + ": the vtable", v);
    }
    for (const Slot& slot : slots) {
      if (slot.index >= (vsize - 4U) / 2) continue;
      const auto field = read<std::uint16_t>(v + 4 + 2 * std::uint64_t{slot.index});
      if (field == 0) continue;
      if (auto damage = value(at + field, slot, prefix, what)) return damage;
    }
    return std::nullopt;
  }

  Damage value(std::uint64_t at, const Slot& slot, const std::string& prefix,
               const std::string& owner) {
    const std::string what = owner + ": " + slot.name;
    if (slot.form == Form::scalar || slot.form == Form::pair) {
      if (!inside(at, slot.width)) return outside(what, at);
      const unsigned alignment = slot.form == Form::pair ? 4 : slot.width;
      if (at % alignment != 0) return fmt::format("{} is not aligned (byte {:#x})", what, at);
      return std::nullopt;
    }
    if (at % 4 != 0) return fmt::format("{} is not aligned (byte {:#x})", what, at);
    std::uint64_t target = 0;
    if (auto damage = follow(at, what, target)) return damage;
    if (slot.form == Form::table) return table(target, prefix + slot.name, prefix, slot.inner);
    const std::uint64_t count = read<std::uint32_t>(target);
    if (!inside(target + 4, count * slot.width)) return outside(what, target);
    if (slot.form == Form::text) {
      if (!inside(target + 4 + count, 1) || read<char>(target + 4 + count) != 0) {
        return fmt::format("{} does not end with a NUL (byte {:#x})", what, target);
      }
    }
    if (slot.form != Form::tables) return std::nullopt;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string element = fmt::format("{}{} {}", prefix, slot.name, i);
      std::uint64_t inner = 0;
      if (auto damage = follow(target + 4 + 4 * i, element, inner)) return damage;
      if (auto damage = table(inner, element, element + ", ", slot.inner)) return damage;
    }
    return std::nullopt;
  }

  std::span<const std::byte> payload_;
  std::uint64_t tables_ = 0;
};

}  // namespace

std::string describe_rknn_damage(std::span<const std::byte> payload, RknnGeneration generation) {
  const bool current = generation == RknnGeneration::v6;
  auto damage = Walk(payload).root(current ? Slots(start_slots) : Slots(old_start_slots));
  return damage.value_or("a table holds a field that reaches outside it");
}

}  // namespace npuscope
