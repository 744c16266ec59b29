// Rules over bits and registers that mean nothing.
#include <fmt/format.h>

#include "regdb/describe.h"
#include "regdb/register_fields.h"
#include "replay/preflight/rules.h"
#include "replay/preflight/verdict.h"

namespace npuscope::preflight {

namespace {

// Calls visit(task, index, word) for each body word of each record once.
template <typename Visit>
void for_each_body_word(const Context& context, Verdict& verdict, Visit&& visit) {
  for (const TaskView& task : context.tasks()) {
    if (task.record == nullptr) {
      verdict.skip("the words were not captured");
      continue;
    }
    if (context.view_of(task.set_index, task.record->first_task) != &task) continue;  // shared
    verdict.looked();
    task.record->for_each_body_word([&](std::size_t index, Word word) {
      const auto block = block_of_target(word.target());
      if (block && block == block_of_offset(word.offset())) visit(task, index, word);
    });
  }
}

// Set bits that no field owns, or that a reserved field owns.
std::uint32_t idle_bits(const Register& reg, std::uint32_t value) {
  std::uint32_t bits = value & reg.unowned_bits();
  for (const Field& field : reg.fields)
    if (field.must_be_zero) bits |= value & field.mask();
  return bits;
}

void undefined_bits(const Context& context, Verdict& verdict) {
  const RegisterDb& db = context.database();
  for_each_body_word(context, verdict, [&](const TaskView& task, std::size_t index, Word word) {
    const Register* reg = db.at(word.offset());
    if (reg == nullptr) return;
    const std::uint32_t bits = idle_bits(*reg, word.value());
    if (bits != 0)
      verdict.find(context.where_word(task, index),
                   fmt::format("{:#x}: bits {:#x} have no meaning", word.value(), bits),
                   fmt::format("{:#x}", word.value() & ~bits));
  });
}

void unknown_registers(const Context& context, Verdict& verdict) {
  const RegisterDb& db = context.database();
  for_each_body_word(context, verdict, [&](const TaskView& task, std::size_t index, Word word) {
    if (db.at(word.offset()) == nullptr)
      verdict.find(context.where_word(task, index),
                   fmt::format("a write of {:#x} to {:#06x}", word.value(), word.offset()),
                   "a register that the database has");
  });
}

// CONV_CON2[31:28]: 0 one core, 1 and 4 two, 2 and 5 three.
constexpr unsigned cores_of_family(std::uint32_t family) {
  constexpr unsigned cores[] = {1, 2, 3, 0, 2, 3};
  return family < 6 ? cores[family] : 0;
}

void family_of_program(const Context& context, Verdict& verdict) {
  for (const TaskView& task : context.tasks()) {
    if (!task.runs(Block::cna)) continue;
    Reading read(task);
    const std::uint32_t family = read(reg::CNA_CONV_CON2_TILE_FAMILY);
    if (!verdict.looked(read)) continue;
    // A program without a split repeats the records of the 1-core program.
    const TaskView* owner =
        task.record == nullptr ? nullptr : context.view_of(task.set_index, task.record->first_task);
    const unsigned cores = owner == nullptr ? task.cores : owner->cores;
    if (cores_of_family(family) == cores || (cores > 1 && family == 0)) continue;
    verdict.find(context.where(task, reg::CNA_CONV_CON2), fmt::format("family {}", family),
                 fmt::format("{} in a program for {} core{}",
                             cores == 1   ? "0"
                             : cores == 2 ? "1 or 4"
                                          : "2 or 5",
                             cores, cores == 1 ? "" : "s"));
  }
}

constexpr Rule rules[] = {
    {"HW-W10", "undefined-bits", "", Severity::warning, Scope::program,
     "no bit is set that has no meaning",
     "a value for another register, or one that did not fit into its field",
     "registers.xml; vendor records set none", "clear the bits", undefined_bits},
    {"HW-W10-register", "unknown-register", "", Severity::warning, Scope::program,
     "every register that is written is known", "nobody knows what it does",
     "registers.xml; vendor records write none", "leave it out", unknown_registers},
    {"HW-W10-family", "core-family", "", Severity::warning, Scope::program,
     "CONV_CON2 says for how many cores the program is",
     "a record of another alternative; no effect on one core is known",
     "683 of 683 decoded records: 112 / 162 / 201 / 88 / 120",
     "0 one core, 1 and 4 two (rows, kernels), 2 and 5 three", family_of_program},
};

}  // namespace

std::span<const Rule> bit_rules() {
  return rules;
}

}  // namespace npuscope::preflight
