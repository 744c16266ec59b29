// The ioctls of the DRM core that clients of the NPU use, our own declaration of them.
//
//   drm::GemClose close{.handle = handle};
//   ioctl(fd, drm::gem_close, &close);
//
// Source: the stable interface of Linux (include/uapi/drm/drm.h) and call traces.
#pragma once

#include "replay/device/uabi/rknpu.h"

namespace npuscope::uabi::drm {

struct Version {  // texts: length of the room in, of the text out
  std::int32_t major = 0, minor = 0, patch = 0;
  std::uint64_t name_bytes = 0;
  char* name = nullptr;
  std::uint64_t date_bytes = 0;
  char* date = nullptr;
  std::uint64_t description_bytes = 0;
  char* description = nullptr;
};

struct Unique {
  std::uint64_t bytes = 0;
  char* text = nullptr;
};

struct GemClose {
  std::uint32_t handle = 0;
  std::uint32_t pad = 0;
};

struct GemFlink {
  std::uint32_t handle = 0;
  std::uint32_t name = 0;
};

struct GemOpen {
  std::uint32_t name = 0;
  std::uint32_t handle = 0;
  std::uint64_t size = 0;
};

struct GetCap {
  std::uint64_t capability = 0;
  std::uint64_t value = 0;
};
inline constexpr std::uint64_t cap_prime = 5;  // 1: import, 2: export

struct PrimeHandle {
  std::uint32_t handle = 0;
  std::uint32_t flags = 0;  // 0x80000: close on exec, 2: mappable for writing
  std::int32_t fd = 0;
};
inline constexpr std::uint32_t prime_close_on_exec = 0x80000;

inline constexpr std::uint32_t version = ioctl_word('d', 0x00, sizeof(Version));
inline constexpr std::uint32_t get_unique = ioctl_word('d', 0x01, sizeof(Unique));
inline constexpr std::uint32_t gem_close = ioctl_word('d', 0x09, sizeof(GemClose), 1);
inline constexpr std::uint32_t gem_flink = ioctl_word('d', 0x0a, sizeof(GemFlink));
inline constexpr std::uint32_t gem_open = ioctl_word('d', 0x0b, sizeof(GemOpen));
inline constexpr std::uint32_t get_cap = ioctl_word('d', 0x0c, sizeof(GetCap));
inline constexpr std::uint32_t prime_handle_to_fd = ioctl_word('d', 0x2d, sizeof(PrimeHandle));
inline constexpr std::uint32_t prime_fd_to_handle = ioctl_word('d', 0x2e, sizeof(PrimeHandle));

static_assert(version == 0xC0406400 && get_unique == 0xC0106401 && gem_close == 0x40086409 &&
              gem_flink == 0xC008640A && gem_open == 0xC010640B && get_cap == 0xC010640C &&
              prime_handle_to_fd == 0xC00C642D && prime_fd_to_handle == 0xC00C642E);

}  // namespace npuscope::uabi::drm
