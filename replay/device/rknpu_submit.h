// The submit structure of `rknpu` for a job, each field with its reason.
//
//   const uabi::rknpu::Submit submit = rknpu_submit(job);      // exactly what the ioctl gets
//   capture.submits.push_back(as_captured(submit));            // exactly what the rules see
//
// Whoever reads this file should be able to say why a board survives the submit.
#pragma once

#include "replay/device/device.h"
#include "replay/device/uabi/rknpu.h"

namespace npuscope {

[[nodiscard]] uabi::rknpu::Submit rknpu_submit(const Job& job);

// The same as a capture of the submit shows it.
[[nodiscard]] Submit as_captured(const uabi::rknpu::Submit& submit);

// The core mask that commits a program for so many cores: 0 (any core), 3, 7.
// Source: rknpu_job.c, lines 404-426; 5 and 6 are never committed (KABI-B7).
[[nodiscard]] std::uint32_t core_mask_for(unsigned cores);

}  // namespace npuscope
