#include "replay/ledger/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <tuple>
#include <utility>

#include "decoder/input/load_file.h"
#include "replay/ledger/evidence_json.h"

namespace npuscope::ledger {

namespace {

constexpr std::string_view head = "{\"schema\":\"npuscope.ledger/1\"}";
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 30U;

using Line = std::pair<Entry, std::string>;

bool before(const Line& a, const Line& b) {
  const auto key = [](const Line& line) {
    const Entry& entry = line.first;
    return std::tie(entry.shape, entry.source.name, entry.source.part);
  };
  return std::tuple(key(a), a.first.evidence.index(), std::string_view(a.second)) <
         std::tuple(key(b), b.first.evidence.index(), std::string_view(b.second));
}

}  // namespace

Ledger make_ledger(std::vector<Entry> entries) {
  std::vector<Line> lines;
  lines.reserve(entries.size());
  for (Entry& entry : entries) {
    std::string line = line_of(entry);
    lines.emplace_back(std::move(entry), std::move(line));
  }
  std::sort(lines.begin(), lines.end(), before);
  lines.erase(std::unique(lines.begin(), lines.end(),
                          [](const Line& a, const Line& b) { return a.second == b.second; }),
              lines.end());
  Ledger ledger;
  for (Line& line : lines) ledger.entries.push_back(std::move(line.first));
  return ledger;
}

std::string text_of(const Ledger& ledger) {
  std::string text(head);
  text += '\n';
  for (const Entry& entry : ledger.entries) text += line_of(entry) + '\n';
  return text;
}

bool is_ledger(std::string_view text) {
  return text.starts_with("{\"schema\":\"npuscope.ledger/");
}

Result<Ledger> parse_ledger(std::string_view text, const std::string& name,
                            std::vector<Error>* complaints) {
  if (text.substr(0, text.find('\n')) != head)
    return unreadable(is_ledger(text) ? "a ledger of another version" : "this is no ledger", name,
                      "`npuscope ledger import` makes one");
  std::vector<Entry> entries;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (line.empty() || line == head) continue;
    auto entry = read_line(line, Place{name, number, true}.text());
    if (entry) {
      entries.push_back(std::move(*entry));
    } else if (complaints != nullptr) {
      complaints->push_back(entry.error());
    } else {
      return tl::unexpected(entry.error());
    }
  }
  return make_ledger(std::move(entries));
}

Result<Ledger> read_ledger(const std::string& path) {
  const auto file = load_plain_file(path, most_bytes);
  if (!file) return tl::unexpected(file.error());
  return parse_ledger(file->text(), path);
}

Result<Merged> merge_into(const std::string& path, const std::vector<Entry>& entries,
                          const BeforeStep& before_step) {
  const auto lock = lock_folder_of(path);
  if (!lock) return tl::unexpected(lock.error());
  Ledger old;
  std::error_code ignored;
  const bool exists = std::filesystem::exists(path, ignored);
  if (exists) {
    auto read = read_ledger(path);
    if (!read) return tl::unexpected(read.error());
    old = std::move(*read);
  }
  const std::size_t known = old.entries.size(), given = make_ledger(entries).entries.size();
  std::vector<Entry> all = std::move(old.entries);
  all.insert(all.end(), entries.begin(), entries.end());
  const Ledger merged = make_ledger(std::move(all));
  const std::size_t added = merged.entries.size() - known;
  if (!exists || added > 0)
    if (auto written = replace_file(path, text_of(merged), before_step); !written)
      return tl::unexpected(written.error());
  return Merged{added, given - added};
}

}  // namespace npuscope::ledger
