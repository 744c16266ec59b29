#include "decoder/input/read_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include "decoder/bundle/event_fields.h"
#include "decoder/input/bundle.h"
#include "decoder/input/load_file.h"
#include "decoder/input/rknn_container.h"
#include "decoder/input/sniff.h"

namespace npuscope {

namespace {

Result<std::vector<Capture>> only(Result<Capture> capture) {
  if (!capture) return tl::unexpected(capture.error());
  std::vector<Capture> captures;
  captures.push_back(std::move(*capture));
  return captures;
}

// A text in which no line was understood: a README beside the dumps.
bool says_nothing(const std::vector<Capture>& captures) {
  return std::all_of(captures.begin(), captures.end(), [](const Capture& capture) {
    return capture.kind == "text" && capture.buffers.empty() && capture.events.empty();
  });
}

// A model file that was dumped from memory: its own header says that it ends before the bytes do.
bool is_dumped_model(const FileBytes& file) {
  const auto size = rknn_file_size(file.bytes);
  return size && *size < file.bytes.size();
}

Result<Capture> read_dumped_model(FileBytes file) {
  const std::uint64_t size = *rknn_file_size(file.bytes);
  const std::uint64_t behind = file.bytes.size() - size;
  file.bytes = file.bytes.first(static_cast<std::size_t>(size));
  auto capture = read_rknn(file);
  if (capture) {
    capture->note(
        fmt::format("{} bytes behind the model are not part of it: it was dumped from memory",
                    behind),
        {file.name, size, false});
  }
  return capture;
}

// Several files as one input: the raw dumps together are one capture, everything else stands
// alone. A file that cannot be read does not hide the others: it becomes a diagnostic.
class Collection {
 public:
  explicit Collection(std::string source) : source_(std::move(source)) {}

  void add(FileBytes file) {
    if (file.bytes.empty())
      return skip(
          Error{ErrorKind::unreadable, "the file is empty", file.name, "dump the object again"});
    const ContentKind kind = sniff(file.bytes);
    if (kind == ContentKind::raw || (kind == ContentKind::model && is_dumped_model(file))) {
      raw_.push_back(std::move(file));
      return;
    }
    auto captures = read_bytes(file);
    if (!captures) return skip(captures.error());
    auto& list = says_nothing(*captures) ? silent_ : captures_;
    std::move(captures->begin(), captures->end(), std::back_inserter(list));
  }
  void add(Result<BundleSource> bundle) {
    auto capture = bundle ? read_bundle(*bundle) : tl::unexpected(bundle.error());
    if (!capture) return skip(capture.error());
    captures_.push_back(std::move(*capture));
  }
  void skip(Error error) { skipped_.push_back(std::move(error)); }

  Result<std::vector<Capture>> finish() && {
    if (!raw_.empty()) {
      auto raw = read_raw_gems(raw_, source_);
      if (!raw) return tl::unexpected(raw.error());
      captures_.insert(captures_.begin(), std::move(*raw));
    }
    if (captures_.empty()) captures_ = std::exchange(silent_, {});
    if (captures_.empty() && !skipped_.empty()) return tl::unexpected(skipped_.front());
    if (captures_.empty()) {
      return unreadable("nothing in it can be read", source_,
                        "give the directory or archive that holds the dumps");
    }
    for (const Error& error : skipped_) {
      captures_.front().warn("not read: " + error.what, {error.where, 0, false});
    }
    for (const Capture& text : silent_) {
      captures_.front().note("no line of this text is of a known format", {text.source, 0, false});
    }
    return std::move(captures_);
  }

 private:
  std::string source_;
  std::vector<FileBytes> raw_;
  std::vector<Capture> captures_;
  std::vector<Capture> silent_;
  std::vector<Error> skipped_;
};

enum class BundleFiles : std::uint8_t { none, whole, headless };

// bundle.json is written last: without it the others were left by a writer that was stopped.
BundleFiles bundle_files_of(const std::string& path) {
  if (is_bundle_directory(path)) return BundleFiles::whole;
  const std::filesystem::path directory(path);
  std::error_code ignored;
  const bool rest = std::filesystem::is_regular_file(directory / bundle_events_name, ignored) &&
                    std::filesystem::is_directory(directory / bundle_blobs_name, ignored);
  return rest ? BundleFiles::headless : BundleFiles::none;
}

bool is_own_file_of_bundle(const std::string& path) {
  const auto name = std::filesystem::path(path).filename();
  return name == bundle_head_name || name == bundle_events_name;
}

Result<std::vector<Capture>> read_directory(const std::string& path) {
  const auto names = list_directory(path);
  if (!names) return tl::unexpected(names.error());
  Collection collection(path);
  const BundleFiles bundle = bundle_files_of(path);
  if (bundle == BundleFiles::whole) collection.add(open_bundle_directory(path));
  if (bundle == BundleFiles::headless) {
    collection.skip(Error{ErrorKind::unreadable,
                          "the bundle was not written to its end: bundle.json is missing", path,
                          "record or convert again"});
  }
  for (const std::string& name : *names) {
    if (bundle != BundleFiles::none && is_own_file_of_bundle(name)) continue;
    auto files = load_files(name);
    if (!files) {
      collection.skip(files.error());
      continue;
    }
    for (FileBytes& file : *files) collection.add(std::move(file));
  }
  return std::move(collection).finish();
}

// What a file or an archive holds, unpacked.
Result<std::vector<Capture>> read_members(std::vector<FileBytes> files, const std::string& path) {
  // A plain file has the name of the path; the member of an archive has a name of its own.
  if (files.size() == 1 && files.front().name == path) return read_bytes(files.front());
  std::vector<BundleSource> bundles = take_bundles(files);
  if (bundles.empty() && files.size() == 1) return read_bytes(files.front());
  Collection collection(path);
  for (BundleSource& bundle : bundles) collection.add(std::move(bundle));
  for (FileBytes& file : files) collection.add(std::move(file));
  return std::move(collection).finish();
}

}  // namespace

Result<std::vector<Capture>> read_bytes(const FileBytes& file) {
  if (file.bytes.empty()) {
    return unreadable("the file is empty", file.name, "record or copy the capture again");
  }
  switch (sniff(file.bytes)) {
    case ContentKind::model:
      return only(is_dumped_model(file) ? read_dumped_model(file) : read_rknn(file));
    case ContentKind::raw:
      return only(read_raw_gems({file}, file.name));
    case ContentKind::bundle_head:
      return unreadable("this is the head of a bundle, its events and blobs stand beside it",
                        file.name, "give the directory that holds it");
    case ContentKind::decoded_json:
      return only(read_decoded_json(file));
    case ContentKind::gdb_log:
      return read_gdb_log(file);
    case ContentKind::text:
      break;
  }
  return read_text(file);
}

Result<std::vector<Capture>> read_loaded(std::vector<FileBytes> loaded, const std::string& source,
                                         const LoadLimits& limits) {
  std::vector<FileBytes> files;
  for (FileBytes& file : loaded) {
    if (!is_packed(file.bytes)) {
      files.push_back(std::move(file));
      continue;
    }
    auto members = unpack(file, limits);
    if (!members) return tl::unexpected(members.error());
    std::move(members->begin(), members->end(), std::back_inserter(files));
  }
  return read_members(std::move(files), source);
}

Result<std::vector<Capture>> read_input(const std::string& path) {
  if (path != "-" && is_directory(path)) return read_directory(path);
  auto files = load_files(path);
  if (!files) return tl::unexpected(files.error());
  return read_members(std::move(*files), path);
}

}  // namespace npuscope
