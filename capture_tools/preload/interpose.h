// For libraries that are preloaded into programs: functions of theirs that stand before the C
// library's.
//
//   NPUSCOPE_EXPORT int dup(int fd) noexcept {
//     static int (*behind)(int) = nullptr;
//     return next(behind, "dup")(fd);
//   }
//
// Such a library needs nothing but the C library: no memory is allocated, nothing is locked.
#pragma once

#include <dlfcn.h>
#include <fcntl.h>

// Seen by the dynamic linker; everything else of such a library is hidden.
#define NPUSCOPE_EXPORT extern "C" __attribute__((visibility("default")))

namespace npuscope {

// The function of that name behind this library.
template <typename Function>
Function* next(Function*& cache, const char* name) {
  if (cache == nullptr) cache = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
  return cache;
}

// Whether open() has a third argument.
inline bool wants_mode(int flags) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

}  // namespace npuscope
