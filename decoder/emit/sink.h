// Where writers put their text: a block of memory that is handed on when it is full. Memory stays
// the same however much is written.
//
//   Sink sink([](std::string_view block) { return std::fwrite(block.data(), 1, block.size(),
//   stdout) == block.size(); }); char* out = sink.room(200); ... sink.used(end); bool ok =
//   sink.flush();
#pragma once

#include <cstring>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

namespace npuscope {

class Sink {
 public:
  static constexpr std::size_t block_bytes = std::size_t{256} << 10U;

  // `write` gets each full block; false stops all further output (a closed pipe, a full disk).
  using Write = std::function<bool(std::string_view)>;
  explicit Sink(Write write)
      : write_(std::move(write)), block_(new char[block_bytes]), next_(block_.get()) {}
  ~Sink() { static_cast<void>(flush()); }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  // Room for `count` bytes (at most block_bytes). Say with used() how far it was filled.
  [[nodiscard]] char* room(std::size_t count) {
    if (count > static_cast<std::size_t>(block_.get() + block_bytes - next_))
      static_cast<void>(flush());
    return next_;
  }
  void used(char* end) { next_ = end; }

  void put(std::string_view text) {
    while (!text.empty()) {
      const std::size_t part = text.size() < block_bytes ? text.size() : block_bytes;
      char* out = room(part);
      std::memcpy(out, text.data(), part);
      used(out + part);
      text.remove_prefix(part);
    }
  }

  // Hands on what is there. False if any write has failed.
  [[nodiscard]] bool flush() {
    const auto size = static_cast<std::size_t>(next_ - block_.get());
    next_ = block_.get();
    if (size > 0 && ok_) ok_ = write_({block_.get(), size});
    return ok_;
  }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  Write write_;
  std::unique_ptr<char[]> block_;
  char* next_;
  bool ok_ = true;
};

}  // namespace npuscope
