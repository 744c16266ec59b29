// Opens a bundle, the project's own capture format: bundle.json, events.jsonl, blobs/<hash>.
//
//   auto source = open_bundle_directory("run.bundle");
//   if (source) Result<Capture> capture = read_bundle(*source);
//
// read_input() does this for directories and archives that hold bundles. A bundle that is cut off
// or damaged is read as far as it goes: what is missing, refused or not understood becomes a
// diagnostic, and no byte is used whose blob does not have its hash. Only a head that cannot be
// read is an error. The format is described in docs/formats.md; the writer is
// decoder/bundle/bundle_writer.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "decoder/input/read_input.h"

namespace npuscope {

inline constexpr std::uint64_t max_bundle_head_bytes = std::uint64_t{1} << 20U;
inline constexpr std::uint64_t max_bundle_events_bytes = std::uint64_t{1} << 30U;
inline constexpr std::uint64_t max_bundle_line_bytes = std::uint64_t{64} << 20U;
inline constexpr std::size_t max_bundle_line_values = std::size_t{1} << 20U;
inline constexpr int max_bundle_depth = 16;                                      // ours: 3
inline constexpr std::uint64_t max_bundle_blob_bytes = std::uint64_t{8} << 30U;  // all together
inline constexpr std::uint64_t max_bundle_buffer_end = std::uint64_t{1} << 34U;
// What contents may claim beyond the size of the blobs, by naming the same bytes again.
inline constexpr std::uint64_t max_bundle_repeated_bytes = std::uint64_t{1} << 30U;

struct BundleSource {
  std::string name;  // of the directory, as a person should see it
  FileBytes head, events;
  // The file of this name in blobs/. Only called with names that is_blob_name() accepts.
  std::function<Result<FileBytes>(const std::string& blob)> load_blob;
};

// Errors: the head is no JSON object, or of a schema that is not ours.
[[nodiscard]] Result<Capture> read_bundle(const BundleSource& source);

// Whether these bytes are the head of a bundle, readable or not.
[[nodiscard]] bool looks_like_bundle_head(std::span<const std::byte> bytes);

// Whether the directory holds a bundle: bundle.json with our schema, or with events.jsonl beside.
[[nodiscard]] bool is_bundle_directory(const std::string& path);
// Blobs are loaded when they are asked for. Errors: a file that cannot be read.
[[nodiscard]] Result<BundleSource> open_bundle_directory(const std::string& path);

// Takes the members of bundles out of an archive's files; the rest stays in `files`. A bundle
// without events has empty ones.
[[nodiscard]] std::vector<BundleSource> take_bundles(std::vector<FileBytes>& files);

}  // namespace npuscope
