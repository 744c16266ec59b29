// The device addresses of one IOMMU domain: which are taken, and where the next buffer goes.
//
//   DeviceAddresses addresses(Growth::down);
//   std::optional<std::uint32_t> at = addresses.take(65536);     // 0xffff0000 on a fresh board
//
// `rknpu` hands them out from the top of 32 bits down, `rocket` from zero up. Between buffers lies
// an unmapped page, so that what runs over the end of one is seen.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace npuscope::fake {

enum class Growth : std::uint8_t { down, up };

class DeviceAddresses {
 public:
  explicit DeviceAddresses(Growth growth) : growth_(growth) {}

  // `bytes` is a multiple of the page size; none: no gap is large enough.
  [[nodiscard]] std::optional<std::uint32_t> take(std::uint64_t bytes);
  void give_back(std::uint32_t address) { taken_.erase(address); }

 private:
  [[nodiscard]] std::optional<std::uint64_t> lowest_gap(std::uint64_t bytes) const;
  [[nodiscard]] std::optional<std::uint64_t> highest_gap(std::uint64_t bytes) const;

  Growth growth_;
  std::map<std::uint64_t, std::uint64_t> taken_;  // first address to end
};

}  // namespace npuscope::fake
