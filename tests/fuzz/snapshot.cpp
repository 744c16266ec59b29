// A file with snapshots, as text or JSON lines; compared with one another.
#include <cstdlib>

#include "replay/snapshot/snapshot.h"
#include "tests/fuzz/targets.h"

namespace npuscope::fuzz {

void fuzz_snapshot(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto snapshots = snapshot::parse_snapshots(text, "fuzzed");
  if (!snapshots) return;
  const RegisterDb& db = RegisterDb::builtin();
  for (const snapshot::Snapshot& taken : *snapshots)
    static_cast<void>(compare_snapshots(snapshots->front(), taken, db));
  if (snapshots->empty()) std::abort();
}

}  // namespace npuscope::fuzz
