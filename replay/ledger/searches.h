// Shapes for which a search of the public captures found none, though the notes say all have one.
//
//   if (const Search* search = find_search(key_of(shape))) ... search->where ...
//
// The list is searches.txt, linked into the library: evidence, not code. A capture that is imported
// counts for more.
#pragma once

#include <string_view>
#include <vector>

namespace npuscope::ledger {

struct Search {
  std::string_view key;    // key_of(ConvShape)
  std::string_view where;  // what was searched
};

[[nodiscard]] const std::vector<Search>& searches();
[[nodiscard]] const Search* find_search(std::string_view key);

}  // namespace npuscope::ledger
