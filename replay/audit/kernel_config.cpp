#include "replay/audit/kernel_config.h"

#include <cstring>

#include "decoder/input/load_file.h"
#include "decoder/input/scan.h"
#include "decoder/input/text_lines.h"

namespace npuscope::audit {

namespace {

constexpr std::size_t most_bytes = std::size_t{4} << 20U;  // real ones have some 300 KiB

Result<std::string> unpacked(const std::string& packed) {
  const auto owner = allocate_bytes(packed.size() + 1);
  if (!owner) return unreadable("no memory", "config");
  std::memcpy(owner.get(), packed.data(), packed.size());
  const FileBytes file{"config", owner, {owner.get(), packed.size()}};
  if (!is_packed(file.bytes)) return packed;
  const auto files =
      unpack(file, {.file_bytes = most_bytes, .unpacked_bytes = most_bytes, .members = 1});
  if (!files) return tl::unexpected(files.error());
  return std::string(files->front().text());
}

}  // namespace

std::string KernelConfig::value(std::string_view option) const {
  const auto found = options.find(option);
  return found == options.end() ? "n" : found->second;
}

KernelConfig parse_kernel_config(std::string_view text) {
  KernelConfig config;
  LineReader lines(text);
  std::string_view line;
  while (lines.next(line)) {
    Scanner scan(line);
    if (!scan.literal("CONFIG_") || scan.rest().find('=') == std::string_view::npos) continue;
    const std::string_view name = scan.until("=");
    config.options.insert_or_assign(std::string(name), std::string(scan.rest()));
  }
  if (config.options.empty()) config.error = "holds no options";
  return config;
}

KernelConfig read_kernel_config(const host::Host& host, const std::string& release) {
  KernelConfig config;
  for (const std::string& path : {std::string("/proc/config.gz"), "/boot/config-" + release}) {
    const host::HostText file = host.read(path, most_bytes);
    config.source = path;
    config.error = file.why();
    if (!file.read()) continue;
    const auto text = unpacked(file.text);
    config = text ? parse_kernel_config(*text) : KernelConfig{{}, {}, text.error().what};
    config.source = path;
    if (config.known()) break;
  }
  return config;
}

}  // namespace npuscope::audit
