// The table of all rules.
//
//   for (const Rule& rule : all_rules()) print(rule.id, rule.title);
//   const Rule* rule = find_rule("SCHED-L1");       // by id, by name, or by another document's id
//
// A new rule is one function and one entry in the file of its theme; a test asks that each entry
// has a program that trips it and one that does not.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "replay/preflight/rule.h"

namespace npuscope::preflight {

[[nodiscard]] const std::vector<Rule>& all_rules();

// nullptr if no rule is called so. Upper and lower case are the same.
[[nodiscard]] const Rule* find_rule(std::string_view id_or_name);

// The themes, in the order of all_rules().
[[nodiscard]] std::span<const Rule> submit_rules();    // what a submit may say
[[nodiscard]] std::span<const Rule> trace_rules();     // the calls around it
[[nodiscard]] std::span<const Rule> device_rules();    // the device and the run
[[nodiscard]] std::span<const Rule> task_rules();      // task entries and fetch windows
[[nodiscard]] std::span<const Rule> chain_rules();     // links
[[nodiscard]] std::span<const Rule> state_rules();     // what a task finds in its registers
[[nodiscard]] std::span<const Rule> bank_rules();      // the convolution buffer
[[nodiscard]] std::span<const Rule> geometry_rules();  // sizes, strides, surfaces
[[nodiscard]] std::span<const Rule> path_rules();      // which readers and writers are on
[[nodiscard]] std::span<const Rule> pooling_rules();   // the PPU
[[nodiscard]] std::span<const Rule> address_rules();   // where they point
[[nodiscard]] std::span<const Rule> schedule_rules();  // the tiles of a whole program
[[nodiscard]] std::span<const Rule> bit_rules();       // bits that mean nothing
[[nodiscard]] std::span<const Rule> model_rules();     // model files

}  // namespace npuscope::preflight
