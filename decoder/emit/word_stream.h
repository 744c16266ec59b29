// Decodes bytes that are command words and nothing else, block by block, in constant memory.
//
//   WordStream stream(OutputFormat::emit, db, 0, sink);
//   while (read a block) stream.feed(block);
//   stream.finish();
//
// There is no task table behind it: where records begin and which words are constants is not known,
// and the output does not claim to know. Use it for streams that another tool cut out already, of
// any size.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "decoder/emit/emit_format.h"
#include "decoder/emit/json_format.h"
#include "decoder/emit/sink.h"
#include "decoder/emit/writers.h"

namespace npuscope {

class WordStream {
 public:
  // `format` is emit or jsonl. `base` is the address of the first byte.
  WordStream(OutputFormat format, const RegisterDb& db, std::uint64_t base, Sink& sink);

  void feed(std::span<const std::byte> block);
  // The bytes behind the last whole word, 0 to 7; they are not decoded.
  [[nodiscard]] std::size_t finish() const;
  [[nodiscard]] std::uint64_t words() const { return words_; }

 private:
  void write(Word word);

  OutputFormat output_;
  EmitFormat emit_;
  JsonFormat json_;
  std::uint64_t address_;
  std::uint64_t words_ = 0;
  std::array<std::byte, 8> rest_{};
  std::size_t rest_size_ = 0;
  Sink& sink_;
};

}  // namespace npuscope
