// The files that programs look for on a board: device nodes and what sysfs and debugfs say.
//
//   write_board_files(directory / "root", options);          // root/dev/dri/card1, root/sys/...
//
// The preloaded library leads the client to them. Source: listings and call traces of RK3588
// boards.
#pragma once

#include <filesystem>

#include "capture_tools/fake_npu/fake_npu.h"

namespace npuscope::fake {

// Errors (usage): a file cannot be written.
[[nodiscard]] Result<void> write_board_files(const std::filesystem::path& root,
                                             const FakeOptions& options);

}  // namespace npuscope::fake
