#include "decoder/program/model_link.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "decoder/input/embedded_model.h"
#include "decoder/model.h"
#include "decoder/program/relocation.h"

namespace npuscope {

namespace {

struct Placed {
  std::uint64_t offset = 0;  // of the model's first word in the command buffer
  LinkReport report;
};

// Where the words of the model begin, if the first task that was captured is its first one.
std::optional<Placed> place_in(const Capture& capture, const ProgramSet& set,
                               const Capture& model) {
  if (set.relative || set.stream_buffer == no_index || set.tasks.empty()) return std::nullopt;
  const auto table = model.buffers[*model.model->task_buffer].bytes_from(0);
  const auto words = model.buffers[*model.model->regcmd_buffer].bytes_from(0);
  const Record* record = set.record_of(0);
  if (table.size() < task_bytes || words.empty() || record == nullptr) return std::nullopt;
  const std::uint64_t first = load_task(table).regcmd_addr;
  if (record->at.offset < first) return std::nullopt;
  Placed placed{record->at.offset - first, {}};
  const auto captured = capture.buffers[set.stream_buffer].bytes_from(placed.offset);
  placed.report = link_words(WordView(captured), WordView(words), *model.model);
  return placed;
}

BufferRole role_of(const Model& model, std::uint32_t tensor) {
  const auto is_in = [&](const std::vector<std::int32_t>& list) {
    return std::ranges::find(list, static_cast<std::int32_t>(tensor)) != list.end();
  };
  if (is_in(model.graph_inputs)) return BufferRole::input;
  if (is_in(model.graph_outputs)) return BufferRole::output;
  return BufferRole::unknown;
}

// A buffer that holds an input or output of the graph.
void name_roles(Capture& capture, const LinkReport& report, const Model& model) {
  for (const auto& [tensor, address] : report.bases) {
    const BufferRole role =
        tensor < model.tensors.size() ? role_of(model, tensor) : BufferRole::unknown;
    if (role == BufferRole::unknown) continue;
    for (Buffer& buffer : capture.buffers) {
      if (!buffer.device_address || buffer.role != BufferRole::unknown) continue;
      if (address < *buffer.device_address || address - *buffer.device_address >= buffer.size)
        continue;
      buffer.role = role;
      buffer.role_reason = fmt::format("holds {}", tensor_text(model.tensors[tensor]));
    }
  }
}

}  // namespace

Result<void> link_with_model(Opened& opened, const Capture& model) {
  if (!model.model || !model.model->regcmd_buffer || !model.model->task_buffer)
    return wrong_usage(fmt::format("{}: a model without a register program", model.source),
                       "every operator of it runs on the processor");
  std::size_t unexplained = 0, words = 0;
  for (const ProgramSet& set : opened.sets) {
    auto placed = place_in(opened.capture, set, model);
    if (!placed) continue;
    const LinkReport& report = placed->report;
    if (report.accepted()) {
      auto linked = std::make_shared<Model>(*model.model);
      linked->regcmd_buffer.reset();
      linked->task_buffer.reset();
      linked->linked_at = placed->offset;
      name_roles(opened.capture, report, *linked);
      opened.capture.model = std::move(linked);
      if (opened.capture.original.empty()) opened.capture.original = model.original;
      opened.capture.storage.insert(opened.capture.storage.end(), model.storage.begin(),
                                    model.storage.end());
      opened.capture.facts.push_back(
          {"model.linked",
           fmt::format("{}: {} words are its own, {} have addresses, {} are links", model.source,
                       report.identical, report.relocated, report.links),
           {}});
      return {};
    }
    unexplained = report.unexplained.size() + report.missing;
    words = unexplained + report.identical + report.relocated + report.links;
  }
  return wrong_usage(fmt::format("{} is not the model of {}: {} of its {} words are not explained",
                                 model.source, opened.capture.source, unexplained, words),
                     "is it the file that the program loaded?");
}

void link_with_own_model(Opened& opened) {
  const bool own_program = !opened.sets.empty() && opened.sets.front().relative;
  if (opened.sets.empty() || own_program) return;
  Capture& capture = opened.capture;
  if (capture.model && !capture.original.empty()) {
    const auto model = read_embedded_model(capture, capture.original);
    if (model) static_cast<void>(link_with_model(opened, *model));
    return;
  }
  if (capture.model || !capture.original.empty()) return;
  for (Buffer& buffer : capture.buffers) {
    if (buffer.pieces.empty() || buffer.pieces.front().offset != 0) continue;
    const auto model = find_embedded_model(capture, buffer);
    if (!model || !link_with_model(opened, *model)) continue;
    buffer.role = BufferRole::model;
    buffer.role_reason = "holds the file of the model";
    return;
  }
}

}  // namespace npuscope
