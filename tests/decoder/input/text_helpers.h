// Reads texts that stand in the tests, and asks captures short questions.
//
//   Capture capture = read_one("GEM 1: handle=1 size=4096 map_offset=0x0\n");
//   EXPECT_EQ(lines_of(capture, "live log"), 1u);
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/input/read_input.h"
#include "decoder/task.h"
#include "decoder/word.h"
#include "tests/corpus.h"

namespace npuscope::testing {

inline FileBytes in_memory(std::string_view text, std::string name = "made.log") {
  auto owner = std::make_shared<const std::string>(text);
  return {std::move(name), owner, std::as_bytes(std::span(owner->data(), owner->size()))};
}

inline std::vector<Capture> read_runs(std::string_view text) {
  auto captures = read_text(in_memory(text));
  EXPECT_TRUE(captures) << captures.error().text();
  return captures ? std::move(*captures) : std::vector<Capture>{};
}

inline Capture read_one(std::string_view text) {
  auto captures = read_runs(text);
  EXPECT_EQ(captures.size(), 1u);
  return captures.empty() ? Capture{} : std::move(captures.front());
}

inline Capture read_corpus(const std::string& name) {
  auto captures = read_input(corpus_path(name));
  EXPECT_TRUE(captures) << captures.error().text();
  if (!captures || captures->size() != 1) {
    ADD_FAILURE() << name << ": one capture expected";
    return {};
  }
  return std::move(captures->front());
}

inline std::uint64_t lines_of(const Capture& capture, std::string_view format) {
  for (const LineCount& count : capture.lines) {
    if (count.format == format) return count.lines;
  }
  return 0;
}

inline std::size_t events_of(const Capture& capture, std::string_view kind) {
  return static_cast<std::size_t>(std::count_if(capture.events.begin(), capture.events.end(),
                                                [&](const Event& e) { return e.kind == kind; }));
}

inline const Event* event_of(const Capture& capture, std::string_view kind) {
  for (const Event& event : capture.events) {
    if (event.kind == kind) return &event;
  }
  return nullptr;
}

inline std::string fact_of(const Capture& capture, std::string_view key) {
  const Fact* fact = capture.fact(key);
  return fact ? fact->value : "(none)";
}

inline std::string argument_of(const Event& event, std::string_view key) {
  for (const auto& [name, value] : event.arguments) {
    if (name == key) return value;
  }
  return "(none)";
}

inline bool says(const Capture& capture, std::string_view words) {
  return std::any_of(capture.diagnostics.begin(), capture.diagnostics.end(),
                     [&](const Diagnostic& d) { return d.text.find(words) != std::string::npos; });
}

inline const Buffer* buffer_of(const Capture& capture, std::string_view name) {
  for (const Buffer& buffer : capture.buffers) {
    if (buffer.name == name) return &buffer;
  }
  return nullptr;
}

inline std::uint64_t word_at(const Buffer& buffer, std::uint64_t offset) {
  const WordView words(buffer.bytes_at(offset, 8));
  return words.empty() ? 0xdeadbeefdeadbeefU : words[0].raw;
}

}  // namespace npuscope::testing
