#include "replay/sim/dma.h"

#include <algorithm>
#include <cstring>

namespace npuscope::sim {

namespace {
constexpr std::size_t granule = 16;  // what an access outside the buffers is cut into
}

std::uint32_t Dma::begin(DmaPath path, std::uint64_t address, std::size_t bytes) {
  const auto start = static_cast<std::uint32_t>(address + base_);
  DmaTraffic& traffic = report_.of(path);
  const std::uint64_t end = std::uint64_t{start} + bytes;
  traffic.lowest = traffic.bytes == 0 ? start : std::min<std::uint64_t>(traffic.lowest, start);
  traffic.end = std::max(traffic.end, end);
  traffic.bytes += bytes;
  return start;
}

void Dma::fault(DmaPath path, std::uint64_t address, std::uint64_t bytes) {
  DmaTraffic& traffic = report_.of(path);
  if (traffic.faulty == 0) traffic.first_fault = address;
  traffic.faulty += bytes;
}

const std::byte* Dma::read(DmaPath path, std::uint64_t address, std::size_t bytes) {
  const std::uint32_t start = begin(path, address, bytes);
  if (const std::uint64_t unwritten = memory_.count_unwritten(start, bytes); unwritten > 0) {
    DmaTraffic& traffic = report_.of(path);
    if (traffic.unwritten == 0) traffic.first_unwritten = start;
    traffic.unwritten += unwritten;
  }
  const std::byte* found = std::as_const(memory_).find(start, bytes);
  return found != nullptr ? found : read_in_parts(path, start, bytes);
}

const std::byte* Dma::read_in_parts(DmaPath path, std::uint32_t address, std::size_t bytes) {
  scratch_.assign(bytes, std::byte{0});
  for (std::size_t done = 0; done < bytes; done += granule) {
    const std::size_t part = std::min(granule, bytes - done);
    const std::byte* found = std::as_const(memory_).find(std::uint64_t{address} + done, part);
    if (found == nullptr)
      fault(path, std::uint64_t{address} + done, part);
    else
      std::memcpy(scratch_.data() + done, found, part);
  }
  return scratch_.data();
}

void Dma::write(DmaPath path, std::uint64_t address, std::span<const std::byte> bytes) {
  const std::uint32_t start = begin(path, address, bytes.size());
  if (std::byte* to = memory_.find(start, bytes.size()); to != nullptr) {
    std::memcpy(to, bytes.data(), bytes.size());
    memory_.mark_written(start, bytes.size());
    return;
  }
  for (std::size_t done = 0; done < bytes.size(); done += granule) {
    const auto part = bytes.subspan(done, std::min(granule, bytes.size() - done));
    std::byte* to = memory_.find(std::uint64_t{start} + done, part.size());
    if (to == nullptr) {
      fault(path, std::uint64_t{start} + done, part.size());
      continue;
    }
    std::memcpy(to, part.data(), part.size());
    memory_.mark_written(std::uint64_t{start} + done, part.size());
  }
}

}  // namespace npuscope::sim
