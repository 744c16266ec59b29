// Which known name did a person mean?
//
//   closest_names("CBUF_COM0", names, 5)   // {"CBUF_CON0", "CBUF_CON1"}
//
// Distance: insertions, deletions, replacements and swaps of neighbours (optimal string alignment,
// the restricted form of Damerau-Levenshtein). Equal distances are ordered by name, so that the
// answer never changes between runs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace npuscope {

// ASCII letters only, whatever the locale.
[[nodiscard]] std::string lower_case(std::string_view text);

[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// At most `count` of `names`, nearest first, none farther than a third of the word. Duplicates are
// dropped.
[[nodiscard]] std::vector<std::string> closest_names(std::string_view word,
                                                     const std::vector<std::string>& names,
                                                     std::size_t count);

}  // namespace npuscope
