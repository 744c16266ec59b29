// One unit of a corpus, decoded: what is stored of it, and what is written of it.
//
//   const UnitDecoder decoder(db, {.geometry = geometry});
//   DecodedUnit decoded = decoder.decode(unit, [&](const std::string& hash) { return false; });
//
// Contents are known by the hash of their bytes: XXH3-128, for several files of their names and
// hashes. Equal contents are decoded once, wherever they lie.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "decoder/corpus/find_units.h"
#include "decoder/corpus/layer.h"
#include "decoder/input/load_file.h"
#include "decoder/open.h"

namespace npuscope::corpus {

// Two programs with equal `words` are the same bytes; with equal `form`, the same but for the
// places of buffers and of the records.
struct ProgramDigest {
  std::size_t set = 0;
  unsigned cores = 1;
  std::string words, form;  // XXH3-128; empty: no word was captured
};

// A word that the register database does not explain in full.
struct UnknownWord {
  std::size_t set = 0, record = no_index;  // no_index: between the records
  std::uint64_t at = 0;                    // index in the record; byte offset between the records
  Word word;
  std::uint32_t bits = 0;  // of the value that no field owns; 0: the register is unknown
};

struct DecodedCapture {
  Opened opened;
  std::vector<std::vector<Layer>> layers;  // of each set
  std::vector<ProgramDigest> digests;
  std::vector<UnknownWord> unknowns;
};

struct DecodedUnit {
  Unit unit;
  std::string hash;         // empty: a file could not be read
  std::uint64_t bytes = 0;  // of all its files
  std::string problem;      // why it could not be decoded; empty: it was
  bool known = false;       // its content was decoded before: `captures` is empty
  std::vector<DecodedCapture> captures;
  std::string text;  // for outputs that are text; made by who asks for it
};

struct DecodeLimits {
  LoadLimits load{.file_bytes = std::uint64_t{1} << 30U, .unpacked_bytes = std::uint64_t{1} << 30U};
  Geometry geometry;
};

class UnitDecoder {
 public:
  // `db` must outlive it.
  UnitDecoder(const RegisterDb& db, DecodeLimits limits);

  // From any thread. `has(hash)` says whether a content needs no decoding. Nothing about a file
  // makes it fail: what cannot be read has a `problem`.
  [[nodiscard]] DecodedUnit decode(const Unit& unit,
                                   const std::function<bool(const std::string& hash)>& has) const;

 private:
  struct OffsetFacts {
    std::uint16_t target = 0;  // 0: no register
    bool is_address = false;
    std::uint32_t unowned = 0;
  };
  [[nodiscard]] DecodedCapture describe(Capture capture) const;
  void add_digests(DecodedCapture& decoded, std::size_t set_number) const;
  void add_unknowns(DecodedCapture& decoded, std::size_t set_number) const;

  const RegisterDb* db_;
  DecodeLimits limits_;
  std::vector<OffsetFacts> offsets_;  // 65,536
};

}  // namespace npuscope::corpus
