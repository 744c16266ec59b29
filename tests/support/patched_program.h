// A generated program to break: one word, task entry, buffer or submit field at a time.
//
//   PatchedProgram program("b1_c32_h14_w14_oc128_wic32_k3x3_g1");
//   program.field(0, reg::CNA_CBUF_CON0_DATA_BANK, 7);
//   const preflight::LintReport report = preflight::lint(program.open(), {});
//
// Tasks are counted in table order. Patches change the record of a task, which other tasks may
// share.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "decoder/open.h"
#include "regdb/register_field.h"
#include "replay/preflight/device_facts.h"

namespace npuscope::testing {

class PatchedProgram {
 public:
  explicit PatchedProgram(const std::string& shape);

  // The last word of the body that writes this register, which must be there.
  void set(std::size_t task, std::uint16_t offset, std::uint32_t value);
  void field(std::size_t task, const reg::RegisterField& field, std::uint32_t value);
  // Every write of the register in the record becomes a word that does nothing.
  void erase(std::size_t task, std::uint16_t offset);
  // Word `index` of the record; the tail begins behind the body.
  void word(std::size_t task, std::size_t index, Word word);
  // 0 link, 1 amounts, 2 marker, 3 enable.
  void tail(std::size_t task, std::size_t index, Word word);
  [[nodiscard]] Word tail(std::size_t task, std::size_t index) const;
  // The blocks that run: the enable word and the task entry.
  void enable(std::size_t task, std::uint32_t mask);
  void task(std::size_t index, const std::function<void(Task&)>& change);

  [[nodiscard]] Task task(std::size_t index) const;
  [[nodiscard]] std::uint32_t value(std::size_t task, std::uint16_t offset) const;
  [[nodiscard]] bool has(std::size_t task, std::uint16_t offset) const;
  [[nodiscard]] std::uint64_t commands_offset() const { return commands_offset_; }  // in "weight"
  [[nodiscard]] std::size_t tasks() const { return tasks_.size(); }
  [[nodiscard]] std::size_t words() const;          // of the command window
  void flip(std::size_t word, std::uint64_t bits);  // of the command window

  Submit& submit() { return capture_.submits.front(); }
  Buffer& buffer(const std::string& name);
  Capture& capture() { return capture_; }
  preflight::DeviceFacts device;

  // The words [first, first + count) of the record are taken out of the capture.
  void lose(std::size_t task, std::size_t first, std::size_t count);

  [[nodiscard]] Opened open() const;

 private:
  using Bytes = std::vector<std::byte>;
  [[nodiscard]] std::size_t find(std::size_t task, std::uint16_t offset) const;
  [[nodiscard]] std::byte* at(std::size_t task, std::size_t word) const;

  Capture capture_;                          // pieces are made by open()
  std::shared_ptr<Bytes> table_, commands_;  // of the buffers "task" and "weight"
  std::uint64_t commands_offset_ = 0, commands_address_ = 0;
  std::vector<Task> tasks_;                                    // as generated
  std::vector<std::pair<std::uint64_t, std::uint64_t>> lost_;  // byte ranges of the command window
};

}  // namespace npuscope::testing
