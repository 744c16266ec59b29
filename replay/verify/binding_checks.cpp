// Where the addresses in registers point to: each into the buffer that its register is for.
#include <algorithm>
#include <array>
#include <iterator>
#include <map>

#include "decoder/compare/register_classes.h"
#include "replay/verify/checks.h"

namespace npuscope {

namespace {

struct Binding {
  AddressRole role;
  std::array<std::string_view, 4> buffers;  // of any program; the first one of a single convolution
};

// Constants, commands and the barrier's tensors share the weight buffer; a network's inner tensors
// are in the internal one.
constexpr std::array bindings{
    Binding{AddressRole::feature, {"input", "internal"}},
    Binding{AddressRole::weight, {"weight"}},
    Binding{AddressRole::destination, {"output", "internal"}},
    Binding{AddressRole::main_source, {"input", "internal", "weight", "output"}},
    Binding{AddressRole::bias, {"weight"}},
    Binding{AddressRole::bn_operand, {"weight", "input", "internal", "output"}},
    Binding{AddressRole::element_wise, {"input", "internal", "weight", "output"}},
    Binding{AddressRole::pooling_destination, {"weight", "internal", "output"}},
    Binding{AddressRole::pooling_source, {"weight", "internal", "input"}},
    Binding{AddressRole::command, {"weight"}},
};

// Buffers by address.
class AddressMap {
 public:
  explicit AddressMap(const Run& run) {
    for (const Allocation& buffer : run.allocations())
      if (buffer.address) buffers_.try_emplace(*buffer.address, &buffer);
  }

  // The buffer that an address lies in; nullptr: none.
  [[nodiscard]] const Allocation* holder(std::uint64_t address) const {
    const auto behind = buffers_.upper_bound(address);
    if (behind == buffers_.begin()) return nullptr;
    const auto& [begin, buffer] = *std::prev(behind);
    return address - begin < std::max<std::uint64_t>(buffer->bytes, 1) ? buffer : nullptr;
  }

 private:
  std::map<std::uint64_t, const Allocation*> buffers_;
};

bool allowed(const Binding& binding, std::string_view name, bool single) {
  const auto end = single ? binding.buffers.begin() + 1 : binding.buffers.end();
  return std::find(binding.buffers.begin(), end, name) != end;
}

std::string wanted(const Binding& binding, bool single) {
  std::string text;
  for (const std::string_view name : binding.buffers) {
    if (name.empty() || (single && !text.empty())) break;
    text += fmt::format("{}{}", text.empty() ? "in " : " or ", name);
  }
  return text;
}

}  // namespace

Verdict check_bindings(const Run& run) {
  if (run.set == nullptr || run.set->records.empty())
    return run.set == nullptr ? absent("the input holds no task table")
                              : skip("the words of the program were not captured");
  if (run.allocations().empty() || run.set->relative)
    return absent("the input does not state where its buffers lie");
  const RegisterClasses classes(*run.db);
  const AddressMap buffers(run);
  const bool single =
      run.model != nullptr && run.model->shape && !run.model->shape->fusion.residual;
  const bool complete =
      std::all_of(vendor_buffers.begin(), vendor_buffers.end(),
                  [&run](std::string_view name) { return run.allocation(name) != nullptr; });
  Verdict verdict;
  std::size_t checked = 0, unknown = 0;
  for (const Event& event : run.capture().events)
    if (event.kind == "QWORD_WINDOW" && verdict.place.file.empty()) verdict.place = event.place;
  for (std::size_t r = 0; r < run.set->records.size(); ++r) {
    const Record& record = run.set->records[r];
    record.for_each_word([&](std::size_t index, Word word) {
      if (!classes.is_address(word.offset()) || word.value() == 0) return;
      for (const Binding& binding : bindings) {
        if (binding.role != classes.role(word.offset())) continue;
        const Allocation* buffer = buffers.holder(word.value());
        checked += buffer != nullptr || complete ? 1 : 0;
        // Of a buffer that nobody names only its being there can be checked.
        const bool named = buffer != nullptr &&
                           std::find(vendor_buffers.begin(), vendor_buffers.end(), buffer->name) !=
                               vendor_buffers.end();
        if (buffer != nullptr && (!named || allowed(binding, buffer->name, single))) continue;
        // Nobody knows where an address points to if not all buffers are known.
        if (buffer == nullptr && !complete) {
          ++unknown;
          continue;
        }
        const Buffer& stream = run.capture().buffers[record.at.buffer];
        verdict.fail(fmt::format("task {}: {} address ({} + {:#x})", record.first_task,
                                 name_of(binding.role), stream.name, record.at.offset + 8 * index),
                     wanted(binding, single),
                     buffer == nullptr ? fmt::format("{:#x}, in no buffer", word.value())
                                       : fmt::format("{:#x}, in {}", word.value(), buffer->name),
                     verdict.place, "the NPU would read or write something else");
      }
    });
  }
  return concluded(
      std::move(verdict), checked,
      fmt::format("{} addresses, each in the buffer that its register is for{}", checked,
                  unknown == 0
                      ? std::string()
                      : fmt::format("; {} in buffers that the input does not name", unknown)),
      skip("the records hold no addresses"));
}

}  // namespace npuscope
