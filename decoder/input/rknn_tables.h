// What the readers of the .rknn generations share: bounded copies out of a verified payload, tensor
// tables, the structural rules F3 and F4, and the buffers and facts of the Capture.
//
//   RknnSource source(file, box);          // payload in aligned memory
//   model.tensors = read_tensors(graph.tensors(), source.budget);
//   if (auto broken = find_structural_damage(model)) return unreadable(*broken, file.name);
//
// Internal to decoder/input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "decoder/capture.h"
#include "decoder/input/rknn_container.h"
#include "decoder/model.h"
#include "decoder/task.h"
#include "rknn_tensor_generated.h"

namespace npuscope {

// FlatBuffers may share vectors, so a small hostile file can describe terabytes. Copies stop when
// they add up to more than 32 times the payload; the largest factor of 343 real files is below 4.
class CopyBudget {
 public:
  explicit CopyBudget(std::uint64_t payload_bytes) : left_(32 * payload_bytes + 4096) {}
  [[nodiscard]] bool take(std::uint64_t bytes) {
    exhausted_ = exhausted_ || bytes > left_;
    if (!exhausted_) left_ -= bytes;
    return !exhausted_;
  }
  [[nodiscard]] bool exhausted() const { return exhausted_; }

 private:
  std::uint64_t left_;
  bool exhausted_ = false;
};

// A payload at an address that FlatBuffers may read scalars from. Copies only when the bytes that
// we were given are not aligned. `file` must outlive it.
struct RknnSource {
  RknnSource(const FileBytes& input, const RknnContainer& container);
  const FileBytes& file;
  const RknnContainer& box;
  std::vector<std::uint64_t> copy;
  std::span<const std::byte> aligned;
  CopyBudget budget;

  // Where a vector of the (verified) payload lies in the file.
  [[nodiscard]] ModelBuffer place_of(const flatbuffers::Vector<std::uint8_t>* bytes) const;
};

inline constexpr std::size_t max_payload_bytes = 0x7fffffff;  // FlatBuffers offsets are signed

[[nodiscard]] std::string text_of(const flatbuffers::String* text, CopyBudget& budget);
[[nodiscard]] std::vector<std::int32_t> numbers_of(const flatbuffers::Vector<std::int32_t>* numbers,
                                                   CopyBudget& budget);

using TensorEntries = flatbuffers::Vector<flatbuffers::Offset<rknn::TensorEntry>>;
using BufferEntries = flatbuffers::Vector<flatbuffers::Offset<rknn::BufferEntry>>;
[[nodiscard]] std::vector<Tensor> read_tensors(const TensorEntries* entries, CopyBudget& budget);
[[nodiscard]] std::vector<ModelBuffer> read_buffers(const BufferEntries* entries,
                                                    const RknnSource& source);

// The first violation of F3 (indices) or F4 (one register stream and one task table, or neither).
[[nodiscard]] std::optional<std::string> find_structural_damage(const Model& model);

// A Buffer over a range of the file, which must lie inside it.
[[nodiscard]] Buffer buffer_of(const FileBytes& file, std::string name, BufferRole role,
                               ModelBuffer range);
// One Buffer for each constant tensor with bytes.
void add_constants(Capture& capture, const FileBytes& file, const Model& model);
// Compiler, platform, inputs and outputs; and the warning when registers cannot be decoded.
void add_facts(Capture& capture, const FileBytes& file, const Model& model);

}  // namespace npuscope
