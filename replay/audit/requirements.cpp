#include "replay/audit/requirements.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "decoder/input/scan.h"
#include "decoder/input/text_lines.h"

namespace npuscope::audit {

namespace {

// Longer ones first: "=" stands in ">=".
constexpr std::array<std::string_view, 5> relations{">=", "<=", "!=", "=", "~"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// A run of digits without leading zeros, or nothing.
std::string_view take_number(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  std::string_view digits = text.substr(0, n);
  text.remove_prefix(n);
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  return digits;
}

int sign(int difference) {
  return (difference > 0) - (difference < 0);
}

Result<Requirement> parse_line(std::string_view line, const std::string& where) {
  for (const std::string_view relation : relations) {
    const std::size_t at = line.find(fmt::format(" {} ", relation));
    if (at == std::string_view::npos) continue;
    Requirement requirement{std::string(trimmed(line.substr(0, at))), std::string(relation),
                            std::string(trimmed(line.substr(at + relation.size() + 2)))};
    if (requirement.id.find(' ') != std::string::npos) continue;
    if (relation == "~" && !RE2(requirement.wanted, RE2::Quiet).ok())
      return unreadable(fmt::format("`{}` is no pattern", requirement.wanted), where,
                        "patterns are those of RE2");
    return requirement;
  }
  if (line.find(' ') != std::string_view::npos)
    return unreadable(fmt::format("`{}` is no criterion", line), where,
                      "FACT RELATION VALUE, the relation with blanks around it: = != >= <= ~");
  return Requirement{std::string(line), "", ""};
}

}  // namespace

std::string Requirement::text() const {
  return relation.empty() ? id : fmt::format("{} {} {}", id, relation, wanted);
}

int compare_parts(std::string_view left, std::string_view right) {
  while (!left.empty() && !right.empty()) {
    if (!is_digit(left.front()) || !is_digit(right.front())) {
      if (left.front() != right.front())
        return sign(static_cast<unsigned char>(left.front()) -
                    static_cast<unsigned char>(right.front()));
      left.remove_prefix(1);
      right.remove_prefix(1);
      continue;
    }
    const std::string_view a = take_number(left);
    const std::string_view b = take_number(right);
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
    if (const int difference = a.compare(b); difference != 0) return sign(difference);
  }
  return left.empty() ? (right.empty() ? 0 : -1) : 1;
}

Result<std::vector<Requirement>> parse_requirements(std::string_view text,
                                                    const std::string& file) {
  std::vector<Requirement> list;
  LineReader lines(text);
  std::string_view line;
  while (lines.next(line)) {
    const std::string_view rule = trimmed(line.substr(0, line.find('#')));
    if (rule.empty()) continue;
    auto requirement = parse_line(rule, fmt::format("{}:{}", file, lines.number()));
    if (!requirement) return tl::unexpected(requirement.error());
    list.push_back(std::move(*requirement));
  }
  return list;
}

bool meets(const Requirement& requirement, const Fact& fact) {
  if (!fact.unread.empty()) return false;
  const std::string& relation = requirement.relation;
  if (relation.empty()) return true;
  if (relation == "~") return RE2::PartialMatch(fact.value, requirement.wanted);
  const int order = compare_parts(fact.value, requirement.wanted);
  if (relation == "=") return order == 0;
  if (relation == "!=") return order != 0;
  return relation == ">=" ? order >= 0 : order <= 0;
}

void add_requirements(const std::vector<Requirement>& requirements, Audit& audit) {
  for (const Requirement& requirement : requirements) {
    const Fact* fact = audit.find(requirement.id);
    const bool met = fact != nullptr && meets(requirement, *fact);
    const std::string found = fact == nullptr        ? "no such fact"
                              : fact->unread.empty() ? fact->value
                                                     : "not read: " + fact->unread;
    audit.add("require." + requirement.id, found, requirement.text(),
              met ? Judgement::good : Judgement::blocks,
              met ? "" : "required: " + requirement.text());
  }
}

}  // namespace npuscope::audit
