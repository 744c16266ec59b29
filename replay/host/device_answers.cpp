#include "replay/host/device_answers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "replay/device/uabi/drm.h"
#include "replay/device/uabi/rknpu.h"

namespace npuscope::host {

namespace {

using namespace uabi;

template <typename Argument>
bool call(int fd, std::uint32_t word, Argument& argument) {
  int result = -1;
  do result = ::ioctl(fd, word, &argument);
  while (result < 0 && errno == EINTR);
  return result >= 0;
}

std::optional<std::uint32_t> action(int fd, rknpu::ActionId id) {
  rknpu::Action question{id, 0};
  const auto word = ioctl_word('d', rknpu::first_number + rknpu::action, sizeof question);
  if (!call(fd, word, question)) return std::nullopt;
  return question.value;
}

}  // namespace

std::optional<DeviceAnswers> ask_device(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return std::nullopt;
  std::array<char, 64> name{};
  drm::Version version;
  version.name = name.data();
  version.name_bytes = name.size();
  std::optional<DeviceAnswers> answers;
  if (call(fd, drm::version, version)) {
    answers.emplace();
    answers->driver.assign(name.data(), std::min<std::size_t>(version.name_bytes, name.size()));
    answers->drm_version = fmt::format("{}.{}.{}", version.major, version.minor, version.patch);
    // The numbers of other drivers mean other things.
    if (answers->driver == "rknpu") {
      answers->hardware_version = action(fd, rknpu::get_hw_version);
      answers->driver_version = action(fd, rknpu::get_drv_version);
      answers->frequency = action(fd, rknpu::get_freq);
      answers->voltage = action(fd, rknpu::get_volt);
      answers->iommu_enabled = action(fd, rknpu::get_iommu_en);
    }
  }
  ::close(fd);
  return answers;
}

}  // namespace npuscope::host
