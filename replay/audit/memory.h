// Where the memory of a machine lies, of what the kernel says about it.
//
//   const auto above = bytes_above_4g(iomem_text, zoneinfo_text);     // nothing: not said
//
// The IOMMU of the RK3588 walks tables that mainline may place above 4 GiB since Linux commit
// 2a7e6400f72b; on the RK3566 and RK3568 that is proven to fail.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace npuscope::audit {

// Of /proc/iomem where it shows addresses (to root), else of /proc/zoneinfo.
[[nodiscard]] std::optional<std::uint64_t> bytes_above_4g(std::string_view iomem,
                                                          std::string_view zoneinfo);

// A line of /proc/meminfo, in bytes.
[[nodiscard]] std::optional<std::uint64_t> meminfo_bytes(std::string_view meminfo,
                                                         std::string_view name);

}  // namespace npuscope::audit
