// What of some folders is to be decoded, and what cannot be: the files, in the order of their
// paths.
//
//   FoundUnits found = find_units({"captures/"}, std::uint64_t{1} << 30U);
//   for (const Unit& unit : found.units) ... unit.path, unit.files ...
//
// A unit is one file; or the dumps of one run together: the files of a folder that are named
// gem1-dump, gem2.bin, ...; or a bundle. Nothing is opened. Folders are searched to any depth; a
// symbolic link to a folder is not followed, so that loops end.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace npuscope::corpus {

struct UnitFile {
  std::string path;
  std::uint64_t size = 0;    // bytes
  std::int64_t changed = 0;  // time of the last change, in nanoseconds since 1970
};

struct Unit {
  std::string path;  // of the file, or of the folder that holds the files
  std::vector<UnitFile> files;
  bool bundle = false;
};

struct Unreadable {
  std::string path, reason;
};

struct FoundUnits {
  std::vector<Unit> units;
  std::vector<Unreadable> unreadable;
};

// Files of more than `largest_file` bytes are among the unreadable.
[[nodiscard]] FoundUnits find_units(const std::vector<std::string>& roots,
                                    std::uint64_t largest_file);

}  // namespace npuscope::corpus
