// What a .rknn file says beside its bytes: tensors, nodes, relocations, and the six lists of its
// task table.
//
// A model file is the relocatable object of which a memory capture is the linked image. Its
// register words and task table are buffers of the Capture ("regcmd", "task"); addresses in them
// are offsets and addends until relocated. Slot numbers and meanings: container versions 6, 2 and 1
// (85, 3 and 3 public RK3588 files).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace npuscope {

enum class TensorKind : std::uint8_t {
  placeholder = 0,
  input = 1,
  output = 2,
  internal = 3,
  constant = 4,
  shape_constant = 5,
  table = 6,
  stream = 7,
  secondary_constant = 8,
  regcmd = 9,
  task = 10,
};

// "f16" for 10; "" for a number that no file has shown a meaning for.
[[nodiscard]] constexpr std::string_view name_of_dtype(std::uint8_t dtype) {
  constexpr std::array<std::string_view, 14> names{
      "", "f32", "u8", "i8", "u16", "i16", "i32", "i64", "", "bool", "f16", "", "u32", "u64"};
  return dtype < names.size() ? names[dtype] : std::string_view();
}

struct Tensor {
  std::string name;
  std::uint8_t dtype =
      0;  // 1 f32, 2 u8, 3 i8, 4 u16, 5 i16, 6 i32, 7 i64, 9 bool, 10 f16, 12 u32, 13 u64
  std::uint8_t layout = 0;  // 0 NCHW, 2 linear, 64 NC1HWC2, 65 packed weight
  std::uint8_t kind = 0;    // TensorKind; other values occur in unknown files and are kept
  std::vector<std::int32_t> native_shape;
  std::vector<std::int32_t> logical_shape;
  std::string quantisation;    // "layer", "channel" or empty
  std::string quantised_type;  // "int8" or empty
  std::vector<float> scale;
  std::vector<std::int64_t> zero_point;
  std::uint32_t size = 0;             // reserved bytes; may exceed the product of the native shape
  std::uint32_t internal_offset = 0;  // in internal memory
  std::uint32_t buffer = 0;           // index into Model::buffers, 0 = none
};

struct Node {
  std::string op;           // "Conv", "ConvRelu", ...
  std::string name;         // "Conv:conv1"
  std::uint8_t device = 0;  // 2 NPU, 0 CPU, 1 GPU
  [[nodiscard]] bool on_npu() const { return device == 2; }
  std::vector<std::int32_t> inputs, outputs;  // tensor indices
  std::vector<std::int32_t> task_counts;      // per list
  std::vector<std::int32_t>
      extra_counts;  // additional leading tasks per list; only the sum has a meaning
};

// Relocation::tensor of a relocation whose name no tensor has.
inline constexpr std::uint32_t no_tensor = 0xffffffff;

// One word that gets the address of a tensor: word.value = (base of tensor + addend) mod 2^32.
struct Relocation {
  std::uint32_t tensor = 0;  // index into Model::tensors
  std::uint32_t addend = 0;  // bytes
  std::uint32_t word = 0;    // index into the regcmd buffer
  std::int8_t core = -1;     // core of the list that owns the word, -1 when the file does not say
};

// A word to rewrite when a graph input is not stored with the stride that the compiler assumed.
// Role 3 is CNA 107C, the row pitch: for interleaved inputs whose rows are padded, the runtime
// writes the padded pitch there before the run, and the 2- and 3-core programs need it.
struct StrideWord {
  std::uint32_t tensor = 0;  // the input: index into Model::tensors, or no_tensor
  std::uint8_t list = 0;     // 0..5
  std::uint8_t role = 0;     // 0..9, slot of the file
  std::uint32_t value = 0;   // what the compiler wrote
  std::uint32_t word = 0;    // index into the regcmd buffer
};

// Where the bytes of a flatbuffer buffer lie in the file.
struct ModelBuffer {
  std::uint64_t file_offset = 0;
  std::uint64_t size = 0;
};

struct Model {
  std::uint64_t container_version = 0;  // 6, 2, 1 or 0x1004
  std::string family;                   // "RKNPU v2"
  std::string compiler;                 // "2.3.2"
  std::string platform;                 // "rk3588"
  std::string framework;
  std::string json;               // names and I/O as JSON text; never trusted for addresses
  std::int64_t weight_bytes = 0;  // constants in weight memory
  std::int64_t internal_bytes = 0;
  std::vector<Tensor> tensors;
  std::vector<Node> nodes;
  std::vector<std::int32_t> graph_inputs, graph_outputs;
  std::vector<std::int32_t> list_starts;  // graph slot 10: {0, 0, 0, T1, T1+T2} on RK3588
  std::vector<ModelBuffer> buffers;       // index 0 is the empty buffer
  std::vector<Relocation> relocations;    // ascending by word
  std::vector<StrideWord> stride_words;   // as the file lists them, by input, list and role
  std::optional<std::uint32_t> regcmd_buffer, task_buffer;  // indices into Capture::buffers
  // Captures that were linked with their model: where its first command word lies in the command
  // buffer.
  std::optional<std::uint64_t> linked_at;
  std::array<std::uint32_t, 6> list_lengths{};              // tasks of L0 | L1 L2 | L3 L4 L5
  bool has_lists = false;  // the file states its lists (RK3588) and they add up to the task table

  // Registers are decoded only for the RK3588; other chips share the container but not the register
  // map.
  [[nodiscard]] bool is_rk3588() const { return platform == "rk3588"; }
};

// "input [1, 64, 56, 56]": a tensor's name and logical shape.
[[nodiscard]] std::string tensor_text(const Tensor& tensor);

}  // namespace npuscope
