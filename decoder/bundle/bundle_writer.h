// A capture as a bundle, the project's own format: bundle.json, events.jsonl, blobs/<hash>.
//
//   for (const BundleFile& file : bundle_files(capture)) ... file.name, file.bytes ...
//   auto written = write_bundle(bundle_files(capture), "run.bundle", false);  // bundle_directory.h
//
// Everything that a reader put into the capture survives: reading the bundle gives an equal one.
// Take the capture as read_input() gives it; open_capture() adds words that it finds again.
// Nothing is written here, so that the files may go into a directory, an archive or a test.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/capture.h"

namespace npuscope {

struct BundleFile {
  std::string name;  // relative to the directory of the bundle
  std::shared_ptr<const void> owner;
  std::span<const std::byte> bytes;
};

// Blobs in the order of their first use, then the events, then the head, which makes it a bundle.
// Blobs are not copied: their owner keeps the storage of the capture. Equal captures give equal
// files.
[[nodiscard]] std::vector<BundleFile> bundle_files(const Capture& capture);

// The text of bundle.json.
[[nodiscard]] std::string bundle_head(std::string_view kind, std::string_view source);

}  // namespace npuscope
