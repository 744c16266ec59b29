// Writes a bundle while things happen: what was flushed can be read, whatever becomes of the
// writer.
//
//   auto stream = BundleStream::create("run.bundle", "recording", "./client", {});
//   stream->lines().buffer(0, buffer);
//   stream->add_blob(bytes);               // Result<std::string>: its name
//   stream->flush();                       // the events so far are on disk, behind their blobs
//   stream->finish();                      // with the event `end`: all is there
//
// bundle.json is written first. Without the last event the bundle is recognised as cut off, and
// read up to there. For a capture that is whole already, see bundle_writer.h.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "decoder/bundle/durable_file.h"
#include "decoder/bundle/event_lines.h"

namespace npuscope {

struct StreamOptions {
  bool overwrite = false;  // replace a bundle that is there
  Durability durability = Durability::program;
};

class BundleStream {
 public:
  // Errors as write_bundle() has them (bundle_directory.h).
  [[nodiscard]] static Result<BundleStream> create(const std::string& directory,
                                                   const std::string& kind,
                                                   const std::string& source,
                                                   const StreamOptions& options);

  [[nodiscard]] EventLines& lines() { return lines_; }
  // Equal contents are written once; short ones stand among the events.
  [[nodiscard]] Result<std::string> add_blob(std::span<const std::byte> bytes);
  [[nodiscard]] Result<void> flush();
  [[nodiscard]] Result<void> finish();

  [[nodiscard]] std::size_t blobs() const { return names_.size(); }
  [[nodiscard]] std::uint64_t blob_bytes() const { return blob_bytes_; }

 private:
  BundleStream(std::filesystem::path directory, const std::string& source, Descriptor events,
               Durability durability)
      : directory_(std::move(directory)),
        events_(std::move(events)),
        durability_(durability),
        lines_(source) {}

  Result<void> sync_blobs();

  std::filesystem::path directory_;
  Descriptor events_;
  Durability durability_;
  EventLines lines_;
  std::unordered_set<std::string> names_;
  std::uint64_t blob_bytes_ = 0;
  std::uint64_t inside_bytes_ = 0;               // of blobs among the events
  std::vector<std::filesystem::path> unsynced_;  // blobs since the last flush, if it is to last
};

}  // namespace npuscope
