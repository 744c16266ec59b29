// The vendor's kernel driver as a device.
//
//   Device device = rknpu_device(port, {});
//   Result<DeviceFacts> facts = device.facts();              // versions, IOMMU, domain
//
// Built to the source of driver 0.9.8; runs from 0.9.6 on (rule KABI-L01 refuses others). The
// allocation flags are those of the vendor's runtime, with MEM_SYNC around every job; `contiguous`
// allocates as small clients do, without caches, where the kernel has memory for it.
#pragma once

#include "replay/device/device.h"
#include "replay/device/drm_port.h"

namespace npuscope {

struct RknpuOptions {
  bool contiguous = false;       // 0x8 and 0x0 instead of 0x40b and 0x403
  bool vendor_sequence = false;  // the calls that librknnrt makes, in its order
};

[[nodiscard]] Device rknpu_device(DrmPort port, RknpuOptions options);

}  // namespace npuscope
