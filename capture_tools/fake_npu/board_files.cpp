#include "capture_tools/fake_npu/board_files.h"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace npuscope::fake {

namespace {

namespace fs = std::filesystem;

class Writer {
 public:
  explicit Writer(fs::path root) : root_(std::move(root)) {}

  void file(const std::string& name, std::string_view text) {
    const fs::path path = root_ / name;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    std::FILE* out = std::fopen(path.c_str(), "wb");
    if (out == nullptr) return fail(path);
    if (std::fwrite(text.data(), 1, text.size(), out) != text.size()) fail(path);
    if (std::fclose(out) != 0) fail(path);
  }
  void link(const std::string& name, const std::string& target) {
    const fs::path path = root_ / name;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    fs::create_symlink(target, path, error);
    if (error) fail(path);
  }
  [[nodiscard]] Result<void> result() const {
    if (failed_.empty()) return {};
    return wrong_usage(fmt::format("{} cannot be written", failed_), "is TMPDIR full?");
  }

 private:
  void fail(const fs::path& path) {
    if (failed_.empty()) failed_ = path;
  }
  fs::path root_;
  std::string failed_;
};

// What libdrm reads of a device of the platform bus.
void platform_device(Writer& writer, const std::string& number, std::string_view driver,
                     std::string_view compatible, std::string_view folder,
                     std::initializer_list<std::string_view> nodes) {
  const std::string device = fmt::format("sys/dev/char/{}/device/", number);
  writer.file(device + "uevent", fmt::format("DRIVER={}\nOF_NAME=npu\nOF_FULLNAME=/npu@fdab0000\n"
                                             "OF_COMPATIBLE_0={}\nOF_COMPATIBLE_N=1\n",
                                             driver, compatible));
  writer.link(device + "subsystem", "/sys/bus/platform");
  writer.link(device + "driver", fmt::format("/sys/bus/platform/drivers/{}", driver));
  for (const std::string_view node : nodes)
    writer.file(fmt::format("{}{}/{}/dev", device, folder, node), number + "\n");
}

}  // namespace

Result<void> write_board_files(const fs::path& root, const FakeOptions& options) {
  Writer writer(root);
  // A fake that starts anew has booted anew.
  std::string boot_id;
  std::getline(std::ifstream("/proc/sys/kernel/random/uuid"), boot_id);
  writer.file("proc/sys/kernel/random/boot_id", boot_id + "\n");
  writer.file("tmp/rk3588_npu_submit.lock", "");
  if (options.rknpu) {
    for (const std::string_view node : {"card1", "renderD129"}) {
      writer.file(fmt::format("dev/dri/{}", node), "");
      writer.link(fmt::format("sys/class/drm/{}/device/driver", node),
                  "/sys/bus/platform/drivers/RKNPU");
    }
    for (const std::string number : {"226:1", "226:129"})
      platform_device(writer, number, "RKNPU", "rockchip,rk3588-rknpu", "drm",
                      {"card1", "renderD129"});
    writer.file("sys/kernel/debug/rknpu/version", "RKNPU driver: v0.9.8\n");
    writer.file("sys/kernel/debug/rknpu/load", "NPU load:  Core0:  0%, Core1:  0%, Core2:  0%,\n");
    writer.file("sys/kernel/debug/rknpu/power", "on\n");
    writer.file("sys/kernel/debug/rknpu/freq", "1000000000\n");
    writer.file("sys/class/devfreq/fdab0000.npu/cur_freq", "1000000000\n");
    writer.file("sys/class/devfreq/dmc/cur_freq", "2112000000\n");
  }
  if (options.rocket) {
    writer.file("dev/accel/accel0", "");
    writer.link("sys/class/accel/accel0/device/driver", "/sys/bus/platform/drivers/rocket");
    platform_device(writer, "261:0", "rocket", "rockchip,rk3588-rknn-core", "accel", {"accel0"});
  }
  return writer.result();
}

}  // namespace npuscope::fake
