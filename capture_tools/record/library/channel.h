// The preloaded half of the recorder: how a process tells it something.
//
//   Message message;
//   Parts parts{.before = {data, size}};
//   tell(message, parts);                       // one way
//   Answer answer;
//   if (ask(message, parts, device, answer)) ... answer.patched ...   // waits
//
// Works in any thread and after fork, allocates nothing, locks nothing, and keeps errno. Where the
// recorder is gone the program goes on as if it had never been there. A process that never waits
// tells through memory that it shares with the recorder; else, or if there is none, through a
// socket.
#pragma once

#include <cstddef>

#include "capture_tools/record/protocol.h"

namespace npuscope::record {

struct Bytes {
  const void* data = nullptr;
  std::size_t size = 0;
};

// What follows the message. `extra` is put together of pieces.
struct Parts {
  Bytes before{}, after{};
  const Bytes* extra = nullptr;
  std::size_t extra_count = 0;
};

// Whether this process is recorded, and where it waits for its recorder.
[[nodiscard]] bool active();
enum class Waits { never, at_submits, for_contents };
[[nodiscard]] Waits waits();

void tell(Message& message, const Parts& parts);
// False: there is no answer.
bool ask(Message& message, const Parts& parts, int device, Answer& answer);

// Copies from or to memory of the client that may not be there; false: it is not.
[[nodiscard]] bool safe_copy(void* to, const void* from, std::size_t bytes);

[[nodiscard]] std::uint64_t now_ns();

// Time that the program spent here instead of where it wanted to: goes with the next message.
void add_spent(std::uint64_t ns);

// Keeps errno as it was when it was made.
class KeepErrno {
 public:
  KeepErrno();
  ~KeepErrno();
  KeepErrno(const KeepErrno&) = delete;
  KeepErrno& operator=(const KeepErrno&) = delete;

 private:
  int saved_;
};

}  // namespace npuscope::record
