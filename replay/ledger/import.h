// Any file as entries of a ledger.
//
//   Imported imported = import_input("capture.log");
//   for (const Error& error : imported.refused) say(error.text());
//   merge_into("npu.ledger", imported.entries);
//
// The content decides what it is: a capture in any form that is read (logs, dumps, models,
// bundles), a table of decoded registers, a log of somebody's sweep, JSON lines of `sweep`,
// journals of guarded runs, a table of shapes with columns of results, a manifest (which brings in
// the files that it names, with their origin), or another ledger. Nothing enters without a shape:
// what has none is refused, with the reason. Programs that were generated are refused: they would
// confirm themselves.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "decoder/input/read_input.h"
#include "replay/ledger/evidence.h"

namespace npuscope::ledger {

struct Imported {
  std::vector<Entry> entries;
  std::vector<std::string> notes;  // what was left out of a file that was read
  std::vector<Error> refused;      // files, or parts of them, that give no entry

  void add(Imported other);
};

// A file or a folder. The subfolders of a folder are left alone, unless it is a bundle.
[[nodiscard]] Imported import_input(const std::string& path);

// --- its parts, one a file ---

[[nodiscard]] Imported import_captures(std::vector<Capture> captures, const Source& source);
[[nodiscard]] Imported import_sweep_rows(const Capture& capture, const Source& source);
[[nodiscard]] Imported import_sweep_json(std::string_view text, const Source& source);
// The journal of guarded runs, npuscope.run/1. A run that has no result, and behind which another
// boot begins, took the board with it.
[[nodiscard]] Imported import_runs(std::string_view text, const Source& source);
// Columns `name`, `encoded`, and any whose cells are results; `fence_reason`.
[[nodiscard]] Imported import_shape_table(const FileBytes& file, const Source& source);
// Columns `path`, `sha256`, `bytes`, `source`, `source_path`, `source_commit`. Files are looked for
// beside the manifest, and checked before they are read.
[[nodiscard]] Imported import_manifest(const FileBytes& file, const std::string& folder);

}  // namespace npuscope::ledger
