// Where the files of a bundle come from: a directory, or the members of an archive.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "decoder/bundle/event_fields.h"
#include "decoder/input/bundle.h"
#include "decoder/input/load_file.h"

namespace npuscope {

namespace {

std::string inside(const std::string& directory, std::string_view name) {
  return directory.ends_with('/') ? fmt::format("{}{}", directory, name)
                                  : fmt::format("{}/{}", directory, name);
}

bool is_file(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

// "x.tar:run/bundle.json" -> "x.tar:run/". Nothing if the name is another one.
std::optional<std::string> directory_of_head(const std::string& name) {
  if (!name.ends_with(bundle_head_name)) return std::nullopt;
  std::string directory = name.substr(0, name.size() - bundle_head_name.size());
  if (!directory.ends_with('/') && !directory.ends_with(':')) return std::nullopt;
  return directory;
}

// The directory whose file this is, if it is a bundle's: head, events or a blob.
std::optional<std::string> bundle_of(const std::string& name,
                                     const std::set<std::string>& directories) {
  std::string directory = name.substr(0, name.find_last_of("/:") + 1);
  const std::string_view file = std::string_view(name).substr(directory.size());
  if (directories.contains(directory)) {
    if (file == bundle_head_name || file == bundle_events_name) return directory;
    return std::nullopt;
  }
  const std::string blobs = fmt::format("{}/", bundle_blobs_name);
  if (!directory.ends_with(blobs)) return std::nullopt;
  directory.resize(directory.size() - blobs.size());
  return directories.contains(directory) ? std::optional(directory) : std::nullopt;
}

using Members = std::map<std::string, FileBytes>;

BundleSource source_of(const std::string& directory, Members members) {
  BundleSource source;
  source.name = directory.substr(0, directory.size() - 1);
  source.head = members[directory + std::string(bundle_head_name)];
  source.events = members[directory + std::string(bundle_events_name)];
  source.events.name = directory + std::string(bundle_events_name);
  source.load_blob = [directory, shared = std::make_shared<const Members>(std::move(members))](
                         const std::string& blob) -> Result<FileBytes> {
    const std::string name = fmt::format("{}{}/{}", directory, bundle_blobs_name, blob);
    const auto found = shared->find(name);
    if (found == shared->end()) return unreadable("it is missing", name);
    return found->second;
  };
  return source;
}

}  // namespace

bool is_bundle_directory(const std::string& path) {
  const std::string head = inside(path, bundle_head_name);
  if (!is_file(head)) return false;
  if (is_file(inside(path, bundle_events_name))) return true;
  const auto file = load_plain_file(head, max_bundle_head_bytes);
  return file && looks_like_bundle_head(file->bytes);
}

Result<BundleSource> open_bundle_directory(const std::string& path) {
  BundleSource source;
  source.name = path;
  auto head = load_plain_file(inside(path, bundle_head_name), max_bundle_head_bytes);
  if (!head) return tl::unexpected(head.error());
  source.head = std::move(*head);
  const std::string events_name = inside(path, bundle_events_name);
  source.events.name = events_name;
  if (is_file(events_name)) {
    auto events = load_plain_file(events_name, max_bundle_events_bytes);
    if (!events) return tl::unexpected(events.error());
    source.events = std::move(*events);
  }
  source.load_blob = [path](const std::string& blob) -> Result<FileBytes> {
    const std::string name = inside(inside(path, bundle_blobs_name), blob);
    if (!is_file(name)) return unreadable("it is missing", name);
    return load_plain_file(name, max_bundle_blob_bytes);
  };
  return source;
}

std::vector<BundleSource> take_bundles(std::vector<FileBytes>& files) {
  std::set<std::string> names;
  for (const FileBytes& file : files) names.insert(file.name);
  std::set<std::string> directories;
  for (const FileBytes& file : files) {
    const auto directory = directory_of_head(file.name);
    if (!directory) continue;
    const bool has_events = names.contains(*directory + std::string(bundle_events_name));
    if (has_events || looks_like_bundle_head(file.bytes)) directories.insert(*directory);
  }
  if (directories.empty()) return {};
  std::map<std::string, Members> members;
  std::vector<FileBytes> others;
  for (FileBytes& file : files) {
    const auto directory = bundle_of(file.name, directories);
    if (directory) {
      members[*directory].emplace(file.name, file);
    } else {
      others.push_back(std::move(file));
    }
  }
  files = std::move(others);
  std::vector<BundleSource> bundles;
  bundles.reserve(members.size());
  for (auto& [directory, own] : members) bundles.push_back(source_of(directory, std::move(own)));
  return bundles;
}

}  // namespace npuscope
