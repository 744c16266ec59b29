// A program in the memory of a device, and the job that would run it: what the rules judge, what a
// dry run prints, and what is submitted are the same object.
//
//   Result<Submission> submission = load_program(device, program, {});
//   const Opened view = as_opened(*submission, log.events, db);       // for preflight::lint()
//   JobOutcome outcome = device.submit(submission->job);
//   free_all(device, *submission);
//
// Loading allocates, links the program to the addresses that the driver gave, writes contents and
// caches; it submits nothing.
#pragma once

#include "decoder/open.h"
#include "replay/device/device.h"
#include "replay/prepare/replay_program.h"

namespace npuscope::guard {

// What outputs hold before a run, so that "never written" is not taken for zeros (KABI-L30).
inline constexpr std::byte canary{0xa5};

struct LoadOptions {
  std::optional<std::uint32_t> core_mask{};  // none: as the number of cores asks for
  std::uint32_t timeout_ms = 6000;           // as the vendor's runtime
  bool vendor_sequence = false;              // calls as librknnrt makes them (`rknpu` only)
};

struct Submission {
  ReplayProgram program;              // at the device's addresses
  std::vector<DeviceBuffer> buffers;  // of the program, in the order of its image
  std::vector<std::byte> table;       // the entries, as the driver reads them
  bool vendor_sequence = false;       // of its loading, and of its end
  Job job;
};

// Errors (device): the driver fails; what was allocated is free again.
[[nodiscard]] Result<Submission> load_program(const Device& device, const ReplayProgram& program,
                                              const LoadOptions& options);

// Caches back from the device: whatever the job may have written.
[[nodiscard]] Result<void> fetch_outputs(const Device& device, const Submission& submission);

// The bytes of all buffers of the program, in its order.
[[nodiscard]] std::vector<std::vector<std::byte>> contents_of(const Submission& submission);

// No byte of any output changed. False where they hold no canary.
[[nodiscard]] bool outputs_untouched(const Submission& submission);

void free_all(const Device& device, const Submission& submission);

// As a capture of this process would show it: buffers, table, submit, and the calls so far. Refers
// to the memory of the submission.
[[nodiscard]] Opened as_opened(const Submission& submission, const std::vector<Event>& calls,
                               const std::string& name, const RegisterDb& db);

}  // namespace npuscope::guard
