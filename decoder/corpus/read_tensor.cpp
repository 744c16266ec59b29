#include "decoder/corpus/read_tensor.h"

#include <array>
#include <charconv>
#include <string_view>

#include "decoder/model.h"

namespace npuscope::corpus {

namespace {

// The second of "1x24x80x80".
std::int64_t channels_of(std::string_view shape) {
  std::array<std::int64_t, 4> sizes{};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::string_view text = shape.substr(0, shape.find('x'));
    std::from_chars(text.data(), text.data() + text.size(), sizes[i]);
    const bool last = text.size() == shape.size();
    if (last != (i + 1 == sizes.size())) return 0;
    if (!last) shape.remove_prefix(text.size() + 1);
  }
  return sizes[1];
}

}  // namespace

TensorLookup::TensorLookup(Database& database)
    : query_(
          database.prepare("SELECT word, kind, logical FROM relocations JOIN tensors"
                           " USING(content, capture, tensor) WHERE (content, capture) = (?, ?)")) {}

void TensorLookup::enter(std::int64_t content, std::int64_t capture) {
  tensors_.clear();
  query_.start(content, capture);
  while (query_.step())
    tensors_[static_cast<std::uint64_t>(query_.number(0))] = {
        query_.number(1) == static_cast<std::int64_t>(TensorKind::input),
        channels_of(query_.text(2))};
}

const ReadTensor* TensorLookup::at(std::uint64_t word) const {
  const auto found = tensors_.find(word);
  return found == tensors_.end() ? nullptr : &found->second;
}

}  // namespace npuscope::corpus
