// Register values without words: the decoded JSON files of the capture harness.
//
// One row per distinct convolution record, 23 named registers, no tails, no PPU rows. A missing
// value means "not written in that record", never zero. The rows were cut 6 words early by the tool
// that made them: WDMA sizes of 12- and 19-word rows belong to the preceding record and are listed
// as `doubtful`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace npuscope {

struct EvidenceRow {
  std::vector<std::pair<std::string, std::optional<std::uint32_t>>>
      values;                         // key of the file, value; in file order
  std::vector<std::string> doubtful;  // keys whose value cannot be trusted
  [[nodiscard]] std::optional<std::uint32_t> value(std::string_view key) const {
    for (const auto& [name, number] : values) {
      if (name == key) return number;
    }
    return std::nullopt;
  }
};

struct DecodedJson {
  std::string slug;  // names channels and height only: never a key
  std::string dump_dir;
  std::vector<std::uint32_t> amounts, masks;
  std::vector<std::uint64_t> addresses;
  std::vector<EvidenceRow> rows;
};

}  // namespace npuscope
