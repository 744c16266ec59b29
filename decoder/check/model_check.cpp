#include "decoder/check/model_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "decoder/check/view.h"

namespace npuscope {
namespace model_rules {
namespace {

constexpr std::uint8_t npu_device = 2;

std::uint64_t count_of(const Node& node, std::size_t list) {
  std::int64_t sum = 0;
  if (list < node.task_counts.size()) sum += node.task_counts[list];
  if (list < node.extra_counts.size()) sum += node.extra_counts[list];
  return static_cast<std::uint64_t>(sum);
}

}  // namespace

void check_lengths(const ProgramView& view, Collector& found) {
  if (view.table().size % task_bytes != 0) {
    found.error("E1",
                fmt::format("the task table has {} bytes, not a multiple of 40", view.table().size),
                view.table().place);
  }
  if (view.stream().size % 8 != 0) {
    found.error(
        "E1",
        fmt::format("the regcmd buffer has {} bytes, not a multiple of 8", view.stream().size),
        view.stream().place);
  }
  const auto& nodes = view.model().nodes;
  // The old generations and other chips run input and output conversions as tasks of CPU nodes.
  const bool npu_nodes_only = view.model().is_rk3588() && view.model().container_version == 6;
  const std::uint64_t tail = view.model().container_version == 0x1004 ? 0 : tail_words;
  for (std::size_t i = 0; i < view.tasks().size(); ++i) {
    const Task& task = view.tasks()[i];
    const auto report = [&](std::string text) {
      found.error("E2", fmt::format("task {}: {}", i, text), view.place_of_task(i));
    };
    if (task.regcmd_addr % record_alignment != 0) {
      report(fmt::format("regcmd_addr {:#x} is not a multiple of 64", task.regcmd_addr));
    }
    const std::uint64_t bytes = 8 * (task.regcfg_amount + tail);
    if (task.regcmd_addr > view.stream().size || bytes > view.stream().size - task.regcmd_addr) {
      report(fmt::format("{} words and tail at {:#x} reach beyond the regcmd buffer of {} bytes",
                         task.regcfg_amount, task.regcmd_addr, view.stream().size));
    } else if (task.regcfg_amount >= believable_amount) {
      report(
          fmt::format("{} words; the longest record of real files has 1097", task.regcfg_amount));
    }
    if (npu_nodes_only &&
        (task.op_idx >= nodes.size() || nodes[task.op_idx].device != npu_device)) {
      report(fmt::format("op_idx {} is not a node of the NPU", task.op_idx));
    }
  }
}

void check_relocations(const ProgramView& view, Collector& found) {
  const Model& model = view.model();
  std::uint64_t previous = ~std::uint64_t{0};
  for (const Relocation& r : model.relocations) {
    const auto report = [&](std::string text) {
      found.error("E4", fmt::format("relocation of word {}: {}", r.word, text),
                  view.place_of_word(r.word));
    };
    if (r.word == previous) report("the word is relocated twice");
    previous = r.word;
    if (r.word >= view.words().size()) {
      report(fmt::format("the regcmd buffer has {} words", view.words().size()));
      continue;
    }
    const Word word = view.words()[r.word];
    if (word.value() != r.addend) {
      report(fmt::format("the word holds {:#x}, the addend is {:#x}", word.value(), r.addend));
    }
    if (model.is_rk3588() && !is_address_register(word.offset())) {
      report(fmt::format("register {:#06x} holds no address", word.offset()));
    }
    if (r.tensor >= model.tensors.size()) {
      report("no tensor has its name");
      continue;
    }
    if (r.addend >= std::max(model.tensors[r.tensor].size, 1U)) {
      report(fmt::format("addend {:#x} outside tensor {} of {} bytes", r.addend, r.tensor,
                         model.tensors[r.tensor].size));
    }
  }
}

void check_lists(const ProgramView& view, Collector& found) {
  const Model& model = view.model();
  if (!model.has_lists) {
    found.error(
        "E5",
        fmt::format("the task counts of the nodes do not add up to the {} tasks of the table",
                    view.tasks().size()),
        view.table().place);
    return;
  }
  const auto& n = model.list_lengths;
  const auto t1 = static_cast<std::int64_t>(n[0]), t2 = static_cast<std::int64_t>(n[1]) + n[2];
  const std::vector<std::int64_t> expected{0, 0, 0, t1, t1 + t2};
  if (model.container_version == 6 &&
      !std::equal(expected.begin(), expected.end(), model.list_starts.begin(),
                  model.list_starts.end())) {
    found.error("E5",
                fmt::format("the graph says that lists start at {{{}}}, the nodes say {{{}}}",
                            fmt::join(model.list_starts, ", "), fmt::join(expected, ", ")),
                view.table().place);
  }
  for (std::size_t list = 0; list < list_count; ++list) {
    const auto [first, end] = view.list(list);
    std::map<std::uint32_t, std::uint64_t> owned;
    for (std::size_t i = first; i < end; ++i) {
      ++owned[view.tasks()[i].op_idx];
      if (i > first && view.tasks()[i].op_idx < view.tasks()[i - 1].op_idx) {
        found.error("E5", fmt::format("task {}: op_idx falls inside list {}", i, list),
                    view.place_of_task(i));
      }
    }
    for (std::uint32_t node = 0; node < model.nodes.size(); ++node) {
      const auto at = owned.find(node);
      const std::uint64_t has = at == owned.end() ? 0 : at->second;
      if (has == count_of(model.nodes[node], list)) continue;
      found.error("E5",
                  fmt::format("node {} announces {} tasks in list {}, the table has {}", node,
                              count_of(model.nodes[node], list), list, has),
                  view.table().place);
    }
  }
}

void report_nodes(const ProgramView& view, Collector& found) {
  const Model& model = view.model();
  const Place place{view.capture().source, 0, false};
  if (!model.is_rk3588()) {
    found.note("N2", fmt::format("platform {}, not rk3588", model.platform), place);
    return;
  }
  std::map<std::string, std::size_t> cpu;
  std::vector<bool> owns(model.nodes.size());
  for (const Task& task : view.tasks()) {
    if (task.op_idx < owns.size()) owns[task.op_idx] = true;
  }
  for (std::size_t i = 0; i < model.nodes.size(); ++i) {
    const Node& node = model.nodes[i];
    if (node.op == "InputOperator" || node.op == "OutputOperator") continue;
    if (node.device != npu_device && !owns[i]) ++cpu[node.op];
    if (node.device != npu_device || owns[i]) continue;
    found.note("N2", fmt::format("node {} ({}) has no task: its output is its input", i, node.op),
               place);
  }
  for (const auto& [op, count] : cpu) {
    found.note("N2", fmt::format("{} {} node{} on the CPU", count, op, count == 1 ? "" : "s"),
               place);
  }
}

}  // namespace model_rules

using model_rules::Collector;
using model_rules::ProgramView;

std::vector<Finding> check_table(const Capture& capture) {
  if (!capture.model) return {};
  const ProgramView view(capture);
  Collector found;
  if (view.has_program()) model_rules::check_lengths(view, found);
  return std::move(found).take();
}

std::string_view name_of(FindingLevel level) {
  switch (level) {
    case FindingLevel::note:
      return "note";
    case FindingLevel::warning:
      return "warning";
    case FindingLevel::error:
      return "error";
  }
  return "error";
}

std::vector<Finding> check_model(const Capture& capture) {
  if (!capture.model) return {};
  const ProgramView view(capture);
  Collector found;
  const bool standard_records = capture.model->container_version != 0x1004;
  if (view.has_program()) model_rules::check_lengths(view, found);
  if (view.has_program() && standard_records) {
    model_rules::check_tails(view, found);
    model_rules::check_relocations(view, found);
    if (capture.model->is_rk3588()) {
      model_rules::check_lists(view, found);
      model_rules::check_state(view, found);
    }
    model_rules::check_words(view, found);
  }
  model_rules::check_memory(view, found);
  model_rules::report_nodes(view, found);
  return std::move(found).take();
}

}  // namespace npuscope
