#include <fmt/format.h>
#include <nettle/sha2.h>

#include <array>
#include <filesystem>

#include "decoder/input/load_file.h"
#include "replay/ledger/csv.h"
#include "replay/ledger/import.h"

namespace npuscope::ledger {

namespace {

std::string sha256_of(std::span<const std::byte> bytes) {
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
  sha256_digest(&context, digest.size(), digest.data());
  std::string text;
  for (const std::uint8_t byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

// The path of a row, or an Error: it must lead to a file below the manifest's folder, whose bytes
// are those that the manifest was written for.
Result<std::string> checked_path(const std::string& folder, std::string_view path,
                                 std::string_view sha256) {
  const std::filesystem::path relative = std::filesystem::path(path).lexically_normal();
  if (relative.empty() || relative.is_absolute() || *relative.begin() == "..")
    return unreadable("the path leads out of the folder of the manifest", std::string(path));
  const std::string full = (std::filesystem::path(folder) / relative).string();
  const auto file = load_plain_file(full, LoadLimits{}.file_bytes);
  if (!file) return tl::unexpected(file.error());
  if (const std::string found = sha256_of(file->bytes); found != sha256)
    return unreadable(fmt::format("its SHA-256 is {}, not {}", found, sha256), full,
                      "it is not the file that the manifest speaks of");
  return full;
}

std::string origin_of(const CsvTable& table, std::size_t row) {
  const std::string_view repository = table.cell(row, "source");
  if (repository.empty()) return {};
  const std::string_view commit = table.cell(row, "source_commit");
  return fmt::format("{}:{}{}{}", repository, table.cell(row, "source_path"),
                     commit.empty() ? "" : " at ", commit);
}

}  // namespace

Imported import_manifest(const FileBytes& file, const std::string& folder) {
  Imported imported;
  const auto table = parse_csv(file.text(), file.name);
  if (!table) {
    imported.refused.push_back(table.error());
    return imported;
  }
  for (std::size_t row = 0; row < table->rows.size(); ++row) {
    const std::string name(table->cell(row, "path"));
    const auto path = checked_path(folder, name, table->cell(row, "sha256"));
    if (!path) {
      imported.refused.push_back(path.error());
      continue;
    }
    Imported one = import_input(*path);
    for (Entry& entry : one.entries) {
      entry.source.name = name;
      entry.source.origin = origin_of(*table, row);
    }
    imported.add(std::move(one));
  }
  return imported;
}

}  // namespace npuscope::ledger
