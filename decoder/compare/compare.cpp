#include "decoder/compare/compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "decoder/compare/lane_comparison.h"

namespace npuscope {

namespace {

// The k-th program for a number of cores: older runtimes have three copies of the 1-core program.
const Program* counterpart(const std::vector<Program>& programs, const std::vector<Program>& of,
                           std::size_t index) {
  const unsigned cores = of[index].cores;
  std::size_t nth = 0;
  for (std::size_t i = 0; i < index; ++i) nth += of[i].cores == cores ? 1 : 0;
  for (const Program& program : programs)
    if (program.cores == cores && nth-- == 0) return &program;
  return nullptr;
}

void compare_lanes(LaneComparison& lanes, const Program* a, const Program* b, RecordPair where) {
  const std::size_t count =
      std::max(a == nullptr ? 0 : a->lanes.size(), b == nullptr ? 0 : b->lanes.size());
  for (std::size_t i = 0; i < count; ++i) {
    const Lane* x = a != nullptr && i < a->lanes.size() ? &a->lanes[i] : nullptr;
    const Lane* y = b != nullptr && i < b->lanes.size() ? &b->lanes[i] : nullptr;
    if (x != nullptr) {
      where.core = x->core;
      if (y != nullptr) {
        lanes.lane(*x, *y, where);
      } else {
        lanes.only(*x, where, DifferenceClass::missing);
      }
    } else if (y != nullptr) {
      where.core = y->core;
      lanes.only(*y, where, DifferenceClass::extra);
    }
  }
}

void compare_sets(const Opened& a, const Opened& b, std::size_t index,
                  const RegisterClasses& classes, Comparison& result) {
  const ProgramSet &set_a = a.sets[result.sets[index].a], &set_b = b.sets[result.sets[index].b];
  const ComparedSet side_a{set_a, AddressBook(a, set_a, classes)},
      side_b{set_b, AddressBook(b, set_b, classes)};
  LaneComparison lanes(side_a, side_b, classes, result);
  const auto say = [&result](DifferenceClass kind, unsigned cores) {
    result.structure.push_back(
        {Subject::program, kind, no_word,
         fmt::format("only {} has a program for {} core{}",
                     kind == DifferenceClass::missing ? "A" : "B", cores, cores == 1 ? "" : "s")});
  };
  for (std::size_t i = 0; i < set_a.programs.size(); ++i) {
    const Program* other = counterpart(set_b.programs, set_a.programs, i);
    ++result.programs;
    if (other == nullptr) {
      say(DifferenceClass::missing, set_a.programs[i].cores);
      continue;
    }
    compare_lanes(lanes, &set_a.programs[i], other,
                  {index, set_a.programs[i].cores, 0, no_index, no_index});
  }
  for (std::size_t i = 0; i < set_b.programs.size(); ++i)
    if (counterpart(set_a.programs, set_b.programs, i) == nullptr)
      say(DifferenceClass::extra, set_b.programs[i].cores);
  lanes.finish();
}

// What the first submits of both sides run. A field that one side did not log says nothing.
void compare_submits(const Opened& a, const Opened& b, Comparison& result) {
  if (a.capture.submits.empty() || b.capture.submits.empty()) return;
  const Submit &x = a.capture.submits.front(), &y = b.capture.submits.front();
  const auto say = [&result](Subject subject, std::string text) {
    result.structure.push_back({subject, DifferenceClass::value, no_word, std::move(text)});
  };
  const auto field = [&say](Subject subject, std::string_view name,
                            std::optional<std::uint32_t> in_a, std::optional<std::uint32_t> in_b) {
    if (in_a && in_b && *in_a != *in_b)
      say(subject, fmt::format("submit {} {:#x} / {:#x}", name, *in_a, *in_b));
  };
  field(Subject::submit, "flags", x.flags, y.flags);
  field(Subject::submit_tasks, "task_start", x.task_start, y.task_start);
  field(Subject::submit_tasks, "task_number", x.task_number, y.task_number);
  field(Subject::submit, "core_mask", x.core_mask, y.core_mask);
  for (std::size_t i = 0; i < x.subcore.size(); ++i)
    if (x.subcore[i] && y.subcore[i] && *x.subcore[i] != *y.subcore[i])
      say(Subject::submit_tasks,
          fmt::format("submit subcore {}: {}+{} / {}+{}", i, x.subcore[i]->first,
                      x.subcore[i]->second, y.subcore[i]->first, y.subcore[i]->second));
}

}  // namespace

std::string_view name_of(DifferenceClass kind) {
  constexpr std::array<std::string_view, difference_classes> names{
      "value", "address",          "derived", "performance",
      "order", "unknown-register", "missing", "extra"};
  return names[static_cast<std::size_t>(kind)];
}

std::array<std::uint64_t, difference_classes> Comparison::counts() const {
  std::array<std::uint64_t, difference_classes> counts{};
  for (const RegisterDifference& d : registers) ++counts[static_cast<std::size_t>(d.kind)];
  for (const StructuralDifference& d : structure) ++counts[static_cast<std::size_t>(d.kind)];
  return counts;
}

Comparison compare(const Opened& a, const Opened& b, const RegisterDb& db) {
  Comparison result;
  const RegisterClasses classes(db);
  compare_submits(a, b, result);
  const std::size_t common = std::min(a.sets.size(), b.sets.size());
  for (std::size_t i = 0; i < common; ++i) {
    result.sets.push_back({i, i});
    compare_sets(a, b, i, classes, result);
  }
  for (std::size_t i = common; i < a.sets.size(); ++i)
    result.structure.push_back({Subject::program, DifferenceClass::missing, no_word,
                                fmt::format("only A has task table {}", i)});
  for (std::size_t i = common; i < b.sets.size(); ++i)
    result.structure.push_back({Subject::program, DifferenceClass::extra, no_word,
                                fmt::format("only B has task table {}", i)});
  return result;
}

}  // namespace npuscope
