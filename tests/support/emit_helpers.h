// Decodes captures into text and assembles text into bytes, in one call each.
//
//   const std::string text = decoded(OutputFormat::emit, {open_capture(...)});
//   const auto bytes = assembled(text);      // Result<std::string>
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "decoder/emit/assembler.h"
#include "decoder/emit/writers.h"
#include "decoder/open.h"

namespace npuscope::testing {

inline std::string decoded(OutputFormat format, const std::vector<Opened>& inputs,
                           const Selection& selection = {},
                           const RegisterDb& db = RegisterDb::builtin()) {
  std::string text;
  Sink sink([&](std::string_view block) {
    text += block;
    return true;
  });
  write_decode(format, inputs, db, selection, sink);
  EXPECT_TRUE(sink.flush());
  return text;
}

inline std::vector<Opened> opened(Capture capture) {
  std::vector<Opened> inputs;
  inputs.push_back(open_capture(std::move(capture), RegisterDb::builtin()));
  return inputs;
}

inline std::vector<std::string> lines_of_text(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

inline Result<std::string> assembled(const std::string& text, AssembleOptions options = {},
                                     AssembleReport* report_out = nullptr) {
  std::string bytes;
  Sink sink([&](std::string_view block) {
    bytes += block;
    return true;
  });
  const EmitFormat format(RegisterDb::builtin());
  Assembler assembler(format, options, sink);
  std::uint64_t number = 0;
  for (const std::string& line : lines_of_text(text)) {
    if (auto ok = assembler.line(line, ++number); !ok) return tl::unexpected(ok.error());
  }
  auto report = assembler.finish();
  if (!report) return tl::unexpected(report.error());
  if (report_out != nullptr) *report_out = *report;
  EXPECT_TRUE(sink.flush());
  EXPECT_EQ(report->bytes, bytes.size());
  return bytes;
}

// The 64-bit words of assembled bytes.
inline std::vector<std::uint64_t> words_in(const std::string& bytes) {
  std::vector<std::uint64_t> words(bytes.size() / 8);
  if (!words.empty()) std::memcpy(words.data(), bytes.data(), 8 * words.size());
  return words;
}

}  // namespace npuscope::testing
