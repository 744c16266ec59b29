// How the twelve banks of the convolution buffer are shared between input rows and weights, and how
// many input rows a tile may have.
//
//   BankPlan plan = vendor_banks(shape, site, ...);   plan.data_banks + plan.weight_banks() == 12
//
// An entry is 64 bytes, a bank 512 entries. All arithmetic in integers: one row takes row_units /
// 64 entries.
#pragma once

#include <cstdint>

#include "replay/schedule/channels.h"
#include "replay/shape/conv_site.h"

namespace npuscope {

inline constexpr std::uint32_t entries_per_bank = 512;
inline constexpr std::uint32_t entry_bytes = 64;
inline constexpr std::uint32_t bank_bytes = entries_per_bank * entry_bytes;

// Bytes of one input row of `channels` channels in the convolution buffer: entries times 64.
[[nodiscard]] std::uint64_t row_bytes(const ConvShape& shape, const ConvSite& site,
                                      std::uint32_t channels);

// Bytes of the stored weights of one kernel (direct), or of a block of `channels` channels
// (depthwise).
[[nodiscard]] std::uint64_t kernel_bytes(const ConvShape& shape, const ConvSite& site,
                                         std::uint32_t channels);
// Bytes of the stored weights of the whole operator.
[[nodiscard]] std::uint64_t weight_bytes(const ConvShape& shape, const ConvSite& site);

// Banks for `height` rows of `bytes` each.
[[nodiscard]] constexpr std::uint64_t banks_for_rows(std::uint64_t bytes, std::uint64_t height) {
  return ceil_div(ceil_div(bytes * height, entry_bytes), entries_per_bank);
}
// Rows of `bytes` each that fit into `banks`.
[[nodiscard]] constexpr std::uint64_t rows_in_banks(std::uint64_t bytes, std::uint64_t banks) {
  return banks * bank_bytes / bytes;
}

// The numbers by which the banks were chosen, for the planner and for a person.
struct BankPlan {
  std::uint32_t banks = cbuf_banks;  // of the whole buffer
  std::uint32_t channels =
      0;  // of one record: all of them, or one block of a depthwise convolution
  std::uint64_t row_bytes = 0;            // of one input row in the convolution buffer
  std::uint64_t input_banks = 0;          // the whole input would take
  std::uint64_t weight_banks_needed = 0;  // all weights would take
  std::uint64_t group_banks = 0;  // a group of kernels takes: 32, or one unit in general_banks()
  bool ours = false;              // of general_banks(), not the vendor's choice
  bool weights_first = false;     // the input would fit, but leave too little for the weights
  std::uint32_t data_banks = 0;
  bool weights_fit = false;  // all weights of the operator stay in the buffer
  std::uint32_t rows = 0;    // input rows of a tile, at most

  [[nodiscard]] std::uint32_t weight_banks() const { return banks - data_banks; }
};

// The vendor's choice for a direct convolution, for any number of cores.
[[nodiscard]] BankPlan direct_banks(const ConvShape& shape, const ConvSite& site);
// The same for the 1-core program of a depthwise convolution: its channels may be cut into blocks.
[[nodiscard]] BankPlan depthwise_block_banks(const ConvShape& shape, const ConvSite& site);
// The same for the 2- and 3-core programs of a depthwise convolution: all channels in each record.
[[nodiscard]] BankPlan depthwise_whole_banks(const ConvShape& shape, const ConvSite& site);

// Ours, where the vendor's choice leaves no room: the weights get the banks of one unit of kernels
// (or of one block of channels), the input the rest.
[[nodiscard]] BankPlan general_banks(const ConvShape& shape, const ConvSite& site);

}  // namespace npuscope
