// Which descriptors of this process are open NPU devices.
//
//   if (const std::uint64_t file = file_of(fd)) ... an NPU; the number names the open file ...
//
// Descriptors that were duplicated or inherited by fork have the number of the file that they
// share. What the library did not see being made is found out at its first use, under a number of
// its own.
#pragma once

#include <cstdint>

namespace npuscope::record {

// 0: no NPU. Asks the driver for its name when the descriptor is not known; tells the recorder.
[[nodiscard]] std::uint64_t file_of(int fd);
// The same without asking.
[[nodiscard]] std::uint64_t known_file(int fd);

void opened(int fd, const char* path);
void duplicated(int from, int to);
void closed(int fd);

}  // namespace npuscope::record
