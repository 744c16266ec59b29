// The state of an NPU at one moment, as far as it can be read without disturbing it.
//
//   const Snapshot before = take_snapshot(host::Host{}, "before", {});
//   ... a run ...
//   for (const SnapshotChange& change : compare_snapshots(before, after)) ... change.text ...
//
// Without root: power, frequency, what the driver answers, the NPU's lines of the kernel log. With
// root also debugfs. Registers only under every guard of mmio_guards.h: reading them while a core
// has no power hangs the board at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regdb/error.h"
#include "regdb/register_db.h"
#include "replay/host/host.h"
#include "replay/snapshot/mmio_guards.h"

namespace npuscope::snapshot {

struct SnapshotValue {
  std::string name;   // a path, or a question to the driver: "ACTION GET_FREQ"
  std::string value;  // without the line end at its end
  int error = 0;      // errno, if it could not be read
};

struct SnapshotRegister {
  std::uint32_t core = 0;
  std::uint16_t offset = 0;  // within the core: 0x4004 is DPU_S_POINTER
  std::uint32_t value = 0;
};

struct Snapshot {
  std::string label;
  std::vector<SnapshotValue> values;
  std::vector<SnapshotRegister> registers;
  std::string no_registers;      // why there are none
  std::vector<Guard> guards;     // of the registers, when they were asked for
  std::vector<std::string> log;  // the last lines of the kernel log about the NPU
  std::string no_log;            // why there are none
};

// Registers are read only when `mmio` says so, through its functions.
[[nodiscard]] Snapshot take_snapshot(const host::Host& host, const std::string& label,
                                     const MmioRequest& mmio);

// A file that `npuscope snapshot` wrote, as text or JSON, or blocks SYSFS_SNAPSHOT and
// MMIO_SNAPSHOT of other tools. Of several snapshots in one file, each is given.
[[nodiscard]] Result<std::vector<Snapshot>> read_snapshots(const std::string& path);
[[nodiscard]] Result<std::vector<Snapshot>> parse_snapshots(std::string_view text,
                                                            const std::string& file);

struct SnapshotChange {
  std::string name;  // "/sys/...", "core 0 PC_OPERATION_ENABLE", "kernel log"
  std::optional<std::string> before, after;  // nothing: not there
  std::vector<std::string> words;            // fields of a register that changed
};
[[nodiscard]] std::vector<SnapshotChange> compare_snapshots(const Snapshot& before,
                                                            const Snapshot& after,
                                                            const RegisterDb& db);

}  // namespace npuscope::snapshot
