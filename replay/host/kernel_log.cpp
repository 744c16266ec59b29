#include "replay/host/kernel_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/klog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "decoder/input/kernel_line.h"
#include "decoder/input/scan.h"
#include "decoder/input/text_lines.h"

namespace npuscope::host {

namespace {

constexpr std::size_t most_log = std::size_t{64} << 20U;

// /dev/kmsg gives a record for each read, with further lines of the device that it is about.
KernelLog read_kmsg() {
  KernelLog log;
  log.source = "/dev/kmsg";
  const int fd = ::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) {
    log.error = std::strerror(errno);
    return log;
  }
  std::array<char, 16384> record;  // larger than any that the kernel writes
  while (log.text.size() < most_log) {
    const ssize_t count = ::read(fd, record.data(), record.size());
    if (count < 0 && (errno == EINTR || errno == EPIPE)) continue;  // EPIPE: overwritten meanwhile
    if (count < 0 && errno != EAGAIN) log.error = std::strerror(errno);
    if (count <= 0) break;
    const std::string_view text(record.data(), static_cast<std::size_t>(count));
    log.text.append(text.substr(0, text.find('\n'))).push_back('\n');
  }
  ::close(fd);
  return log;
}

constexpr int read_all = 3, buffer_size = 10;  // actions of syslog(2)

KernelLog read_syslog() {
  KernelLog log;
  log.source = "syslog(2)";
  const int size = ::klogctl(buffer_size, nullptr, 0);
  if (size > 0) log.text.resize(static_cast<std::size_t>(size));
  const int count = size > 0 ? ::klogctl(read_all, log.text.data(), size) : size;
  if (count < 0) log.error = std::strerror(errno);
  log.text.resize(static_cast<std::size_t>(std::max(count, 0)));
  return log;
}

KernelLog read_copied(const Host& host) {
  constexpr std::array names{"/dmesg.txt", "/var/log/dmesg", "/var/log/kern.log",
                             "/var/log/syslog"};
  KernelLog log;
  for (const char* name : names) {
    HostText file = host.read(name, most_log);
    if (file.missing()) continue;
    log.source = name;
    log.text = std::move(file.text);
    log.error = file.why();
    if (file.cut) log.error = fmt::format("longer than {} bytes", most_log);
    return log;
  }
  log.source = "dmesg.txt";
  log.error = "no copy of the kernel log";
  return log;
}

}  // namespace

KernelLog read_kernel_log(const Host& host) {
  KernelLog log = host.live() ? read_kmsg() : read_copied(host);
  if (host.live() && !log.error.empty()) {
    if (KernelLog other = read_syslog(); other.error.empty()) log = std::move(other);
  }
  if (!log.error.empty()) {
    log.text.clear();
    return log;
  }
  if (const std::string_view last = last_boot(log.text); last.size() < log.text.size())
    log.text = std::string(last);
  log.from_begin = begins_boot(std::string_view(log.text).substr(0, log.text.find('\n')));
  return log;
}

KernelCursor kernel_log_cursor() {
  const KernelLog log = read_kmsg();
  if (!log.error.empty()) return {{}, fmt::format("{}: {}", log.source, log.error)};
  return last_record(log.text);
}

// "6,1042,5140900,-;usb 1-1: ...": priority and sequence (Documentation/ABI/testing/dev-kmsg).
KernelCursor last_record(std::string_view records) {
  while (records.ends_with('\n')) records.remove_suffix(1);
  const std::size_t line_end = records.rfind('\n');
  Scanner record(line_end == std::string_view::npos ? records : records.substr(line_end + 1));
  if (records.empty()) return {{}, "the kernel log is empty"};
  if (!record.decimal() || !record.literal(",")) return {{}, "its records have another form"};
  const auto sequence = record.decimal();
  if (!sequence || !record.literal(",")) return {{}, "its records have another form"};
  return {sequence, {}};
}

std::string KernelCursor::text() const {
  return sequence ? fmt::format("sequence {}", *sequence) : "not readable: " + error;
}

std::string_view last_boot(std::string_view log) {
  std::size_t begin = 0;
  std::string plain;
  bool in_header = false;  // "Booting Linux" and "Linux version" follow one another
  for (std::size_t at = 0; at < log.size();) {
    const std::size_t end = std::min(log.find('\n', at), log.size());
    const bool begins = begins_boot(without_colours(log.substr(at, end - at), plain));
    if (begins && !in_header) begin = at;
    in_header = begins;
    at = end + 1;
  }
  return log.substr(begin);
}

std::vector<PoisonLine> poison_lines(std::string_view log, std::uint64_t after_microseconds) {
  std::vector<PoisonLine> found;
  LineReader lines(log);
  std::string_view line;
  while (lines.next(line)) {
    const auto parsed = parse_kernel_line(line);
    if (!parsed || parsed->kind->effect != KernelEffect::poison) continue;
    if (after_microseconds > 0 &&
        parsed->microseconds.value_or(~std::uint64_t{0}) <= after_microseconds)
      continue;
    found.push_back({std::string(parsed->kind->id), std::string(line), parsed->microseconds});
  }
  return found;
}

}  // namespace npuscope::host
