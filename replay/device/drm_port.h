// The way to a kernel driver: ioctls and mappings of one open node, as a table of functions.
//
//   Result<DrmPort> port = open_node("rknpu", NodeUse::render);        // replay/device/drm_node.h
//   uabi::rknpu::Action action{.flags = uabi::rknpu::get_drv_version};
//   const int error = call(*port, rknpu_word(uabi::rknpu::action, sizeof action), action);
//
// Devices know no file descriptors, so that the same code talks to a board, to a driver on paper
// (what a dry run prints) and to a fake within a test. A port is closed when its last copy goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "replay/device/uabi/rknpu.h"
#include "replay/device/uabi/rocket.h"

namespace npuscope {

struct DrmPort {
  std::string driver;  // "rknpu", "rocket": the name that DRM_IOCTL_VERSION gives
  std::string node;    // "/dev/dri/renderD129"; "paper" where there is none
  // 0, or errno. Never repeated by itself: a submit must not run twice.
  std::function<int(std::uint32_t word, void* structure)> ioctl;
  // Empty: it failed. The mapping stays until unmap().
  std::function<std::span<std::byte>(std::uint64_t offset, std::uint64_t bytes)> map;
  std::function<void(std::span<std::byte> bytes)> unmap;
};

[[nodiscard]] constexpr std::uint32_t rknpu_word(std::uint32_t number, std::size_t bytes) {
  return uabi::ioctl_word('d', uabi::rknpu::first_number + number, bytes);
}

// SUBMIT, PREP_BO and FINI_BO of `rocket` only hand over: the kernel writes nothing back.
[[nodiscard]] constexpr std::uint32_t rocket_word(std::uint32_t number, std::size_t bytes) {
  const std::uint32_t direction = number == uabi::rocket::create_bo ? 3 : 1;
  return uabi::ioctl_word('d', uabi::rocket::first_number + number, bytes, direction);
}

template <typename Structure>
[[nodiscard]] int call(const DrmPort& port, std::uint32_t word, Structure& structure) {
  return port.ioctl(word, &structure);
}

}  // namespace npuscope
