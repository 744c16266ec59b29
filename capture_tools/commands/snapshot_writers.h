// How `snapshot` shows a snapshot, and what changed between two: as text or JSON lines.
#pragma once

#include <vector>

#include "decoder/emit/sink.h"
#include "replay/snapshot/snapshot.h"

namespace npuscope::cli {

// Blocks SYSFS_SNAPSHOT, ACTION_SNAPSHOT and MMIO_SNAPSHOT, as `info` and `verify` read them.
void write_snapshot_text(const snapshot::Snapshot& snapshot, const RegisterDb& db, Sink& sink);
void write_snapshot_json(const snapshot::Snapshot& snapshot, const RegisterDb& db, Sink& sink);

using Changes = std::vector<snapshot::SnapshotChange>;
void write_changes_text(const Changes& changes, Sink& sink);
void write_changes_json(const Changes& changes, Sink& sink);

}  // namespace npuscope::cli
