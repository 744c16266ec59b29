// ioctl and mmap on fake devices.
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "capture_tools/fake_npu/shim/client.h"
#include "replay/device/uabi/drm.h"
#include "replay/device/uabi/rocket.h"

namespace npuscope::fake {

namespace {

using uabi::ioctl_number;
using uabi::ioctl_size;
using uabi::ioctl_type;

int fails_with(int error) {
  errno = error;
  return -1;
}

// As the kernel answers: the lengths of the texts, and as much of them as there is room for.
void put_text(char* to, std::uint64_t& room, const char* text) {
  const std::size_t length = strlen(text);
  if (to != nullptr) memcpy(to, text, room < length ? room : length);
  room = length;
}

// Source: `rknpu` 0.9.8 and `rocket` as of Linux 6.18.
int answer_version(NodeKind kind, uabi::drm::Version* to) {
  const bool rocket = kind == NodeKind::accel;
  to->major = 0;
  to->minor = rocket ? 0 : 9;
  to->patch = rocket ? 0 : 8;
  put_text(to->name, to->name_bytes, rocket ? "rocket" : "rknpu");
  put_text(to->date, to->date_bytes, rocket ? "0" : "20240828");
  put_text(to->description, to->description_bytes, rocket ? "Rocket DRM driver" : "RKNPU driver");
  return 0;
}

// A job points to tasks and handles: they follow the structures in the payload.
int submit_to_rocket(Request& request, const uabi::rocket::Submit* client) {
  constexpr std::uint32_t most_jobs = 256;
  uabi::rocket::Submit submit;
  uabi::rocket::Job jobs[most_jobs];
  if (!copy_in(&submit, client, sizeof submit)) return EFAULT;
  if (submit.job_count > most_jobs || submit.job_struct_size < sizeof(uabi::rocket::Job))
    return EINVAL;
  Piece pieces[1 + most_jobs * 4];
  std::size_t count = 0, total = sizeof submit;
  pieces[count++] = {&submit, sizeof submit};
  for (std::uint32_t i = 0; i < submit.job_count; ++i) {
    uabi::rocket::Job& job = jobs[i];
    const char* from =
        reinterpret_cast<const char*>(submit.jobs) + std::size_t{i} * submit.job_struct_size;
    if (!copy_in(&job, from, sizeof job)) return EFAULT;
    const auto add = [&](std::uint64_t at, std::uint64_t number, std::uint64_t size) {
      total += number * size;
      pieces[count++] = {reinterpret_cast<const void*>(at), number * size};
    };
    pieces[count++] = {&job, sizeof job};
    total += sizeof job;
    add(job.tasks, job.task_count, job.task_struct_size);
    add(job.in_bo_handles, job.in_bo_handle_count, sizeof(std::uint32_t));
    add(job.out_bo_handles, job.out_bo_handle_count, sizeof(std::uint32_t));
    if (total > most_payload) return E2BIG;
  }
  return ask(request, pieces, count, nullptr, 0);
}

int export_dma_buf(const Request& request, uabi::drm::PrimeHandle* prime) {
  int made = -1;
  const Piece piece{prime, sizeof *prime};
  const int error = ask(request, &piece, 1, nullptr, 0, &made,
                        (prime->flags & uabi::drm::prime_close_on_exec) != 0);
  if (error == 0) prime->fd = made;
  return error;
}

int import_dma_buf(Request request, uabi::drm::PrimeHandle* prime) {
  const FileTag tag = tag_of(prime->fd);
  if (tag.kind != NodeKind::dma_buf) return fcntl(prime->fd, F_GETFD) < 0 ? EBADF : EINVAL;
  request.second = tag.position();
  const Piece piece{prime, sizeof *prime};
  const int descriptor = prime->fd;
  const int error = ask(request, &piece, 1, prime, sizeof *prime);
  prime->fd = descriptor;
  return error;
}

// DMA_BUF_IOCTL_SYNC and the name ioctls: caches are coherent here.
int dma_buf_ioctl(std::uint32_t word) {
  return ioctl_type(word) == 'b' ? 0 : ENOTTY;
}

int device_ioctl(const FileTag& tag, std::uint32_t word, void* argument) {
  if (tag.kind == NodeKind::dma_buf) return dma_buf_ioctl(word);
  if (ioctl_type(word) != 'd') return ENOTTY;
  Request request;
  request.word = word;
  request.file = tag.position();
  request.second = -1;
  const std::uint32_t number = ioctl_number(word);
  if (number == ioctl_number(uabi::drm::version))
    return answer_version(tag.kind, static_cast<uabi::drm::Version*>(argument));
  if (number == ioctl_number(uabi::drm::prime_handle_to_fd))
    return export_dma_buf(request, static_cast<uabi::drm::PrimeHandle*>(argument));
  if (number == ioctl_number(uabi::drm::prime_fd_to_handle))
    return import_dma_buf(request, static_cast<uabi::drm::PrimeHandle*>(argument));
  if (tag.kind == NodeKind::accel && number == uabi::rocket::first_number + uabi::rocket::submit)
    return submit_to_rocket(request, static_cast<const uabi::rocket::Submit*>(argument));
  const std::size_t size = ioctl_size(word);
  const Piece piece{argument, size};
  return ask(request, &piece, 1, argument, size);
}

int (*next_ioctl)(int, unsigned long, ...) = nullptr;

int ioctl_of(int fd, unsigned long request, void* argument) {
  const FileTag tag = tag_of(fd);
  if (tag.kind == NodeKind::none) return next(next_ioctl, "ioctl")(fd, request, argument);
  // Python and musl extend the sign of the request.
  const int error = device_ioctl(tag, static_cast<std::uint32_t>(request), argument);
  return error == 0 ? 0 : fails_with(error);
}

using Map = void*(void*, size_t, int, int, int, off64_t);
Map* next_mmap = nullptr;

void* map_of(void* address, size_t length, int protection, int flags, int fd, off64_t offset) {
  const FileTag tag = (flags & MAP_ANONYMOUS) != 0 ? FileTag{} : tag_of(fd);
  if (tag.kind == NodeKind::none)
    return next(next_mmap, "mmap64")(address, length, protection, flags, fd, offset);
  Request request;
  request.kind = RequestKind::map;
  request.file = tag.position();
  MapRange range{static_cast<std::uint64_t>(offset), length};
  const Piece piece{&range, sizeof range};
  if (const int error = ask(request, &piece, 1, &range, sizeof range); error != 0) {
    errno = error;
    return MAP_FAILED;
  }
  return next(next_mmap, "mmap64")(address, length, protection, flags, fd,
                                   static_cast<off64_t>(range.offset));
}

using Seek = off64_t(int, off64_t, int);
Seek* next_lseek = nullptr;

// The position says what a descriptor is, so nobody may move it. Clients seek to the end of
// dma-bufs to learn their size.
off64_t seek_of(int fd, off64_t offset, int from) {
  const FileTag tag = tag_of(fd);
  if (tag.kind == NodeKind::none) return next(next_lseek, "lseek64")(fd, offset, from);
  if (tag.kind == NodeKind::dma_buf && offset == 0 && from != SEEK_CUR)
    return from == SEEK_END ? static_cast<off64_t>(size_of_dma_buf(tag)) : 0;
  return fails_with(tag.kind == NodeKind::dma_buf ? EINVAL : ESPIPE);
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

NPUSCOPE_EXPORT void* mmap(void* address, size_t length, int protection, int flags, int fd,
                           off_t offset) noexcept {
  return map_of(address, length, protection, flags, fd, offset);
}

NPUSCOPE_EXPORT void* mmap64(void* address, size_t length, int protection, int flags, int fd,
                             off64_t offset) noexcept {
  return map_of(address, length, protection, flags, fd, offset);
}

NPUSCOPE_EXPORT off_t lseek(int fd, off_t offset, int from) noexcept {
  return seek_of(fd, offset, from);
}

NPUSCOPE_EXPORT off64_t lseek64(int fd, off64_t offset, int from) noexcept {
  return seek_of(fd, offset, from);
}

// For programs that call ioctl by its number.
NPUSCOPE_EXPORT long syscall(long number, ...) noexcept {
  va_list arguments;
  va_start(arguments, number);
  long a[6];
  for (long& value : a) value = va_arg(arguments, long);
  va_end(arguments);
  if (number == SYS_ioctl && tag_of(static_cast<int>(a[0])).kind != NodeKind::none)
    return ioctl_of(static_cast<int>(a[0]), static_cast<unsigned long>(a[1]),
                    reinterpret_cast<void*>(a[2]));
  return next(next_syscall, "syscall")(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

}  // namespace npuscope::fake
