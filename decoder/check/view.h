// What the rules of model_check share: the program of a model as tasks, streams and lists, and a
// collector of findings. Internal to the rules.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decoder/capture.h"
#include "decoder/check/model_check.h"
#include "decoder/model.h"
#include "decoder/task.h"
#include "decoder/word.h"

namespace npuscope::model_rules {

class Collector {
 public:
  void error(std::string_view id, std::string text, Place place = {}) {
    add(id, FindingLevel::error, std::move(text), std::move(place));
  }
  void warning(std::string_view id, std::string text, Place place = {}) {
    add(id, FindingLevel::warning, std::move(text), std::move(place));
  }
  void note(std::string_view id, std::string text, Place place = {}) {
    add(id, FindingLevel::note, std::move(text), std::move(place));
  }
  [[nodiscard]] std::vector<Finding> take() &&;

 private:
  void add(std::string_view id, FindingLevel level, std::string text, Place place);
  struct Counter {
    std::string id;
    FindingLevel level;
    std::size_t count = 0;
  };
  std::vector<Finding> findings_;
  std::vector<Counter> counters_;
};

// A model's program. Refers to the Capture, which must outlive it.
class ProgramView {
 public:
  explicit ProgramView(const Capture& capture);

  [[nodiscard]] const Capture& capture() const { return *capture_; }
  [[nodiscard]] const Model& model() const { return *capture_->model; }
  [[nodiscard]] bool has_program() const { return table_ != nullptr && stream_ != nullptr; }
  [[nodiscard]] const Buffer& table() const { return *table_; }    // only with has_program
  [[nodiscard]] const Buffer& stream() const { return *stream_; }  // only with has_program
  [[nodiscard]] const std::vector<Task>& tasks() const { return tasks_; }
  [[nodiscard]] WordView words() const { return words_; }

  // Body and tail of a task; empty if they do not lie inside the regcmd buffer or are too long to
  // be believed (rule E2).
  [[nodiscard]] WordView record(std::size_t task) const;
  [[nodiscard]] WordView body(std::size_t task) const;
  [[nodiscard]] std::size_t first_word(std::size_t task) const {
    return static_cast<std::size_t>(tasks_[task].regcmd_addr / 8);
  }
  // [first, end) of a list in the task table. Only with model().has_lists.
  [[nodiscard]] std::pair<std::size_t, std::size_t> list(std::size_t index) const;
  // The relocation of a word, nullptr if it has none.
  [[nodiscard]] const Relocation* relocation_of(std::size_t word) const;

  [[nodiscard]] Place place_of_task(std::size_t task) const;
  [[nodiscard]] Place place_of_word(std::size_t word) const;

 private:
  const Capture* capture_;
  const Buffer* table_ = nullptr;
  const Buffer* stream_ = nullptr;
  std::vector<Task> tasks_;
  WordView words_;
};

inline constexpr std::size_t list_count = 6;

// The rules do not look into longer records (E2), so that a hostile table of overlapping records
// cannot make them walk the same words without end. Also a condition of is_vendor_task.
inline constexpr std::uint32_t believable_amount = 0x1000;

// The registers that vendor streams of the RK3588 write, block by block: 148 pairs of target and
// offset, the union over 23,125 tasks. -1 if the word writes none of them; else its place in the
// set of its block.
[[nodiscard]] int place_in_set(Block block, std::uint16_t offset);
[[nodiscard]] std::size_t set_size(Block block);

// True for a register that holds an address (1070, 1110, 4020, ...).
[[nodiscard]] bool is_address_register(std::uint16_t offset);

// One function per group of rules; each in the file of its name.
void check_lengths(const ProgramView& view, Collector& found);      // E1, E2
void check_tails(const ProgramView& view, Collector& found);        // E3, N1 (chains)
void check_relocations(const ProgramView& view, Collector& found);  // E4
void check_lists(const ProgramView& view, Collector& found);        // E5
void check_words(const ProgramView& view, Collector& found);        // W1, W3
void check_state(const ProgramView& view, Collector& found);        // E6, E7, E8, W2
void check_memory(const ProgramView& view, Collector& found);       // W4, N1 (sums)
void report_nodes(const ProgramView& view, Collector& found);       // N2

}  // namespace npuscope::model_rules
