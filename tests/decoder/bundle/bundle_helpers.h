// Bundles that never touch a disk.
//
//   Capture again = read_again(bundle_files(capture));
//   Capture made = read_events({R"({"event":"fact","key":"a","value":"b"})"});
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "decoder/bundle/blob_name.h"
#include "decoder/bundle/bundle_writer.h"
#include "decoder/input/bundle.h"
#include "tests/decoder/input/text_helpers.h"

namespace npuscope::testing {

inline BundleFile bundle_file(std::string name, std::string_view text) {
  FileBytes file = in_memory(text);
  return {std::move(name), file.owner, file.bytes};
}

inline BundleFile blob_file(std::string_view bytes) {
  return bundle_file("blobs/" + blob_name(in_memory(bytes).bytes), bytes);
}

inline std::string text_of(const BundleFile& file) {
  return {reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size()};
}

inline BundleSource source_of(const std::vector<BundleFile>& files) {
  std::vector<FileBytes> members;
  for (const BundleFile& file : files)
    members.push_back({"made.bundle/" + file.name, file.owner, file.bytes});
  auto bundles = take_bundles(members);
  EXPECT_EQ(bundles.size(), 1u);
  EXPECT_TRUE(members.empty());
  return bundles.empty() ? BundleSource{} : std::move(bundles.front());
}

inline Capture read_again(const std::vector<BundleFile>& files) {
  auto capture = read_bundle(source_of(files));
  EXPECT_TRUE(capture) << capture.error().text();
  return capture ? std::move(*capture) : Capture{};
}

inline const std::string good_head =
    R"({"schema":"npuscope.bundle/1","kind":"made","source":"a.log","tool":"npuscope 0.1.0"})";

// The text of all events, with blobs beside them.
inline Capture read_events_text(std::string_view text, std::vector<BundleFile> blobs = {}) {
  blobs.push_back(bundle_file("events.jsonl", text));
  blobs.push_back(bundle_file("bundle.json", good_head));
  return read_again(blobs);
}

// These events and an end.
inline Capture read_events(const std::vector<std::string>& events,
                           std::vector<BundleFile> blobs = {}) {
  std::string text;
  for (const std::string& event : events) text += event + "\n";
  text += fmt::format("{{\"event\":\"end\",\"lines\":{}}}\n", events.size());
  return read_events_text(text, std::move(blobs));
}

inline std::string buffer_event(unsigned id, std::string_view more = {}) {
  return fmt::format(R"({{"event":"buffer","id":{},"name":"b{}","size":"0x10"{}}})", id, id, more);
}

inline std::string content_event(unsigned id, unsigned offset, std::string_view bytes,
                                 std::string_view more = {}) {
  return fmt::format(
      R"({{"event":"content","buffer":{},"offset":"{:#x}","size":"{:#x}","blob":"{}"{}}})", id,
      offset, bytes.size(), blob_name(in_memory(bytes).bytes), more);
}

// Every diagnostic on a line of its own.
inline std::string complaints_of(const Capture& capture) {
  std::string text;
  for (const Diagnostic& d : capture.diagnostics) {
    text += fmt::format("{}: {}: {}\n", d.severity == Severity::warning ? "warning" : "note",
                        d.place.text(), d.text);
  }
  return text;
}

}  // namespace npuscope::testing
