#include "replay/preflight/rules.h"

#include <algorithm>
#include <cctype>

namespace npuscope::preflight {

namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

bool names_one_of(std::string_view list, std::string_view id) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(' '), list.size());
    if (equal_ignoring_case(list.substr(0, end), id)) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

}  // namespace

const std::vector<Rule>& all_rules() {
  static const std::vector<Rule> all = [] {
    std::vector<Rule> rules;
    for (const auto theme :
         {submit_rules(), trace_rules(), device_rules(), task_rules(), chain_rules(), state_rules(),
          bank_rules(), geometry_rules(), path_rules(), pooling_rules(), address_rules(),
          schedule_rules(), bit_rules(), model_rules()})
      rules.insert(rules.end(), theme.begin(), theme.end());
    return rules;
  }();
  return all;
}

const Rule* find_rule(std::string_view id_or_name) {
  const auto& all = all_rules();
  const auto called = std::find_if(all.begin(), all.end(), [&](const Rule& r) {
    return equal_ignoring_case(r.id, id_or_name) || equal_ignoring_case(r.name, id_or_name);
  });
  if (called != all.end()) return &*called;
  const auto also = std::find_if(all.begin(), all.end(),
                                 [&](const Rule& r) { return names_one_of(r.also, id_or_name); });
  return also == all.end() ? nullptr : &*also;
}

}  // namespace npuscope::preflight
