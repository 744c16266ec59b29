#include "replay/ledger/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include "decoder/bundle/blob_name.h"
#include "decoder/input/bundle.h"
#include "decoder/input/load_file.h"
#include "decoder/input/sniff.h"
#include "replay/ledger/ledger.h"

namespace npuscope::ledger {

namespace {

Imported refusal(Error error) {
  Imported imported;
  imported.refused.push_back(std::move(error));
  return imported;
}

std::string file_name(const std::string& path) {
  const std::filesystem::path clean = std::filesystem::path(path).lexically_normal();
  return (clean.has_filename() ? clean : clean.parent_path()).filename().string();
}

// Of a folder: that of the names and hashes of its files, at any depth.
Result<std::string> hash_of(const std::string& path) {
  if (!is_directory(path)) {
    const auto file = load_plain_file(path, LoadLimits{}.file_bytes);
    if (!file) return tl::unexpected(file.error());
    return blob_name(file->bytes);
  }
  std::string hashes;
  const auto names = list_directory(path);
  if (!names) return tl::unexpected(names.error());
  for (const std::string& name : *names) {
    const auto hash = hash_of(name);
    if (!hash) return tl::unexpected(hash.error());
    hashes += file_name(name) + ' ' + *hash + '\n';
  }
  return blob_name(std::as_bytes(std::span(hashes)));
}

Imported import_ledger(const FileBytes& file) {
  Imported imported;
  auto ledger = parse_ledger(file.text(), file.name, &imported.refused);
  if (!ledger) return refusal(ledger.error());
  imported.entries = std::move(ledger->entries);
  return imported;
}

bool has_columns(std::string_view text, std::initializer_list<std::string_view> names) {
  const std::string head = fmt::format(",{},", text.substr(0, text.find_first_of("\r\n")));
  for (const std::string_view name : names)
    if (head.find(fmt::format(",{},", name)) == std::string::npos) return false;
  return true;
}

// A folder of raw dumps, or a bundle, is one capture; of any other the files speak for themselves.
bool is_one_capture(const std::vector<std::string>& names, const std::string& path) {
  return is_bundle_directory(path) || std::ranges::any_of(names, [](const std::string& name) {
           const auto file = load_plain_file(name, LoadLimits{}.file_bytes);
           return file && sniff(file->bytes) == ContentKind::raw && !is_packed(file->bytes);
         });
}

}  // namespace

void Imported::add(Imported other) {
  std::move(other.entries.begin(), other.entries.end(), std::back_inserter(entries));
  std::move(other.notes.begin(), other.notes.end(), std::back_inserter(notes));
  std::move(other.refused.begin(), other.refused.end(), std::back_inserter(refused));
}

Imported import_input(const std::string& path) {
  if (is_directory(path)) {
    const auto names = list_directory(path);
    if (!names) return refusal(names.error());
    if (!is_one_capture(*names, path)) {
      Imported all;
      for (const std::string& name : *names) all.add(import_input(name));
      return all;
    }
  }
  const auto hash = hash_of(path);
  if (!hash) return refusal(hash.error());
  const Source source{file_name(path), *hash, {}, {}};
  if (!is_directory(path)) {
    const auto files = load_files(path);
    if (!files) return refusal(files.error());
    if (files->size() == 1) {
      const FileBytes& file = files->front();
      const std::string_view text = file.text();
      if (is_ledger(text)) return import_ledger(file);
      if (text.starts_with("{\"schema\":\"npuscope.sweep/")) return import_sweep_json(text, source);
      if (text.starts_with("{\"schema\":\"npuscope.run/")) return import_runs(text, source);
      if (has_columns(text, {"path", "sha256", "source_path"}))
        return import_manifest(file, std::filesystem::path(path).parent_path().string());
      if (has_columns(text, {"name", "encoded"})) return import_shape_table(file, source);
    }
  }
  auto captures = read_input(path);
  if (!captures) return refusal(captures.error());
  return import_captures(std::move(*captures), source);
}

}  // namespace npuscope::ledger
