// Places the program of a model file at device addresses, and recognises such a placed program in a
// memory capture.
//
//   WeightMemory memory = layout_weight_memory(model_capture);
//   Bases bases = place_constants(model_capture, 0xfff90000);       // constants and regcmd
//   bases.tensors["input"] = 0xfff7f000;  bases.tensors["output"] = 0xfff76000;
//   auto words = place_regcmd(model_capture, bases);                // what the NPU would fetch
//
//   LinkReport report = link_words(captured_words, model_words, model);
//   if (report.accepted()) ... report.regcmd_base, report.bases ...
//
// A model file is a relocatable object: word.value = (base of its tensor + addend) mod 2^32, links
// between records are byte offsets in the regcmd buffer. Proven on eight public captures of five
// programs: 8,080 words, 0 unexplained.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "decoder/capture.h"
#include "decoder/model.h"
#include "decoder/word.h"
#include "regdb/error.h"

namespace npuscope {

// Device addresses. Tensors by name: constants, internal tensors, inputs and outputs alike.
struct Bases {
  std::uint32_t regcmd = 0;
  std::map<std::string, std::uint32_t, std::less<>> tensors;
};

struct ConstantPlace {
  std::uint32_t tensor = 0;  // index into Model::tensors
  std::uint64_t offset = 0;  // in weight memory
};

// The buffer that the vendor runtime allocates for what a model brings along:
//   constants in tensor order, each at a multiple of 64 | regcmd | copy of the task table
// each part at a multiple of 64. Sizes 82,880, 930,752 and 936,384 seen in captures are exact.
// Constants that only relocations name (kind 8, nine of 85 files) are not part of the vendor's sum
// and have no known place; here they and lookup tables (kind 6) are not laid out.
struct WeightMemory {
  std::vector<ConstantPlace> constants;
  std::uint64_t constant_bytes = 0;  // a multiple of 64; start slot 19 of the file
  std::uint64_t regcmd_offset = 0;
  std::uint64_t task_offset = 0;
  std::uint64_t size = 0;
};

// `capture` must have a model; without a program the last three parts are empty.
[[nodiscard]] WeightMemory layout_weight_memory(const Capture& capture);

// The bases that follow from the address of weight memory.
[[nodiscard]] Bases place_constants(const Capture& capture, std::uint32_t weight_base);

// Adds internal memory: every tensor of kind internal at its offset, and inputs and outputs that
// have no base of their own yet.
void place_internal(const Capture& capture, std::uint32_t internal_base, Bases& bases);

// The regcmd buffer with all relocations and links applied. Errors: no program; a relocation whose
// tensor has no base, no name, or whose word lies outside the buffer.
[[nodiscard]] Result<std::vector<std::byte>> place_regcmd(const Capture& capture,
                                                          const Bases& bases);

// The task table with regcmd_addr as device addresses.
[[nodiscard]] Result<std::vector<std::byte>> place_tasks(const Capture& capture,
                                                         std::uint32_t regcmd_base);

// How every word of a captured regcmd buffer follows from a model. Similar is not enough: a capture
// without its model matched another model of its family in 715 of 832 words.
struct LinkReport {
  std::size_t identical = 0;
  std::size_t relocated = 0;             // explained by the base of a tensor
  std::size_t links = 0;                 // explained by the base of the regcmd buffer
  std::size_t missing = 0;               // words of the model beyond the end of the capture
  std::vector<std::size_t> unexplained;  // word indices
  std::optional<std::uint32_t> regcmd_base;
  std::map<std::uint32_t, std::uint32_t> bases;  // index into Model::tensors -> device address
  [[nodiscard]] bool accepted() const { return unexplained.empty() && missing == 0; }
};

// `captured` begins where the regcmd buffer of the model was placed; words behind its end are
// ignored.
[[nodiscard]] LinkReport link_words(WordView captured, WordView model_words, const Model& model);

// The regcmd base, if `captured` begins with the task table of the model moved by one constant.
[[nodiscard]] std::optional<std::uint64_t> link_tasks(std::span<const std::byte> captured,
                                                      std::span<const std::byte> model_tasks);

}  // namespace npuscope
