#include "replay/sim/trace.h"

#include <fmt/format.h>

#include <iterator>

namespace npuscope::sim {

namespace {

// A JSON string. Texts are ASCII, but for names of buffers, which are bytes of a file: others than
// ASCII are written as code points of their values, so that every output is valid UTF-8.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (code < 0x20 || code >= 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string hexadecimal(std::uint64_t value) {
  return fmt::format("\"{:#010x}\"", value);
}

std::string json_of_traffic(DmaPath path, const DmaTraffic& traffic, const AddressSpace& memory) {
  std::string text =
      fmt::format(R"({{"client":"{}","bytes":{},"first":{},"end":{},"place":{})", name_of(path),
                  traffic.bytes, hexadecimal(traffic.lowest), hexadecimal(traffic.end),
                  quoted(memory.place_of(static_cast<std::uint32_t>(traffic.lowest))));
  if (traffic.faulty > 0) text += fmt::format(R"(,"outside":{})", traffic.faulty);
  if (traffic.unwritten > 0) text += fmt::format(R"(,"never_written":{})", traffic.unwritten);
  return text + "}";
}

}  // namespace

std::string text_of(const TaskReport& task, const AddressSpace& memory) {
  std::string text = fmt::format(
      "core {}, task {}: {}\n  {} words at {:#010x}, enables {:#x}; "
      "{}x{}x{} -> {}x{}x{}, {} products",
      task.core, task.index, task.operation, task.words, task.address, task.enable_mask,
      task.in_channels, task.in_height, task.in_width, task.out_channels, task.out_height,
      task.out_width, task.macs);
  for (std::size_t i = 0; i < dma_path_count; ++i) {
    const DmaTraffic& traffic = task.traffic[i];
    if (traffic.bytes == 0) continue;
    fmt::format_to(std::back_inserter(text), "\n  {:<12} {:>9} bytes, {:#010x} to {:#010x} ({})",
                   name_of(static_cast<DmaPath>(i)), traffic.bytes, traffic.lowest, traffic.end,
                   memory.place_of(static_cast<std::uint32_t>(traffic.lowest)));
    if (traffic.faulty > 0)
      fmt::format_to(std::back_inserter(text), ", {} outside all buffers", traffic.faulty);
    if (traffic.unwritten > 0)
      fmt::format_to(std::back_inserter(text), ", {} never written", traffic.unwritten);
  }
  return text;
}

std::string json_of(const TaskReport& task, const AddressSpace& memory) {
  std::string text =
      fmt::format(R"({{"core":{},"task":{},"address":{},"words":{},"enable":{},"operation":{},)"
                  R"("in":[{},{},{}],"out":[{},{},{}],"products":{},"dma":[)",
                  task.core, task.index, hexadecimal(task.address), task.words, task.enable_mask,
                  quoted(task.operation), task.in_channels, task.in_height, task.in_width,
                  task.out_channels, task.out_height, task.out_width, task.macs);
  bool first = true;
  for (std::size_t i = 0; i < dma_path_count; ++i) {
    if (task.traffic[i].bytes == 0) continue;
    text += first ? "" : ",";
    first = false;
    text += json_of_traffic(static_cast<DmaPath>(i), task.traffic[i], memory);
  }
  return text + "]}";
}

std::string text_of(const Event& event) {
  return fmt::format("core {}, task {}: {}{}{}: {}", event.core, event.task, name_of(event.kind),
                     event.rule.empty() ? "" : " ", event.rule, event.text);
}

std::string json_of(const Event& event) {
  return fmt::format(R"({{"core":{},"task":{},"kind":{},"rule":{},"text":{}}})", event.core,
                     event.task, quoted(name_of(event.kind)), quoted(event.rule),
                     quoted(event.text));
}

}  // namespace npuscope::sim
