#include "decoder/emit/word_stream.h"

#include <algorithm>

namespace npuscope {

WordStream::WordStream(OutputFormat format, const RegisterDb& db, std::uint64_t base, Sink& sink)
    : output_(format), emit_(db), json_(db), address_(base), sink_(sink) {
  sink_.put(output_ == OutputFormat::jsonl ? "{\"schema\":\"npuscope.decode/1\"}\n"
                                           : "# npuscope decode 1\n");
}

inline void WordStream::write(Word word) {
  if (output_ == OutputFormat::jsonl) {
    sink_.used(json_.write_line(sink_.room(json_.max_line()), R"({"type":"word","index":)", words_,
                                address_, word));
  } else {
    sink_.used(emit_.write_line(sink_.room(emit_.max_line()), address_, word));
  }
  ++words_;
  address_ += 8;
}

void WordStream::feed(std::span<const std::byte> block) {
  if (rest_size_ > 0) {
    const std::size_t part = std::min(block.size(), rest_.size() - rest_size_);
    std::copy_n(block.begin(), part, rest_.begin() + static_cast<std::ptrdiff_t>(rest_size_));
    rest_size_ += part;
    block = block.subspan(part);
    if (rest_size_ < rest_.size()) return;
    write(WordView(rest_)[0]);
    rest_size_ = 0;
  }
  const WordView words(block);
  for (std::size_t i = 0; i < words.size(); ++i) write(words[i]);
  const auto rest = block.subspan(words.size() * 8);
  std::copy(rest.begin(), rest.end(), rest_.begin());
  rest_size_ = rest.size();
}

std::size_t WordStream::finish() const {
  return rest_size_;
}

}  // namespace npuscope
