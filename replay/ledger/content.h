// One name for all captures of equal content, wherever their buffers lay.
//
//   ContentHash content;
//   content.number(amount);  content.address(0x1070, value);   content.name();   // 32 digits
//
// Addresses count from the first one of their register.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "decoder/bundle/blob_name.h"

namespace npuscope::ledger {

class ContentHash {
 public:
  void number(std::uint64_t value) { values_.push_back(value); }
  void address(std::uint16_t offset, std::uint64_t value) {
    number(value - first_.emplace(offset, value).first->second);
  }
  [[nodiscard]] std::string name() const { return blob_name(std::as_bytes(std::span(values_))); }

 private:
  std::vector<std::uint64_t> values_;
  std::map<std::uint16_t, std::uint64_t> first_;
};

}  // namespace npuscope::ledger
