// Writes small .rknn files for tests: container versions 6, 2 and 1.
//
//   SyntheticModel model = small_convolution();          // rknn_examples: consistent, six lists
//   model.lists[0][0].relocations[0].addend += 16;
//   std::vector<std::byte> file = write_rknn(model);
//
// The writer places streams at multiples of 64, makes tails, links, task table, relocation tables
// and node counts from the lists, and adds the regcmd and task tensors. Everything else is taken as
// given, so a test can make any inconsistent file by changing the model, or by patching bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "decoder/model.h"
#include "decoder/word.h"

namespace npuscope::testing {

struct SyntheticTensor {
  std::string name;
  std::uint8_t dtype = 10;  // f16
  std::uint8_t layout = 64;
  TensorKind kind = TensorKind::internal;
  std::vector<std::int32_t> native_shape, logical_shape;
  std::uint32_t size = 0, internal_offset = 0;
  std::vector<std::uint8_t> bytes;  // of a constant
};

struct SyntheticNode {
  std::string op;
  std::uint8_t device = 2;
  std::vector<std::int32_t> inputs, outputs;
};

struct SyntheticRelocation {
  std::uint32_t tensor = 0;  // index into SyntheticModel::tensors
  std::uint32_t addend = 0;
  std::uint16_t register_offset = 0;  // the last word of the body that writes it gets the addend
};

struct SyntheticRecord {
  std::uint32_t node = 0;
  std::uint32_t enable_mask = 0;
  std::vector<Word> body;
  std::vector<SyntheticRelocation> relocations;
  // Uses the stream of this record of list 0; `body` and `relocations` are then ignored.
  std::optional<std::size_t> shared;
};

struct SyntheticModel {
  std::uint64_t version = 6;
  std::string platform = "rk3588", family = "RKNPU v2", compiler = "0.0.0 (synthetic)";
  std::vector<SyntheticTensor> tensors;
  std::vector<SyntheticNode> nodes;
  std::vector<std::int32_t> inputs, outputs;  // tensor indices
  std::array<std::vector<SyntheticRecord>, 6> lists;
  bool with_program = true;  // false: no regcmd and task tensors
  std::size_t repeats = 0;   // the tensor list names its first tensor so many times more
};

// Versions 2 and 1 know no shared streams: a shared record is written again.
[[nodiscard]] std::vector<std::byte> write_rknn(const SyntheticModel& model);

// Header, payload and JSON text around any payload; `header` is 64, or 24 for version 1.
[[nodiscard]] std::vector<std::byte> wrap_payload(const std::vector<std::byte>& payload,
                                                  std::uint64_t version, std::size_t header,
                                                  const std::string& json);

}  // namespace npuscope::testing
