#include "replay/host/line_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "decoder/emit/walk.h"
#include "regdb/describe.h"
#include "regdb/spelling.h"

namespace npuscope::host {

namespace {

// Names of registers of the program controller as the driver, its trace patch and snapshots print
// them, by their ends: the patch is not public in full. Longer ends stand before shorter ones.
struct RegisterName {
  std::string_view ending;
  std::uint16_t offset;
};
constexpr std::array register_names{
    RegisterName{"operation_enable", 0x0008}, RegisterName{"op_en", 0x0008},
    RegisterName{"data_amount", 0x0014},      RegisterName{"register_amounts", 0x0014},
    RegisterName{"interrupt_mask", 0x0020},   RegisterName{"int_mask", 0x0020},
    RegisterName{"require_mask", 0x0020},     RegisterName{"first_int", 0x0020},
    RegisterName{"last_int", 0x0020},         RegisterName{"int_clear", 0x0024},
    RegisterName{"raw_status", 0x002c},       RegisterName{"int_raw", 0x002c},
    RegisterName{"irq_status", 0x0028},       RegisterName{"int_status", 0x0028},
    RegisterName{"task_control", 0x0030},     RegisterName{"task_con", 0x0030},
    RegisterName{"task_status", 0x003c},
};
constexpr std::array block_masks{std::string_view{"enable_mask"}, std::string_view{"first_enable"},
                                 std::string_view{"last_enable"}};
constexpr std::array<std::string_view, 9> address_names{
    "address",     "addr",   "base",      "base_address", "first_regcmd",
    "last_regcmd", "regcmd", "data_addr", "regcmd_addr"};

// Flags by their names, numbers with their units.
std::string fields_in_words(const Register& reg, std::uint32_t value) {
  std::vector<std::string> parts;
  const RegisterReading reading = describe(reg, value);
  for (const FieldReading& field : reading.fields) {
    if (field.raw == 0) continue;
    const bool flag = field.field->low == field.field->high;
    parts.push_back(flag ? field.field->name : text_of(field));
  }
  if (reading.undefined_bits != 0)
    parts.push_back(fmt::format("unknown bits {:#x}", reading.undefined_bits));
  return parts.empty() ? "nothing is set" : fmt::format("{}", fmt::join(parts, ", "));
}

// Source: job flags of rknpu_ioctl.h.
std::string job_flags(std::uint64_t flags) {
  constexpr std::array<std::string_view, 5> names{"PC", "NONBLOCK", "PINGPONG", "FENCE_IN",
                                                  "FENCE_OUT"};
  std::vector<std::string> parts;
  for (std::size_t bit = 0; bit < names.size(); ++bit)
    if ((flags >> bit & 1U) != 0) parts.emplace_back(names[bit]);
  const std::uint64_t unknown = flags >> names.size() << names.size();
  if (unknown != 0) parts.push_back(fmt::format("unknown bits {:#x}", unknown));
  return parts.empty() ? "none" : fmt::format("{}", fmt::join(parts, " + "));
}

std::string in_words(std::string_view key, std::uint64_t value, const RegisterDb& db,
                     const Capture* capture) {
  const std::string name = lower_case(key);
  if (name == "flags") return job_flags(value);
  if (std::find(block_masks.begin(), block_masks.end(), name) != block_masks.end())
    return value <= 0xffffffffU ? blocks_of(static_cast<std::uint32_t>(value)) : "";
  if (std::find(address_names.begin(), address_names.end(), name) != address_names.end() ||
      name.ends_with("data_addr"))
    return capture == nullptr ? "" : place_in(*capture, value);
  for (const RegisterName& known : register_names) {
    if (!name.ends_with(known.ending) || value > 0xffffffffU) continue;
    const Register* reg = db.at(known.offset);
    if (reg == nullptr) return "";
    return fmt::format("{}: {}", reg->full_name,
                       fields_in_words(*reg, static_cast<std::uint32_t>(value)));
  }
  return "";
}

std::string name_of_buffer(const Buffer& buffer) {
  return buffer.role == BufferRole::unknown
             ? buffer.name
             : fmt::format("{} ({})", buffer.name, npuscope::name_of(buffer.role));
}

}  // namespace

std::vector<std::string> values_in_words(const Arguments& arguments, const RegisterDb& db,
                                         const Capture* capture) {
  std::vector<std::string> texts;
  for (const auto& [key, value] : arguments) {
    const auto number = whole_number(value);
    if (!number) continue;
    const std::string words = in_words(key, *number, db, capture);
    if (!words.empty()) texts.push_back(fmt::format("{} {}: {}", key, value, words));
  }
  return texts;
}

std::string place_in(const Capture& capture, std::uint64_t address) {
  const Buffer* nearest = nullptr;
  std::uint64_t distance = ~std::uint64_t{0};
  bool behind = false;
  for (const Buffer& buffer : capture.buffers) {
    if (!buffer.device_address || buffer.size == 0) continue;
    const std::uint64_t begin = *buffer.device_address;
    const std::uint64_t last = begin + (buffer.size - 1);  // the end may be 2^32
    if (address >= begin && address <= last)
      return fmt::format("{} + {:#x}", name_of_buffer(buffer), address - begin);
    const bool after = address > last;
    const std::uint64_t gap = after ? address - last - 1 : begin - address;
    if (gap >= distance) continue;
    nearest = &buffer;
    distance = gap;
    behind = after;
  }
  if (nearest == nullptr) return "";
  return fmt::format("in no buffer: {:#x} bytes {} {}", distance,
                     behind ? "behind the end of" : "before", name_of_buffer(*nearest));
}

}  // namespace npuscope::host
