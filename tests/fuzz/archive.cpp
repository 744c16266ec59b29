// The bytes of a compressed file or a tar; anything else goes to the sniffing reader as it is.
#include "decoder/input/load_file.h"
#include "tests/fuzz/consume.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

void fuzz_archive(std::span<const std::byte> bytes) {
  constexpr LoadLimits limits{.file_bytes = 1U << 20U, .unpacked_bytes = 1U << 20U, .members = 16};
  const FileBytes file = in_memory(bytes, "fuzzed.tar.gz");
  if (!is_packed(file.bytes)) {
    static_cast<void>(read_bytes(file));
    return;
  }
  const auto members = unpack(file, limits);
  if (!members) return;
  require(!members->empty() && members->size() <= limits.members, "members are limited");
  std::uint64_t total = 0;
  for (const FileBytes& member : *members) {
    total += member.bytes.size();
    static_cast<void>(read_bytes(member));
  }
  require(total <= limits.unpacked_bytes, "what is unpacked is limited");
}

}  // namespace npuscope::fuzz
