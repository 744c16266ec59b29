// EMIT text for `asm`. The first byte chooses the options: bit 0 fills absent words, bits 1 and 2
// say whether word or names are right.
#include "decoder/emit/assembler.h"

#include <algorithm>

#include "tests/fuzz/consume.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

namespace {

// A window of 1 GiB is allowed, and would make every run slow: only sizes of few digits here.
bool is_large_window(std::string_view line) {
  return line.starts_with(".window") && line.size() - std::min(line.rfind(' '), line.size()) > 8;
}

}  // namespace

void fuzz_assembler(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  static const EmitFormat format(RegisterDb::builtin());
  const auto choice = std::to_integer<unsigned>(bytes[0]);
  AssembleOptions options;
  options.fill_absent = (choice & 1U) != 0;
  options.prefer = static_cast<AssembleOptions::Prefer>((choice >> 1U & 3U) % 3U);
  const FileBytes file = in_memory(bytes.subspan(1), "fuzzed.txt");
  std::string_view text = file.text();
  std::uint64_t written = 0;
  Sink sink([&](std::string_view block) {
    written += block.size();
    return true;
  });
  Assembler assembler(format, options, sink);
  for (std::uint64_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (!is_large_window(line) && !assembler.line(line, number)) return;
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  const auto report = assembler.finish();
  if (!report) return;
  static_cast<void>(sink.flush());
  require(report->bytes == written, "the report counts the bytes that were written");
  require(report->bytes % 8 == 0, "whole words are written");
}

}  // namespace npuscope::fuzz
