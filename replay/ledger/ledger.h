// A ledger: all that is known of convolutions, as a set of entries, and the file that holds it.
//
//   Result<Ledger> ledger = read_ledger("npu.ledger");
//   Result<Merged> merged = merge_into("npu.ledger", imported.entries);   // safe at any moment
//   for (const Entry& entry : ledger->entries) ...
//
// The file is text for people and for version control: a head, then one line an entry, sorted, no
// line twice. What is known is only ever added to; the merge of two ledgers is their union, and to
// import a file again changes nothing. Lines of two versions of a ledger may be joined in any
// order. A line that was changed by hand is an error: nothing enters unseen, nothing is lost
// unseen.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "regdb/error.h"
#include "replay/ledger/evidence.h"
#include "replay/ledger/replace_file.h"

namespace npuscope::ledger {

struct Ledger {
  std::vector<Entry> entries;  // in the order of the file
};

// Sorted by shape, kind and source, without repetitions.
[[nodiscard]] Ledger make_ledger(std::vector<Entry> entries);
[[nodiscard]] std::string text_of(const Ledger& ledger);
[[nodiscard]] bool is_ledger(std::string_view text);

// An Error names the first line that is no entry; with `complaints`, those are noted there instead.
[[nodiscard]] Result<Ledger> parse_ledger(std::string_view text, const std::string& name,
                                          std::vector<Error>* complaints = nullptr);
[[nodiscard]] Result<Ledger> read_ledger(const std::string& path);

struct Merged {
  std::size_t added = 0, known = 0;  // entries given that were new, that were there already
};

// Adds entries to the ledger in a file, which need not exist. Importers at the same time wait for
// one another. However it ends, the file is the old ledger or the new one.
[[nodiscard]] Result<Merged> merge_into(const std::string& path, const std::vector<Entry>& entries,
                                        const BeforeStep& before = {});

}  // namespace npuscope::ledger
