// The simulator as a device: what a driver would start is started there.
//
//   Device device = sim_device({.fill = sim::Fill::poison});
//
// Follows the links in the tails as the hardware does, one core after the other.
#pragma once

#include "replay/device/device.h"
#include "replay/sim/simulator.h"

namespace npuscope {

[[nodiscard]] Device sim_device(sim::SimulatorOptions options);

}  // namespace npuscope
