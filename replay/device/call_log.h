// What was asked of a kernel driver, call by call, in the words of the ioctl traces that the
// project reads: a run of ours can be checked as one of anybody else's.
//
//   auto log = std::make_shared<CallLog>();
//   Device device = rknpu_device(logged(port, log), {});
//   ...
//   capture.events = log->events;                  // for rules over the history of calls
//   write_call_log(*log, sink);                    // for `npuscope verify`, `lint` and people
//
// Events: MEM_CREATE, MEM_CREATE_RET, MEM_SYNC, SUBMIT, IOCTL_RET and so on, numbers as decoder
// Event arguments. Pointers of this process are left out, so equal runs give equal logs.
#pragma once

#include <array>
#include <memory>

#include "decoder/capture.h"
#include "decoder/emit/sink.h"
#include "replay/device/drm_port.h"

namespace npuscope {

struct CallLog {
  std::vector<Event> events;
  std::uint32_t calls = 0;                     // ioctls
  std::array<std::uint32_t, 256> of_number{};  // of each ioctl number
  std::uint32_t maps = 0;
};

// The same port; calls through it are appended to the log, before and after they are made.
[[nodiscard]] DrmPort logged(DrmPort port, std::shared_ptr<CallLog> log);

// One line a call, as the traces of gdb print it; a submit as its block of lines.
[[nodiscard]] std::string line_of(const Event& event);
void write_call_log(const CallLog& log, Sink& sink);

}  // namespace npuscope
