// A bundle packed into one file.
//
//   auto written = pack_bundle(bundle_files(capture), "run", "run.tar.zst");
//
// The members lie in a directory of the given name. Equal bundles give equal files: no times, no owners, one level of
// compression. The suffix says which compression: .zst, .xz, .gz, .bz2, or none for .tar.
#pragma once

#include <string>
#include <vector>

#include "decoder/bundle/bundle_writer.h"
#include "regdb/error.h"

namespace npuscope {

// Whether a path names an archive: .tar, .tar.zst, .tar.xz, .tar.gz, .tar.bz2, .tgz.
[[nodiscard]] bool is_archive_name(const std::string& path);

// Errors: the file cannot be written. It is there when it is whole.
[[nodiscard]] Result<void> pack_bundle(const std::vector<BundleFile>& files,
                                       const std::string& directory, const std::string& path);

}  // namespace npuscope
