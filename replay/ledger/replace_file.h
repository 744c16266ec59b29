// Replaces a file so that everybody, at every moment, finds the old content or the new one.
//
//   auto lock = lock_folder_of("npu.ledger");          // others wait; ends with its scope
//   auto done = replace_file("npu.ledger", text);
//
// The new content goes to NAME.part beside it, is synced to the disk, and takes the name in one
// step. A program that is killed leaves at most NAME.part behind, which the next one overwrites.
// The lock is on the folder, not on a file of its own: nothing is left of it, not even after a
// kill.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "regdb/error.h"

namespace npuscope {

enum class WriteStep : std::uint8_t { create, write, sync, rename, sync_folder };

// Called before each step, `write` once for each block: for tests that stop there.
using BeforeStep = std::function<void(WriteStep)>;

class FolderLock {
 public:
  explicit FolderLock(int folder) : folder_(folder) {}
  FolderLock(FolderLock&& other) noexcept : folder_(std::exchange(other.folder_, -1)) {}
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  int folder_;
};

// Waits until nobody else holds it. An Error if the folder is not there.
[[nodiscard]] Result<FolderLock> lock_folder_of(const std::string& path);

// A link is followed: the file that it names is replaced. On an Error the old content is there
// still, and NAME.part is gone.
[[nodiscard]] Result<void> replace_file(const std::string& path, std::string_view content,
                                        const BeforeStep& before = {});

}  // namespace npuscope
