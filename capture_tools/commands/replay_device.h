// `npuscope replay --on=rknpu` and `--on=rocket`: programs on a kernel driver, guarded, or as a dry
// run that shows every call.
#pragma once

#include "capture_tools/commands/replay_run.h"
#include "replay/guard/session.h"

namespace npuscope::cli {

struct DeviceRequest {
  std::string driver;  // "rknpu", "rocket"
  bool dry_run = false, json = false;
  bool contiguous = false;
  guard::SessionOptions session;
  guard::Surroundings surroundings;
  std::string log_file;  // calls, as a trace; empty: none
};

void add_device_options(po::options_description& options);
void add_dry_run_options(po::options_description& options);
[[nodiscard]] Result<DeviceRequest> device_request_of(const po::variables_map& options);

// A program, and who knows what it computes.
struct DeviceProgram {
  ReplayProgram program;
  std::string input, shape;
  guard::Judge judge;
  std::vector<GapLine> gaps;  // what of its buffers is zero because nobody captured it
};

// The session on the device that the request names. Errors: as GuardedSession::open(), and no such
// device.
struct DeviceSession {
  std::shared_ptr<CallLog> log;
  guard::GuardedSession session;
};
[[nodiscard]] Result<DeviceSession> open_device(const DeviceRequest& request, const RegisterDb& db);

// A generated convolution with random tensors, judged by a convolution computed directly.
[[nodiscard]] Result<DeviceProgram> program_of_shape(const std::string& name, unsigned cores,
                                                     const ReplayRequest& request,
                                                     bool vendor_sequence, const RegisterDb& db);

// A shape as above; a capture or a bundle with the bytes that it has, judged by the simulator and
// by what a recording saw. Errors: no program, a model, records that were not captured.
[[nodiscard]] Result<DeviceProgram> program_of_input(const std::string& input, unsigned cores,
                                                     const ReplayRequest& request,
                                                     bool vendor_sequence, const RegisterDb& db);

// Programs of an input on a device; prints what happened, returns the exit code.
[[nodiscard]] Result<int> replay_on_device(const std::string& input, const ReplayRequest& request,
                                           const DeviceRequest& device, const RegisterDb& db,
                                           Sink& sink);

// A model: nodes of the NPU in a row are one guarded run, judged by the simulator; what lies
// between them is computed on the host.
[[nodiscard]] Result<int> replay_model_on_device(const Opened& opened, const ReplayRequest& request,
                                                 const DeviceRequest& device,
                                                 const po::variables_map& options,
                                                 const RegisterDb& db, Sink& sink);

// What would be submitted: buffers, table, fields, calls.
[[nodiscard]] Result<int> show_dry_run(const DeviceProgram& program, const DeviceRequest& request,
                                       const RegisterDb& db, Sink& sink);

// Shapes one after the other, each guarded; stops at the first that leaves the board in disorder.
[[nodiscard]] Result<int> sweep_on_device(const std::vector<std::string>& names, std::uint32_t seed,
                                          const DeviceRequest& request, const RegisterDb& db,
                                          Sink& sink);

// The calls, as a trace that verify reads. Errors (unreadable): the file cannot be written.
[[nodiscard]] Result<void> write_log(const CallLog& log, const std::string& path);

// What a run came to, as lines for a person.
void write_report(const guard::RunReport& report, std::string_view input, unsigned cores,
                  Sink& sink);

}  // namespace npuscope::cli
