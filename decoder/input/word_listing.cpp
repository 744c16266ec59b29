// lsb listings, and what becomes of the words that any listing prints.
//
// Where hex rows of the same object exist they are the bytes and the listing is only compared with
// them. Where not, the words become a buffer of their own: offset = printed address - first printed
// address, since only differences of printed addresses hold.

#include <fmt/format.h>

#include <bit>

#include "decoder/input/text_formats.h"
#include "decoder/word.h"

namespace npuscope {

namespace {

std::string_view dialect_name(Listing::Dialect dialect) {
  return dialect == Listing::Dialect::emit ? "EMIT" : "lsb";
}

bool has_rows(TextContext& context, const Listing& listing) {
  const Buffer* buffer = listing.gem ? context.builder.find_gem(*listing.gem) : nullptr;
  return buffer && context.builder.has_bytes(*buffer);
}

// Offset of the first non-zero word, where a listing begins that leaves zero words out.
std::uint64_t first_nonzero_word(const Buffer& buffer) {
  for (const Piece& piece : buffer.pieces) {
    const WordView words(piece.bytes);
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i].raw != 0) return piece.offset + 8 * i;
    }
  }
  return 0;
}

std::uint64_t count_nonzero_words(const Buffer& buffer) {
  std::uint64_t count = 0;
  for (const Piece& piece : buffer.pieces) {
    const WordView words(piece.bytes);
    for (std::size_t i = 0; i < words.size(); ++i) count += words[i].raw != 0;
  }
  return count;
}

std::uint64_t listing_base(const Listing& listing, const Buffer& buffer) {
  if (listing.declared_base) return *listing.declared_base;
  const std::uint64_t first = listing.words.front().address;
  if (listing.dialect == Listing::Dialect::lsb) return first;
  return first - first_nonzero_word(buffer);
}

void store_listing(TextContext& context, const Listing& listing, std::size_t number) {
  const std::string name =
      listing.gem ? fmt::format("GEM {} {} listing", *listing.gem, dialect_name(listing.dialect))
                  : fmt::format("{} listing {}", dialect_name(listing.dialect), number);
  Buffer& buffer = context.builder.select_named(name);
  buffer.place = listing.place;
  buffer.trust = listing.has_zeros ? Trust::text : Trust::filtered;
  const std::uint64_t first = listing.words.front().address;
  for (const Listing::Word& word : listing.words) {
    context.builder.add_word(buffer, word.address - first, word.word, listing.place);
  }
  Capture& capture = context.builder.capture();
  // The address is a candidate only: every public file prints a wrong one.
  capture.facts.push_back(
      {fmt::format("{}.printed_base", listing.dialect == Listing::Dialect::emit ? "emit" : "lsb"),
       fmt::format("{:#x}", first), listing.place});
  if (!listing.has_zeros) {
    capture.warn(fmt::format("{}: no register write of value 0 and no zero word in {} words: the "
                             "text was filtered, what is missing is unknown and not zero",
                             name, listing.words.size()),
                 listing.place);
  }
}

}  // namespace

bool read_lsb_word(TextContext& context, std::string_view line) {
  std::uint64_t address = 0;
  std::uint64_t word = 0;
  // "[ffef0000] lsb 02010000000e1004"
  if (line.size() < 15 || line.substr(9, 6) != "] lsb " ||
      !fixed_hex(line.data() + 1, 8, address)) {
    return false;
  }
  if (line.size() < 31 || !fixed_hex(line.data() + 15, 16, word)) {
    context.complain("an lsb line ends in the middle of its word and was ignored");
    return true;
  }
  context.listed_word(Listing::Dialect::lsb, address, word);
  return true;
}

void store_listings(TextContext& context) {
  std::size_t number = 0;
  for (const Listing& listing : context.listings) {
    ++number;
    if (!has_rows(context, listing)) store_listing(context, listing, number);
  }
}

void compare_listings(TextContext& context) {
  Capture& capture = context.builder.capture();
  for (const Listing& listing : context.listings) {
    const Buffer* buffer = listing.gem ? context.builder.find_gem(*listing.gem) : nullptr;
    if (!buffer || buffer->pieces.empty()) continue;
    const std::uint64_t base = listing_base(listing, *buffer);
    std::uint64_t equal = 0;
    std::uint64_t nonzero = 0;
    for (const Listing::Word& word : listing.words) {
      const WordView row(buffer->bytes_at(word.address - base, 8));
      equal += !row.empty() && row[0].raw == word.word;
      nonzero += word.word != 0;
    }
    const std::uint64_t rows = count_nonzero_words(*buffer);
    capture.facts.push_back({fmt::format("listing.gem{}.words_equal", *listing.gem),
                             fmt::format("{} of {}", equal, listing.words.size()), listing.place});
    if (equal != listing.words.size() || nonzero != rows) {
      capture.warn(fmt::format("{}: the {} listing has {} non-zero words, the hex rows have {}; {} "
                               "of {} listed words are equal. The hex rows are used",
                               buffer->name, dialect_name(listing.dialect), nonzero, rows, equal,
                               listing.words.size()),
                   listing.place);
    }
  }
}

}  // namespace npuscope
