#include "decoder/emit/assembler.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "decoder/emit/digits.h"

namespace npuscope {

namespace {

constexpr std::uint64_t largest_window = std::uint64_t{1} << 30U;  // far beyond any command buffer
constexpr std::uint64_t largest_total = std::uint64_t{4} << 30U;   // of all windows of a text
constexpr std::uint64_t largest_gap = std::uint64_t{16} << 20U;    // without ".window"
constexpr std::size_t stream_block = std::size_t{256} << 10U;

std::string line_place(std::uint64_t line) {
  return fmt::format("line {}", line);
}

// "0x02010000001b1040u, /* ... */": a whole word in C source.
std::optional<Word> c_word(std::string_view text) {
  const std::size_t at = text.find_first_not_of(" \t{");
  if (at == std::string_view::npos || !text.substr(at).starts_with("0x") || text.size() < at + 18)
    return std::nullopt;
  Word word;
  if (!digits::read_hex16(text.data() + at + 2, word.raw)) return std::nullopt;
  const std::string_view rest = text.substr(at + 18);
  const bool ends = rest.empty() || rest.front() == ',' || rest.front() == 'u' ||
                    rest.front() == 'U' || rest.front() == ' ';
  return ends ? std::optional(word) : std::nullopt;
}

std::optional<std::uint64_t> number(std::string_view& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return std::nullopt;
  text.remove_prefix(begin);
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

}  // namespace

Result<void> Assembler::directive(std::string_view text, std::uint64_t line_number) {
  const std::size_t blank = std::min(text.find(' '), text.size());
  const std::string_view name = text.substr(0, blank);
  std::string_view arguments = text.substr(blank);
  const auto first = number(arguments);
  const auto second = number(arguments);
  if ((name != ".window" && name != ".absent") || !first || !second) {
    return unreadable(fmt::format("`{}` is not a directive", text), line_place(line_number),
                      "known: .window ADDRESS BYTES, .absent ADDRESS WORDS");
  }
  if (name == ".absent") {
    if (!options_.fill_absent) {
      return unreadable(fmt::format("{} words from {:#x} were not captured", *second, *first),
                        line_place(line_number), "--fill-absent=zero writes zeros in their place");
    }
    report_.filled += *second;
    return {};
  }
  if (auto closed = close_window(); !closed) return closed;
  if (*second == 0 || *second % 8 != 0 || *second > largest_window) {
    return unreadable(fmt::format("a window of {} bytes", *second), line_place(line_number),
                      "a multiple of 8, at most 1 GiB");
  }
  fixed_bytes_ += *second;
  if (fixed_bytes_ > largest_total) {
    return unreadable("the windows add up to more than 4 GiB", line_place(line_number),
                      "assemble them one by one");
  }
  open_ = fixed_ = true;
  origin_ = next_ = *first;
  size_ = *second;
  return {};
}

Result<void> Assembler::place(bool has_address, std::uint64_t address, Word word,
                              std::uint64_t line_number) {
  if (!has_address) address = next_;
  const bool far =
      open_ && !fixed_ &&
      (address < origin_ + written_ || address - origin_ > written_ + image_.size() + largest_gap);
  if (far) {
    if (auto closed = close_window(); !closed) return closed;
  }
  if (!open_) {
    open_ = true;
    fixed_ = false;
    origin_ = address;
  }
  if (address < origin_ + written_ || (fixed_ && address - origin_ > size_ - 8) ||
      (address - origin_) % 8 != 0) {
    return unreadable(
        fmt::format("address {:#x} does not lie in the window {:#x}", address, origin_),
        line_place(line_number), "words stand at multiples of 8 from its begin");
  }
  const std::uint64_t at = address - origin_ - written_;
  // In a window, zeros behind a record are padding; elsewhere text that lacks words was filtered.
  const auto behind_record = [&] {
    return image_.empty() || is_operation_enable(WordView(std::span(image_).last(8))[0]);
  };
  if (at > image_.size() && !(fixed_ && behind_record())) {
    gap_words_ += (at - image_.size()) / 8;
    if (first_gap_line_ == 0) first_gap_line_ = line_number;
  }
  if (at + 8 > image_.size()) image_.resize(static_cast<std::size_t>(at + 8));
  std::memcpy(image_.data() + at, &word.raw, 8);
  next_ = address + 8;
  ++report_.words;
  saw_zero_value_ = saw_zero_value_ || (word.raw != 0 && word.value() == 0 && !is_marker(word));
  // Text without a window is in ascending order in practice: hand on what is complete.
  if (!fixed_ && image_.size() >= stream_block && gap_words_ == 0 && at + 8 == image_.size()) {
    sink_.put({reinterpret_cast<const char*>(image_.data()), image_.size()});
    written_ += image_.size();
    image_.clear();
  }
  return {};
}

Result<void> Assembler::line(std::string_view text, std::uint64_t line_number) {
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  if (text.empty() || text.front() == '#') return {};
  if (text.front() == '.') return directive(text, line_number);
  EmitLine emit;
  if (!reader_.read(text, EmitCheck::verified, emit)) {
    if (const auto word = c_word(text)) return place(false, 0, *word, line_number);
    return {};  // prose between the words
  }
  if (!emit.has_word && emit.agreement == Agreement::unreadable) {
    const auto named = reader_.named_in(text);
    if (!named) {
      Error error = named.error();
      error.where = line_place(line_number);
      return tl::unexpected(std::move(error));
    }
    emit.word = *named;
  }
  Word word = emit.word;
  if (emit.agreement == Agreement::disagrees) {
    if (options_.prefer == AssembleOptions::Prefer::neither) {
      return unreadable(fmt::format("the digits say {:016x}, the names say {:016x}", emit.word.raw,
                                    emit.named.raw),
                        line_place(line_number), "--prefer=word or --prefer=names decides");
    }
    if (options_.prefer == AssembleOptions::Prefer::names) word = emit.named;
  }
  return place(emit.has_address, emit.address, word, line_number);
}

Result<void> Assembler::close_window() {
  if (!open_) return {};
  if (gap_words_ > 0 && !saw_zero_value_ && !options_.fill_absent) {
    return unreadable(
        fmt::format("{} words are missing and no write of value 0 is there: the text was filtered",
                    gap_words_),
        line_place(first_gap_line_), "--fill-absent=zero writes zeros in their place");
  }
  if (fixed_) image_.resize(static_cast<std::size_t>(size_));
  // A record ends on a 64-byte boundary, but only ".window" knows the end; other text ends with its
  // last word.
  sink_.put({reinterpret_cast<const char*>(image_.data()), image_.size()});
  report_.bytes += written_ + image_.size();
  ++report_.windows;
  open_ = fixed_ = saw_zero_value_ = false;
  written_ = gap_words_ = first_gap_line_ = 0;
  image_.clear();
  return {};
}

Result<AssembleReport> Assembler::finish() {
  if (auto closed = close_window(); !closed) return tl::unexpected(closed.error());
  if (report_.words == 0) {
    return unreadable(
        "no command words in this text", {},
        "expected lines with `lsb` and 16 digits, EMIT(REG_..., ...), or 0x... in C source");
  }
  return report_;
}

}  // namespace npuscope
