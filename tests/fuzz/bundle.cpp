// A bundle as text: its head in the first line, then its events. Lines "=== blob" cut off the
// blobs that follow. In the events @0 to @9 stand for the names of the blobs, so that mutated bytes
// still have their hash.
#include <array>
#include <map>

#include "decoder/bundle/blob_name.h"
#include "decoder/bundle/bundle_writer.h"
#include "decoder/check/model_check.h"
#include "decoder/input/bundle.h"
#include "decoder/model.h"
#include "decoder/program/relocation.h"
#include "decoder/recording.h"
#include "tests/fuzz/consume.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

namespace {

constexpr std::string_view mark = "\n=== blob\n";
constexpr std::size_t most_blobs = 10;

std::string with_names(std::string_view events, const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t at = 0; at < events.size(); ++at) {
    const char next = at + 1 < events.size() ? events[at + 1] : '\0';
    const auto number = static_cast<std::size_t>(next - '0');
    if (events[at] != '@' || next < '0' || number >= names.size()) {
      text.push_back(events[at]);
      continue;
    }
    text += names[number];
    ++at;
  }
  return text;
}

FileBytes file_of(std::string_view text, std::string name) {
  return in_memory(std::as_bytes(std::span(text.data(), text.size())), std::move(name));
}

bool equal(const std::vector<BundleFile>& a, const std::vector<BundleFile>& b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](const BundleFile& x, const BundleFile& y) {
        return x.name == y.name &&
               std::equal(x.bytes.begin(), x.bytes.end(), y.bytes.begin(), y.bytes.end());
      });
}

// Written, read and written again it is the same.
void check_round_trip(const Capture& capture) {
  const auto files = bundle_files(capture);
  std::vector<FileBytes> members;
  for (const BundleFile& file : files)
    members.push_back({"again/" + file.name, file.owner, file.bytes});
  auto bundles = take_bundles(members);
  require(bundles.size() == 1 && members.empty(), "the files of a bundle are one bundle");
  const auto again = read_bundle(bundles.front());
  require(again.has_value(), "what was written is read");
  require(again->diagnostics.size() == capture.diagnostics.size(), "without a new complaint");
  require(equal(bundle_files(*again), files), "what is read again is written as before");
}

}  // namespace

void fuzz_bundle(std::span<const std::byte> bytes) {
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::vector<FileBytes> blobs;
  const auto cut = [&] {
    const std::size_t end = text.find(mark);
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + mark.size());
    return part;
  };
  std::string_view events = cut();
  while (!text.empty() && blobs.size() < most_blobs) blobs.push_back(file_of(cut(), "blob"));
  std::map<std::string, FileBytes> by_name;
  std::vector<std::string> names;
  for (const FileBytes& blob : blobs) {
    names.push_back(blob_name(blob.bytes));
    by_name.emplace(names.back(), blob);
  }
  const std::size_t line = std::min(events.find('\n'), events.size());
  BundleSource source;
  source.name = "fuzzed";
  source.head = file_of(events.substr(0, line), "fuzzed/bundle.json");
  events.remove_prefix(std::min(line + 1, events.size()));
  source.events = file_of(with_names(events, names), "fuzzed/events.jsonl");
  source.load_blob = [&](const std::string& name) -> Result<FileBytes> {
    require(is_blob_name(name), "only hashes are asked for");
    const auto found = by_name.find(name);
    if (found == by_name.end()) return unreadable("it is missing", name);
    return found->second;
  };
  auto capture = read_bundle(source);
  if (!capture) return;
  check_round_trip(*capture);
  // A recording is looked at one submit at a time, and such a view is one itself.
  if (is_recording(*capture)) {
    Capture shown = at_submit(*capture, first_captured(*capture));
    check_round_trip(shown);
    consume(std::move(shown));
  }
  if (capture->model) {
    static_cast<void>(check_model(*capture));
    const Bases bases = place_constants(*capture, 0xfff00000U);
    static_cast<void>(place_regcmd(*capture, bases));
    static_cast<void>(place_tasks(*capture, 0xfff80000U));
  }
  consume(std::move(*capture));
}

}  // namespace npuscope::fuzz
