#include "replay/preflight/denylist.h"

#include <algorithm>
#include <cstdlib>

extern "C" const char npuscope_denylist_begin[];
extern "C" const char npuscope_denylist_end[];

namespace npuscope::preflight {

namespace {

std::vector<DeniedProgram> read_list() {
  std::vector<DeniedProgram> list;
  std::string_view text(npuscope_denylist_begin,
                        static_cast<std::size_t>(npuscope_denylist_end - npuscope_denylist_begin));
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('#') || line.empty()) continue;
    const std::size_t first = line.find('\t'), second = line.find('\t', first + 1);
    const std::string_view effect = line.substr(0, first);
    // The file is part of the program; the tests read it.
    if (second == std::string_view::npos || (effect != "crash" && effect != "poison")) std::abort();
    list.push_back({effect == "crash" ? DeniedEffect::crash : DeniedEffect::poison,
                    line.substr(first + 1, second - first - 1), line.substr(second + 1)});
  }
  return list;
}

}  // namespace

const std::vector<DeniedProgram>& denylist() {
  static const std::vector<DeniedProgram> list = read_list();
  return list;
}

const DeniedProgram* find_denied(std::string_view key) {
  const auto found = std::find_if(denylist().begin(), denylist().end(),
                                  [&](const DeniedProgram& d) { return d.key == key; });
  return found == denylist().end() ? nullptr : &*found;
}

}  // namespace npuscope::preflight
