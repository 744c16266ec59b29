// Decodes everything in some folders at once, on several threads, in the order of the paths.
//
//   BuildOptions options;
//   options.roots = {"captures/"};
//   Result<BuildCounts> counts = build_store("corpus.sqlite", db, options);
//
// Of the contents at most two units for each thread are held; of each file its path and hash. A
// store is written in steps of some units, each whole or not at all; a build that ended in the
// middle, by whatever, is continued by the same call and comes to the same content.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "decoder/corpus/decoded_unit.h"
#include "decoder/emit/sink.h"

namespace npuscope::corpus {

struct BuildOptions {
  std::vector<std::string> roots;
  unsigned threads = 1;
  // Only each `shards`-th unit, from number `shard` on (0, 1, ...).
  std::size_t shard = 0, shards = 1;
  DecodeLimits limits;
  std::function<void(std::size_t count)> begin;       // before the first unit that is not skipped
  std::function<void(const std::string& path)> step;  // after each, in any order, on one thread
};

struct BuildCounts {
  std::size_t files = 0;       // found, with those that cannot be read
  std::size_t unchanged = 0;   // of them, skipped: size and time are those of the last build
  std::size_t contents = 0;    // decoded now
  std::size_t duplicates = 0;  // units whose content was there already
  std::size_t unreadable = 0;  // files with a problem
};

// Makes the file or brings it up to date: files that are gone are forgotten, with contents that no
// file has any more. An Error if it cannot be written or was made by another version.
[[nodiscard]] Result<BuildCounts> build_store(const std::string& path, const RegisterDb& db,
                                              const BuildOptions& options);

// Puts what `from` holds into the store `into`, which is made if need be.
[[nodiscard]] Result<void> merge_stores(const std::string& into,
                                        const std::vector<std::string>& from);

enum class TextKind : std::uint8_t { jsonl, csv };

// Everything as text; a content that several files have stands there once.
[[nodiscard]] Result<BuildCounts> write_corpus(TextKind kind, const RegisterDb& db,
                                               const BuildOptions& options, Sink& sink);

// For programs that build, before they begin: freed memory, up to 4 MiB, is kept for the next unit.
// By default it goes back to the kernel and is asked for again with every unit, which takes longer
// than decoding.
void keep_freed_memory();

}  // namespace npuscope::corpus
