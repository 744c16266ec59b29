#include "replay/ledger/searches.h"

#include <algorithm>

extern "C" const char npuscope_searches_begin[];
extern "C" const char npuscope_searches_end[];

namespace npuscope::ledger {

namespace {

std::vector<Search> read_list() {
  std::vector<Search> list;
  std::string_view text(npuscope_searches_begin,
                        static_cast<std::size_t>(npuscope_searches_end - npuscope_searches_begin));
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t tab = line.find('\t');
    if (!line.starts_with('#') && tab != std::string_view::npos)
      list.push_back({line.substr(0, tab), line.substr(tab + 1)});
  }
  return list;
}

}  // namespace

const std::vector<Search>& searches() {
  static const std::vector<Search> list = read_list();
  return list;
}

const Search* find_search(std::string_view key) {
  const auto found = std::ranges::find(searches(), key, &Search::key);
  return found == searches().end() ? nullptr : &*found;
}

}  // namespace npuscope::ledger
