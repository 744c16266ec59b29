// A kernel driver on paper: answers allocations as the driver would on a fresh board, runs nothing.
//
//   Device device = rknpu_device(logged(paper_port("rknpu"), log), {});   // what a dry run shows
//
// Device addresses: `rknpu` hands them out from the top of 4 GiB down, `rocket` from zero up
// (KABI 1.5, 8.2). Real ones differ; a program is linked anew with the addresses that it gets.
#pragma once

#include <string_view>

#include "replay/device/drm_port.h"

namespace npuscope {

// `driver`: "rknpu" or "rocket". A submit is answered with 0, and nothing happens.
[[nodiscard]] DrmPort paper_port(std::string_view driver);

}  // namespace npuscope
