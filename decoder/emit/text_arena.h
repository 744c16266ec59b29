// Pieces of text that are laid out once and copied millions of times.
//
//   TextArena arena;
//   const TextArena::Text name = arena.keep("CNA_CBUF_CON0");  ...  arena.close();
//   out = arena.copy(out, name);           // 32 bytes at a time: may write that much beyond the
//   end
//
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace npuscope {

class TextArena {
 public:
  static constexpr std::size_t chunk = 32;  // bytes of one wide copy

  struct Text {
    std::uint32_t at = 0;
    std::uint32_t length = 0;
  };

  Text keep(std::string_view text) {
    const Text kept{static_cast<std::uint32_t>(bytes_.size()),
                    static_cast<std::uint32_t>(text.size())};
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    return kept;
  }

  // Nothing is kept after this, and nothing copied before it: wide copies read beyond the last
  // text.
  void close() { bytes_.resize(bytes_.size() + chunk); }

  char* copy(char* out, Text text) const {
    const char* from = bytes_.data() + text.at;
    std::memcpy(out, from, chunk);
    for (std::size_t done = chunk; done < text.length; done += chunk)
      std::memcpy(out + done, from + done, chunk);
    return out + text.length;
  }

 private:
  std::vector<char> bytes_;
};

// A text that is not kept, exactly.
inline char* put(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

}  // namespace npuscope
