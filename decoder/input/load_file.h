// Bytes of files: plain, from standard input, compressed, or packed in a tar.
//
//   Result<std::vector<FileBytes>> files = load_files("dumps.tar.zst");   // one for each member
//   files->front().name == "dumps.tar.zst:gem1-dump"
//
// Files are read into memory that begins on a 64-byte boundary, and not mapped: a file that another
// program shortens while we look at it would end us with SIGBUS. Compressed input (gzip, zstd, xz,
// bzip2) is recognised by content; what it may unpack to is limited.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "decoder/input/read_input.h"

namespace npuscope {

struct LoadLimits {
  std::uint64_t file_bytes = std::uint64_t{8} << 30U;      // one plain file or standard input
  std::uint64_t unpacked_bytes = std::uint64_t{2} << 30U;  // all members of an archive together
  std::size_t members = 4096;
};

// "-" is standard input. More than one result only for tar archives, sorted by name.
[[nodiscard]] Result<std::vector<FileBytes>> load_files(const std::string& path,
                                                        const LoadLimits& limits = {});

// The bytes of one file as they are, compressed or not. Not for standard input.
[[nodiscard]] Result<FileBytes> load_plain_file(const std::string& path, std::uint64_t most_bytes);

// The regular files of a directory (one level, no subdirectories), sorted by name; full paths.
[[nodiscard]] Result<std::vector<std::string>> list_directory(const std::string& path);
[[nodiscard]] bool is_directory(const std::string& path);

// --- the parts of load_files, for load_file.cpp and archive.cpp ---

// Memory for `size` bytes, 64-byte aligned; null when there is none.
[[nodiscard]] std::shared_ptr<std::byte> allocate_bytes(std::size_t size);
// Whether these bytes are compressed or a tar.
[[nodiscard]] bool is_packed(std::span<const std::byte> bytes);
[[nodiscard]] Result<std::vector<FileBytes>> unpack(const FileBytes& packed,
                                                    const LoadLimits& limits);

}  // namespace npuscope
