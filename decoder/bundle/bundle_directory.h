// Writes a bundle to disk.
//
//   auto written = write_bundle(bundle_files(capture), "run.bundle", false);
//   if (!written) ... written.error().text() ...      // "run.bundle: the directory is not empty"
//
// Blobs are written first, then the events, and bundle.json last, each under another name until
// its bytes are on the disk: a directory with a bundle.json holds a whole bundle, whenever the
// machine stops.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "decoder/bundle/bundle_writer.h"
#include "regdb/error.h"

namespace npuscope {

// Makes the directory if there is none; its parent must exist. A directory that holds anything is
// refused (usage), unless `overwrite`: then a bundle in it is replaced, and files that are not of a
// bundle stay. Files whose names no bundle has are refused.
[[nodiscard]] Result<void> write_bundle(const std::vector<BundleFile>& files,
                                        const std::string& directory, bool overwrite);

// --- its parts, for BundleStream ---

// A directory without a head, and blobs/ in it. Errors as above.
[[nodiscard]] Result<void> prepare_bundle_directory(const std::filesystem::path& directory,
                                                    bool overwrite);
// What an earlier bundle left in blobs/ and this one does not name.
void remove_old_blobs(const std::filesystem::path& folder, const std::set<std::string>& kept);

}  // namespace npuscope
