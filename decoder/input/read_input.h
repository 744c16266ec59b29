// Opens any supported input and says what it holds.
//
//   Result<std::vector<Capture>> runs = read_input("capture.log");
//   Result<std::vector<Capture>> dumps = read_input("dump-directory/");
//
// The content decides, never the name: `RKNN` magic, then NUL bytes (binary dump), then `{` with
// "body_rows" (decoded JSON), lines of our gdb command files, else text, classified line by line. A
// directory of binary dumps becomes one Capture, and so does a bundle (decoder/input/bundle.h), in
// a directory or an archive. An archive or a text file may hold several runs: one Capture each.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "decoder/capture.h"
#include "regdb/error.h"

namespace npuscope {

struct LoadLimits;  // decoder/input/load_file.h

// The whole bytes of one input file; owns them. Text readers get string_views into it.
struct FileBytes {
  std::string name;  // as a person should see it in messages
  std::shared_ptr<const void> owner;
  std::span<const std::byte> bytes;
  [[nodiscard]] std::string_view text() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

// A file, a directory, or "-" for standard input. Errors name the file.
[[nodiscard]] Result<std::vector<Capture>> read_input(const std::string& path);

// Files that are in memory as they lie on the disk, compressed or not: what read_input() makes of a
// file with the name `source`, or of a folder that holds them.
[[nodiscard]] Result<std::vector<Capture>> read_loaded(std::vector<FileBytes> files,
                                                       const std::string& source,
                                                       const LoadLimits& limits);

// One file that is in memory already.
[[nodiscard]] Result<std::vector<Capture>> read_bytes(const FileBytes& file);

// The readers behind it, one per kind of content. Each is in a file of its own beside this one.
[[nodiscard]] Result<Capture> read_rknn(const FileBytes& file);                  // rknn_model.cpp
[[nodiscard]] Result<std::vector<Capture>> read_text(const FileBytes& file);     // text_log.cpp
[[nodiscard]] Result<std::vector<Capture>> read_gdb_log(const FileBytes& file);  // gdb_log.cpp
[[nodiscard]] Result<Capture> read_decoded_json(const FileBytes& file);          // decoded_json.cpp
[[nodiscard]] Result<Capture> read_raw_gems(const std::vector<FileBytes>& files,
                                            const std::string& source);  // raw_gem.cpp

}  // namespace npuscope
