// The program of a model file, linked at device addresses.
//
//   Result<LinkedModel> linked = link_model(opened, 2);               // the program for two cores
//   Result<LinkedModel> placed = link_model(opened, 1, {.weights = 0xfff90000, .tensors = {...}});
//   linked->address_of(model.graph_inputs[0])
//
// What no place is given for is laid out from `first` on, each buffer at a page of its own with a
// gap before it. Done as the vendor's runtime does it: relocations by tensor, links of the chain,
// row pitches of interleaved inputs (their rows start at multiples of 16 bytes; the file holds the
// width). A node of the NPU without tasks renames its input: both tensors get one address.
#pragma once

#include <map>
#include <optional>

#include "decoder/open.h"
#include "replay/prepare/image.h"

namespace npuscope {

struct ModelPlaces {
  std::uint32_t first = 0x10000000;
  std::optional<std::uint32_t> weights{}, internal{};  // as the vendor's runtime lays them out
  // By name: inputs, outputs, constants that the weight memory does not hold.
  std::map<std::string, std::uint32_t, std::less<>> tensors{};
};

struct LinkedModel {
  Image image;
  std::vector<std::optional<std::uint32_t>> addresses;  // by index into Model::tensors

  [[nodiscard]] std::optional<std::uint32_t> address_of(std::size_t tensor) const {
    return tensor < addresses.size() ? addresses[tensor] : std::nullopt;
  }
};

// Errors: no model of the RK3588, relocations that fit nothing (unreadable), no program for so many
// cores (usage). A model without a program links to an image without tasks.
[[nodiscard]] Result<LinkedModel> link_model(const Opened& opened, unsigned cores,
                                             const ModelPlaces& places = {});

}  // namespace npuscope
