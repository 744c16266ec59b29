// Compressed files and tar archives, through libarchive. Only the formats that captures come in are
// enabled; how much may come out is limited, since a few kilobytes can unpack to anything.

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "decoder/input/load_file.h"

namespace npuscope {

namespace {

constexpr std::size_t tar_magic_at = 257;

using Archive = std::unique_ptr<::archive, decltype(&::archive_read_free)>;

bool begins_with(std::span<const std::byte> bytes, std::string_view magic, std::size_t at = 0) {
  return bytes.size() >= at + magic.size() &&
         std::memcmp(bytes.data() + at, magic.data(), magic.size()) == 0;
}

tl::unexpected<Error> broken(::archive* reader, const std::string& name) {
  const char* text = ::archive_error_string(reader);
  return unreadable(fmt::format("cannot be unpacked: {}", text ? text : "damaged"), name,
                    "the file is cut or damaged: copy it again");
}

Archive open_archive() {
  Archive reader(::archive_read_new(), ::archive_read_free);
  if (!reader) return reader;
  ::archive_read_support_filter_gzip(reader.get());
  ::archive_read_support_filter_bzip2(reader.get());
  ::archive_read_support_filter_xz(reader.get());
  ::archive_read_support_filter_zstd(reader.get());
  ::archive_read_support_format_tar(reader.get());
  ::archive_read_support_format_raw(reader.get());
  return reader;
}

// The data of the current member. `budget` is what may still come out of this archive.
Result<FileBytes> read_member(::archive* reader, const std::string& name, std::uint64_t& budget) {
  std::size_t capacity = std::size_t{1} << 16U;
  std::size_t size = 0;
  auto bytes = allocate_bytes(capacity);
  while (bytes) {
    const la_ssize_t count = ::archive_read_data(reader, bytes.get() + size, capacity - size);
    if (count < 0) return broken(reader, name);
    if (count == 0) return FileBytes{name, bytes, {bytes.get(), size}};
    size += static_cast<std::size_t>(count);
    if (static_cast<std::uint64_t>(count) > budget) {
      return unreadable("unpacks to more than is allowed", name,
                        "unpack it yourself and give the files");
    }
    budget -= static_cast<std::uint64_t>(count);
    if (size < capacity) continue;
    auto larger = allocate_bytes(capacity *= 2);
    if (larger) std::memcpy(larger.get(), bytes.get(), size);
    bytes = std::move(larger);
  }
  return unreadable(fmt::format("no memory for {} bytes", capacity), name);
}

}  // namespace

bool is_packed(std::span<const std::byte> bytes) {
  using namespace std::string_view_literals;
  constexpr std::array magics{"\x1f\x8b"sv, "\x28\xb5\x2f\xfd"sv, "\xfd\x37zXZ\0"sv, "BZh"sv};
  const auto fits = [&](std::string_view magic) { return begins_with(bytes, magic); };
  return std::any_of(magics.begin(), magics.end(), fits) ||
         begins_with(bytes, "ustar", tar_magic_at);
}

Result<std::vector<FileBytes>> unpack(const FileBytes& packed, const LoadLimits& limits) {
  const Archive reader = open_archive();
  if (!reader) return unreadable("no memory to unpack", packed.name);
  if (::archive_read_open_memory(reader.get(), packed.bytes.data(), packed.bytes.size()) !=
      ARCHIVE_OK) {
    return broken(reader.get(), packed.name);
  }
  std::vector<FileBytes> files;
  std::uint64_t budget = limits.unpacked_bytes;
  ::archive_entry* entry = nullptr;
  while (true) {
    const int status = ::archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) break;
    if (status < ARCHIVE_WARN) return broken(reader.get(), packed.name);
    const bool tar = ::archive_format(reader.get()) != ARCHIVE_FORMAT_RAW;
    if (tar && ::archive_entry_filetype(entry) != AE_IFREG) continue;
    if (files.size() == limits.members) {
      return unreadable(fmt::format("more than {} members", limits.members), packed.name,
                        "unpack it yourself and give the files");
    }
    const char* member = tar ? ::archive_entry_pathname(entry) : nullptr;
    const std::string name = tar ? packed.name + ":" + (member ? member : "?") : packed.name;
    auto file = read_member(reader.get(), name, budget);
    if (!file) return tl::unexpected(file.error());
    files.push_back(std::move(*file));
  }
  if (files.empty() || (files.size() == 1 && files.front().bytes.empty())) {
    return unreadable("the archive holds nothing", packed.name, "pack the capture again");
  }
  std::stable_sort(files.begin(), files.end(),
                   [](const FileBytes& a, const FileBytes& b) { return a.name < b.name; });
  return files;
}

}  // namespace npuscope
