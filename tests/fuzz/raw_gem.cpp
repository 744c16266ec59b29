// A directory of dumps: for each file two bytes of length (little-endian) and its bytes. The last
// file takes what is left. Names come from the list below, in order.
#include <array>

#include "tests/fuzz/consume.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

void fuzz_raw_gem(std::span<const std::byte> bytes) {
  constexpr std::array<const char*, 4> names{"d/gem1-dump", "d/gem2-dump", "d/gem2_regdump.bin",
                                             "d/other"};
  std::vector<FileBytes> files;
  while (bytes.size() >= 2 && files.size() < names.size()) {
    std::size_t length =
        std::to_integer<std::size_t>(bytes[0]) | std::to_integer<std::size_t>(bytes[1]) << 8U;
    bytes = bytes.subspan(2);
    if (length > bytes.size() || files.size() + 1 == names.size()) length = bytes.size();
    files.push_back(in_memory(bytes.first(length), names.at(files.size())));
    bytes = bytes.subspan(length);
  }
  if (files.empty()) return;
  auto capture = read_raw_gems(files, "d");
  if (capture) consume(std::move(*capture));
}

}  // namespace npuscope::fuzz
