// The name of a shape: the first line of the input.
#include "replay/shape/shape_list.h"
#include "replay/shape/shape_names.h"
#include "tests/fuzz/consume.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

namespace {

void read_name(std::string_view name) {
  const auto shape = parse_shape(name);
  const auto encoded = parse_encoded_shape(name);
  if (!shape) {
    require(!encoded.has_value(), "the list takes no name away");
    require(!shape.error().what.empty() && shape.error().text().size() < 2000,
            "an error says something, and not the whole input");
    return;
  }
  require(check(*shape).has_value(), "a shape that was read is consistent");
  require(shape->out_height() >= 1 && shape->out_width() >= 1, "and has an output");
  const auto again = parse_encoded_shape(key_of(*shape));
  require(again.has_value() && *again == *shape, "a key reads back as its shape");
  require(key_of(*again) == key_of(*shape), "keys are canonical");
  static_cast<void>(name_of(family_of(*shape)));
}

}  // namespace

void fuzz_shape_name(std::span<const std::byte> bytes) {
  const FileBytes file = in_memory(bytes, "name.txt");
  const std::string_view text = file.text();
  read_name(text.substr(0, text.find('\n')));
}

}  // namespace npuscope::fuzz
