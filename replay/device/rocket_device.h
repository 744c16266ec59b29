// The mainline kernel driver as a device.
//
//   if (const auto reason = rocket_refusal(job)) ...        // "task 3 ends in the PPU: ..."
//   Device device = rocket_device(port);
//
// Built to Linux 6.18. A job is its tasks in order, each started by its own; the driver picks the
// core. It tells of no failure: a job that timed out ends like one that worked, so that outputs
// must be filled with a canary before, and the kernel log read after (KABI-R1, R2).
#pragma once

#include "replay/device/device.h"
#include "replay/device/drm_port.h"

namespace npuscope {

[[nodiscard]] Device rocket_device(DrmPort port);

// Why this driver cannot run the job (KABI-R3); nothing: it can.
[[nodiscard]] std::optional<std::string> rocket_refusal(const Job& job);

// The words that the driver lets the controller fetch: body and tail (KABI-R4).
[[nodiscard]] std::uint32_t rocket_regcmd_count(const Task& task);

}  // namespace npuscope
