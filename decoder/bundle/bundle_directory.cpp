#include "decoder/bundle/bundle_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "decoder/bundle/blob_name.h"
#include "decoder/bundle/durable_file.h"
#include "decoder/bundle/event_fields.h"

namespace npuscope {

namespace {

namespace fs = std::filesystem;

bool is_blob_path(std::string_view name) {
  const std::string folder = fmt::format("{}/", bundle_blobs_name);
  return name.starts_with(folder) && is_blob_name(name.substr(folder.size()));
}

Result<void> check_names(const std::vector<BundleFile>& files) {
  for (const BundleFile& file : files) {
    if (file.name == bundle_head_name || file.name == bundle_events_name ||
        is_blob_path(file.name)) {
      continue;
    }
    return wrong_usage(fmt::format("\"{}\" is no name of a file in a bundle", file.name));
  }
  return {};
}

// Blobs, events, head.
int rank_of(const BundleFile& file) {
  if (file.name == bundle_head_name) return 2;
  return file.name == bundle_events_name ? 1 : 0;
}

}  // namespace

Result<void> prepare_bundle_directory(const fs::path& directory, bool overwrite) {
  std::error_code error;
  if (fs::exists(directory, error) && !fs::is_directory(directory, error)) {
    return wrong_usage(fmt::format("{}: this is no directory", directory.string()),
                       "name a directory that is empty or does not exist");
  }
  if (fs::exists(directory, error) && !fs::is_empty(directory, error) && !overwrite) {
    return wrong_usage(fmt::format("{}: the directory is not empty", directory.string()),
                       "name another one, or allow overwriting");
  }
  error.clear();
  fs::create_directory(directory, error);
  if (!error) fs::create_directory(directory / bundle_blobs_name, error);
  // From here until the end there is no bundle in the directory.
  if (!error) fs::remove(directory / bundle_head_name, error);
  if (error) return cannot_write(directory, error.message());
  return sync_path(directory);
}

void remove_old_blobs(const fs::path& folder, const std::set<std::string>& kept) {
  std::error_code ignored;
  std::vector<fs::path> old;
  for (fs::directory_iterator entry(folder, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    if (is_blob_name(name) && !kept.contains(name)) old.push_back(entry->path());
  }
  for (const fs::path& path : old) fs::remove(path, ignored);
}

Result<void> write_bundle(const std::vector<BundleFile>& files, const std::string& directory,
                          bool overwrite) {
  if (auto checked = check_names(files); !checked) return checked;
  const fs::path root(directory);
  if (auto ready = prepare_bundle_directory(root, overwrite); !ready) return ready;
  std::vector<const BundleFile*> ordered;
  ordered.reserve(files.size());
  for (const BundleFile& file : files) ordered.push_back(&file);
  std::stable_sort(ordered.begin(), ordered.end(), [](const BundleFile* a, const BundleFile* b) {
    return rank_of(*a) < rank_of(*b);
  });
  std::set<std::string> blobs;
  for (const BundleFile* file : ordered) {
    const fs::path path = root / file->name;
    if (rank_of(*file) == 0) blobs.insert(path.filename().string());
    if (rank_of(*file) == 2) {
      for (const fs::path& folder : {root / bundle_blobs_name, root}) {
        if (auto synced = sync_path(folder); !synced) return synced;
      }
    }
    if (auto written = write_durable(path, file->bytes); !written) return written;
  }
  remove_old_blobs(root / bundle_blobs_name, blobs);
  return sync_path(root);
}

}  // namespace npuscope
