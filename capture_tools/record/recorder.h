// Turns what the preloaded library tells into a bundle.
//
//   auto recorder = Recorder::start("run.bundle", "./client", options);
//   Answer answer = recorder->take(message, payload, device);      // in the order of arrival
//   Result<RecordSummary> summary = recorder->finish();
//
// When take() has returned from the message before a submit for which the library waits, what is
// submitted is on disk. `device` is -1 where it does not wait; it belongs to the caller.
#pragma once

#include <map>
#include <set>
#include <span>

#include "capture_tools/record/open_file.h"
#include "capture_tools/record/protocol.h"
#include "capture_tools/record/record_options.h"
#include "decoder/bundle/bundle_stream.h"
#include "decoder/input/read_input.h"

namespace npuscope::record {

struct RecordSummary {
  std::uint64_t calls = 0, submits = 0, buffers = 0, blobs = 0, blob_bytes = 0;
  std::uint64_t lost = 0;      // messages that could not be sent
  std::uint64_t spent_ns = 0;  // by programs in the preloaded library
  std::uint64_t span_ns = 0;   // from the first message to the last
};

class Recorder {
 public:
  [[nodiscard]] static Result<Recorder> start(const std::string& directory,
                                              const std::string& source,
                                              const RecordOptions& options);

  // Of a submit that waits, all that it needs is written when this returns. Other things are behind
  // flush().
  Answer take(const Message& message, std::span<const std::byte> payload, int device);
  void flush();
  // The model that the program runs, so that its names are known even where no buffer holds it.
  [[nodiscard]] Result<void> add_model(const FileBytes& file);
  // A person should know this of the recording.
  void remark(Severity severity, const std::string& text);
  void fact(const std::string& key, const std::string& value);

  // Errors: what could not be written; the first one.
  [[nodiscard]] Result<RecordSummary> finish();

 private:
  struct Parts {
    std::span<const std::byte> before, after, extra;
  };

  Recorder(BundleStream stream, RecordOptions options)
      : stream_(std::move(stream)), options_(std::move(options)) {}

  OpenFile& file_of(const Message& message);
  void opened(const Message& message, const Parts& parts);
  void note_runtime(std::int32_t pid);
  void mapping(const Message& message, OpenFile& file);
  Answer before_submit(const Message& message, const Parts& parts, OpenFile& file, int device);
  void returned(const Message& message, const Parts& parts, OpenFile& file, int device);
  void submit_returned(const Message& message, OpenFile& file, int device);

  // What a call did to the buffers of a file.
  void created(const Parts& parts, OpenFile& file);
  void imported(OpenFile& file, std::uint32_t handle, std::uint64_t size, int device);
  void released(OpenFile& file, std::uint32_t handle);
  void add_buffer(OpenFile& file, KnownBuffer buffer, std::optional<std::uint64_t> address,
                  std::optional<std::uint32_t> flags, std::uint64_t exact_size, std::string source);

  std::string why_not(std::uint32_t submit) const;
  struct Moment {
    std::uint32_t submit;
    bool complete;
  };
  enum class Extent : std::uint8_t { changes, everything };
  // Pages of the whole buffer or of a range of it.
  void snapshot(OpenFile& file, KnownBuffer& buffer, Moment moment, int device, Extent extent);
  void snapshot(OpenFile& file, KnownBuffer& buffer, Moment moment, int device, Extent extent,
                std::uint64_t offset, std::uint64_t size);
  void write_call(std::string kind, Arguments arguments, const Message& message,
                  const OpenFile& file);
  void keep(const Result<void>& result);

  BundleStream stream_;
  RecordOptions options_;
  std::map<std::uint64_t, OpenFile> files_;
  std::map<std::pair<std::int32_t, std::int32_t>, std::uint32_t> running_;  // submit of a thread
  std::set<std::int32_t> processes_;
  RecordSummary summary_;
  std::uint64_t first_ns_ = 0;
  Result<void> written_;
};

}  // namespace npuscope::record
