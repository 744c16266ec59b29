// ioctl on NPUs: what the client passes goes to the driver unchanged, and to the recorder.
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>

#include "capture_tools/preload/interpose.h"
#include "capture_tools/record/library/channel.h"
#include "capture_tools/record/library/files.h"
#include "replay/device/uabi/drm.h"
#include "replay/device/uabi/rocket.h"

namespace npuscope::record {

namespace {

using uabi::ioctl_number;
using uabi::ioctl_size;
using uabi::ioctl_type;

bool may_be_npu(std::uint32_t word) {
  return ioctl_type(word) == 'd' || ioctl_type(word) == 'r';
}

// Numbers of the driver's own ioctls begin at 0x40 on a DRM node, at 0 on the other one.
std::uint32_t driver_number(std::uint32_t word) {
  const std::uint32_t first = ioctl_type(word) == 'd' ? uabi::rknpu::first_number : 0;
  return ioctl_number(word) - first;  // wraps for those of the DRM core
}

bool is_submit(std::uint32_t word) {
  return driver_number(word) == uabi::rknpu::submit;
}

// A rocket submit has the size of its own structure; one of rknpu has another.
bool is_rocket_submit(std::uint32_t word) {
  return is_submit(word) && ioctl_size(word) == sizeof(uabi::rocket::Submit);
}

// What the jobs of a rocket submit point to: for each job its structure, tasks, input and output
// handles.
struct RocketJobs {
  static constexpr std::size_t most = 60;
  uabi::rocket::Job jobs[most];
  Bytes pieces[most * 4];
  std::size_t count = 0;
  bool all = true;

  void collect(const unsigned char* structure, std::size_t bytes) {
    uabi::rocket::Submit submit;
    if (bytes < sizeof submit) return;
    memcpy(&submit, structure, sizeof submit);
    for (std::uint32_t i = 0; i < submit.job_count; ++i) {
      const auto* from =
          reinterpret_cast<const char*>(submit.jobs) + std::size_t{i} * submit.job_struct_size;
      all = i < most && submit.job_struct_size >= sizeof jobs[i] &&
            safe_copy(&jobs[i], from, sizeof jobs[i]);
      if (!all) return;
      const uabi::rocket::Job& job = jobs[i];
      pieces[count++] = {&job, sizeof job};
      add(job.tasks, std::size_t{job.task_count} * job.task_struct_size);
      add(job.in_bo_handles, std::size_t{job.in_bo_handle_count} * sizeof(std::uint32_t));
      add(job.out_bo_handles, std::size_t{job.out_bo_handle_count} * sizeof(std::uint32_t));
    }
  }
  void add(std::uint64_t at, std::size_t bytes) {
    pieces[count++] = {reinterpret_cast<const void*>(at), bytes};
  }
};

int (*next_ioctl)(int, unsigned long, ...) = nullptr;

struct Call {
  std::uint64_t file;
  int fd;
  std::uint32_t word;
  unsigned long request;  // as the client wrote it
  void* argument;
  std::size_t bytes;  // of the structure that are recorded
  unsigned char before[most_structure];
};

// Contents of buffers may be of interest behind calls that finish them, and behind those that bring
// a buffer of somebody else.
bool wants_answer(const Call& call) {
  if (waits() != Waits::for_contents) return false;
  const std::uint32_t number = driver_number(call.word);
  const bool import =
      call.word == uabi::drm::gem_open || call.word == uabi::drm::prime_fd_to_handle;
  const bool from_device =
      number == uabi::rknpu::mem_sync && (call.before[0] & uabi::rknpu::from_device) != 0;
  const bool prepare =
      number == uabi::rocket::prep_bo && ioctl_size(call.word) == sizeof(uabi::rocket::PrepBo);
  return import || from_device || prepare;
}

Message message_of(MessageKind kind, const Call& call) {
  Message message;
  message.kind = kind;
  message.file = call.file;
  message.fd = call.fd;
  message.word = call.word;
  message.began_ns = now_ns();
  message.truncated = ioctl_size(call.word) > call.bytes ? 1 : 0;
  return message;
}

// Tells the recorder of a submit, and waits until what is submitted is kept. The answer is empty if
// nobody waits.
void announce(const Call& call, Answer& answer) {
  RocketJobs jobs;
  if (is_rocket_submit(call.word)) jobs.collect(call.before, call.bytes);
  Message message = message_of(MessageKind::before_submit, call);
  if (!jobs.all) message.truncated = 1;
  const Parts parts{{call.before, call.bytes}, {}, jobs.pieces, jobs.count};
  if (waits() == Waits::never) return tell(message, parts);
  if (!ask(message, parts, call.fd, answer)) answer = {};
}

// The client's structure is as it was but for what the driver wrote: a patched submit lies
// elsewhere.
int submit_patched(const Call& call, Answer& answer) {
  unsigned char given[submit_bytes];
  memcpy(given, answer.submit, submit_bytes);
  const int result = next(next_ioctl, "ioctl")(call.fd, call.request, answer.submit);
  auto* client = static_cast<unsigned char*>(call.argument);
  for (std::size_t i = 0; i < submit_bytes; ++i)
    if (answer.submit[i] != given[i]) client[i] = answer.submit[i];
  return result;
}

int recorded(Call& call) {
  const int saved = errno;
  const std::uint64_t entered = now_ns();
  Answer answer;
  if (is_submit(call.word)) announce(call, answer);
  const bool patched = answer.patched != 0 && call.bytes == submit_bytes;
  Message message = message_of(MessageKind::call, call);
  errno = saved;
  const int result = patched ? submit_patched(call, answer)
                             : next(next_ioctl, "ioctl")(call.fd, call.request, call.argument);
  message.error = result < 0 ? errno : 0;
  message.result = result;
  message.took_ns = now_ns() - message.began_ns;
  // The driver has read or written it, unless it says that it could not.
  const bool there = call.bytes > 0 && message.error != EFAULT;
  const Parts parts{{call.before, call.bytes},
                    {patched ? answer.submit : call.argument, there ? call.bytes : 0}};
  if (answer.wants_return != 0 || wants_answer(call)) {
    Answer ignored;
    static_cast<void>(ask(message, parts, call.fd, ignored));
  } else {
    tell(message, parts);
  }
  add_spent(now_ns() - entered - message.took_ns);
  return result;
}

int ioctl_of(int fd, unsigned long request, void* argument) {
  // Python and musl extend the sign of the request.
  const auto word = static_cast<std::uint32_t>(request);
  Call call;
  if (!active() || !may_be_npu(word) || (call.file = file_of(fd)) == 0)
    return next(next_ioctl, "ioctl")(fd, request, argument);
  call.fd = fd;
  call.word = word;
  call.request = request;
  call.argument = argument;
  call.bytes = ioctl_size(word) < most_structure ? ioctl_size(word) : most_structure;
  if (!safe_copy(call.before, argument, call.bytes)) call.bytes = 0;
  return recorded(call);
}

long (*next_syscall)(long, ...) = nullptr;

}  // namespace

NPUSCOPE_EXPORT int ioctl(int fd, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  return ioctl_of(fd, request, argument);
}

// For programs that call ioctl by its number.
NPUSCOPE_EXPORT long syscall(long number, ...) noexcept {
  va_list arguments;
  va_start(arguments, number);
  long a[6];
  for (long& value : a) value = va_arg(arguments, long);
  va_end(arguments);
  if (number == SYS_ioctl && active() && may_be_npu(static_cast<std::uint32_t>(a[1])))
    return ioctl_of(static_cast<int>(a[0]), static_cast<unsigned long>(a[1]),
                    reinterpret_cast<void*>(a[2]));
  return next(next_syscall, "syscall")(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

}  // namespace npuscope::record
