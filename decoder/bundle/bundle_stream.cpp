#include "decoder/bundle/bundle_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "decoder/bundle/blob_name.h"
#include "decoder/bundle/bundle_directory.h"
#include "decoder/bundle/event_fields.h"
#include "decoder/input/bundle.h"

namespace npuscope {

namespace {

// To make a file costs more than to write a page. All events are to stay readable at once.
constexpr std::size_t most_inside = 4096;
constexpr std::uint64_t most_inside_events = max_bundle_events_bytes / 8;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

Result<BundleStream> BundleStream::create(const std::string& directory, const std::string& kind,
                                          const std::string& source, const StreamOptions& options) {
  const std::filesystem::path root(directory);
  if (auto ready = prepare_bundle_directory(root, options.overwrite); !ready)
    return tl::unexpected(ready.error());
  remove_old_blobs(root / bundle_blobs_name, {});
  const auto path = root / bundle_events_name;
  ::unlink(path.c_str());
  Descriptor events(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666));
  if (!events.valid()) return cannot_write(path, std::strerror(errno));
  if (auto written = write_durable(root / bundle_head_name, bytes_of(bundle_head(kind, source)),
                                   options.durability);
      !written)
    return tl::unexpected(written.error());
  if (options.durability == Durability::machine)
    if (auto synced = sync_path(root); !synced) return tl::unexpected(synced.error());
  return BundleStream(root, source, std::move(events), options.durability);
}

Result<std::string> BundleStream::add_blob(std::span<const std::byte> bytes) {
  std::string name = blob_name(bytes);
  if (!names_.insert(name).second) return name;
  if (bytes.size() <= most_inside && inside_bytes_ + bytes.size() <= most_inside_events) {
    inside_bytes_ += bytes.size();
    blob_bytes_ += bytes.size();
    lines_.bytes(name, bytes);
    return name;
  }
  const auto path = directory_ / bundle_blobs_name / name;
  if (auto written = write_durable(path, bytes, Durability::program); !written)
    return tl::unexpected(written.error());
  blob_bytes_ += bytes.size();
  if (durability_ == Durability::machine) unsynced_.push_back(path);
  return name;
}

// All at once: a disk that has written the first has the others on their way.
Result<void> BundleStream::sync_blobs() {
  if (unsynced_.empty()) return {};
  unsynced_.push_back(directory_ / bundle_blobs_name);
  for (const auto& path : std::exchange(unsynced_, {}))
    if (auto synced = sync_path(path); !synced) return synced;
  return {};
}

Result<void> BundleStream::flush() {
  const auto path = directory_ / bundle_events_name;
  if (auto synced = sync_blobs(); !synced) return synced;
  const std::string text = lines_.take();
  if (text.empty()) return {};
  if (!write_all(events_.get(), bytes_of(text))) return cannot_write(path, std::strerror(errno));
  if (durability_ == Durability::machine && ::fdatasync(events_.get()) != 0)
    return cannot_write(path, std::strerror(errno));
  return {};
}

Result<void> BundleStream::finish() {
  lines_.end();
  return flush();
}

}  // namespace npuscope
