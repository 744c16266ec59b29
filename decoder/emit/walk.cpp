#include "decoder/emit/walk.h"

#include <fmt/format.h>

#include "decoder/model.h"

namespace npuscope {

std::string blocks_of(std::uint32_t enable_mask) {
  std::string text;
  std::uint32_t named = 0;
  for (const BlockFacts& block : block_facts) {
    if (block.enable_bit < 0) continue;
    const std::uint32_t bit = 1U << static_cast<unsigned>(block.enable_bit);
    named |= bit;
    if ((enable_mask & bit) == 0) continue;
    if (!text.empty()) text += '+';
    text += block.name;
  }
  if ((enable_mask & ~named) != 0)
    text += fmt::format("{}{:#x}", text.empty() ? "" : "+", enable_mask & ~named);
  return text.empty() ? "nothing" : text;
}

std::string relocation_text(const SetView& view, const Record& record, std::size_t word_index) {
  const Model* model = view.capture.model.get();
  if (model == nullptr || (!view.set.relative && !model->linked_at)) return {};
  const std::uint64_t first = view.set.relative ? 0 : *model->linked_at;
  if (record.at.offset < first) return {};
  const std::uint64_t word = (record.at.offset - first) / 8 + word_index;
  const auto found =
      std::lower_bound(model->relocations.begin(), model->relocations.end(), word,
                       [](const Relocation& r, std::uint64_t index) { return r.word < index; });
  if (found == model->relocations.end() || found->word != word) return {};
  const std::string name =
      found->tensor < model->tensors.size() ? model->tensors[found->tensor].name : "unknown tensor";
  return fmt::format("{} + {:#x}", name, found->addend);
}

std::string node_text(const SetView& view, std::uint32_t op_idx) {
  const Model* model = view.capture.model.get();
  if (model == nullptr || op_idx >= model->nodes.size()) return fmt::format("{}", op_idx);
  return fmt::format("{} ({})", op_idx, model->nodes[op_idx].op);
}

std::vector<std::string> model_lines(const Capture& capture) {
  std::vector<std::string> lines;
  const Model* model = capture.model.get();
  if (model == nullptr || !model->linked_at) return lines;
  if (const Fact* fact = capture.fact("model.linked")) lines.push_back("model " + fact->value);
  const auto texts = [&](const std::vector<std::int32_t>& tensors) {
    std::string text;
    for (const std::int32_t tensor : tensors) {
      if (tensor < 0 || static_cast<std::size_t>(tensor) >= model->tensors.size()) continue;
      text += (text.empty() ? "" : ", ") +
              tensor_text(model->tensors[static_cast<std::size_t>(tensor)]);
    }
    return text;
  };
  for (std::size_t i = 0; i < model->nodes.size(); ++i) {
    const Node& node = model->nodes[i];
    lines.push_back(fmt::format("op_idx {}: {} {}: {} -> {}", i, node.op, node.name,
                                texts(node.inputs), texts(node.outputs)));
  }
  return lines;
}

std::string comment_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const char before = result.empty() ? '\0' : result.back();
    if ((before == '*' && c == '/') || (before == '/' && c == '*')) result += ' ';
    result += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  }
  return result;
}

std::string link_text(const TaskEntry& entry, const Record* record) {
  if (record == nullptr) return "words not captured";
  if (entry.link == LinkKind::end || entry.link == LinkKind::unknown)
    return std::string(name_of(entry.link));
  const auto word = record->word(record->body_words);
  const std::string address = word ? fmt::format("{:#010x}", word->value()) : std::string("?");
  if (entry.link_task == no_index) return fmt::format("{} {}", name_of(entry.link), address);
  return fmt::format("{}: task {} at {}", name_of(entry.link), entry.link_task, address);
}

}  // namespace npuscope
