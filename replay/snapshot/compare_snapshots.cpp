#include <fmt/format.h>

#include <cstring>
#include <map>
#include <set>
#include <string_view>

#include "regdb/describe.h"
#include "replay/snapshot/snapshot.h"

namespace npuscope::snapshot {

namespace {

std::string text_of_value(const SnapshotValue& value) {
  return value.error == 0 ? value.value
                          : fmt::format("not readable: {}", std::strerror(value.error));
}

using Index = std::map<std::string_view, const SnapshotValue*>;

Index index_of(const Snapshot& snapshot) {
  Index index;
  for (const SnapshotValue& value : snapshot.values) index.emplace(value.name, &value);
  return index;
}

void compare_values(const Snapshot& before, const Snapshot& after,
                    std::vector<SnapshotChange>& changes) {
  const Index old_values = index_of(before);
  const Index new_values = index_of(after);
  for (const SnapshotValue& value : before.values) {
    const auto other = new_values.find(value.name);
    const std::string old = text_of_value(value);
    if (other == new_values.end())
      changes.push_back({value.name, old, std::nullopt, {}});
    else if (text_of_value(*other->second) != old)
      changes.push_back({value.name, old, text_of_value(*other->second), {}});
  }
  for (const SnapshotValue& value : after.values)
    if (!old_values.contains(value.name))
      changes.push_back({value.name, std::nullopt, text_of_value(value), {}});
}

using Place = std::pair<std::uint32_t, std::uint16_t>;

std::map<Place, std::uint32_t> registers_of(const Snapshot& snapshot) {
  std::map<Place, std::uint32_t> values;
  for (const SnapshotRegister& reg : snapshot.registers)
    values.insert_or_assign({reg.core, reg.offset}, reg.value);
  return values;
}

std::vector<std::string> changed_fields(const Register& reg, std::uint32_t old,
                                        std::uint32_t fresh) {
  std::vector<std::string> words;
  for (const Field& field : reg.fields)
    if (field.extract(old) != field.extract(fresh))
      words.push_back(fmt::format("{} -> {}", npuscope::text_of(describe(field, old)),
                                  npuscope::text_of(describe(field, fresh))));
  return words;
}

void compare_registers(const Snapshot& before, const Snapshot& after, const RegisterDb& db,
                       std::vector<SnapshotChange>& changes) {
  const auto old = registers_of(before);
  const auto fresh = registers_of(after);
  std::set<Place> places;
  for (const auto& [place, value] : old) places.insert(place);
  for (const auto& [place, value] : fresh) places.insert(place);
  for (const Place& place : places) {
    const auto left = old.find(place);
    const auto right = fresh.find(place);
    if (left != old.end() && right != fresh.end() && left->second == right->second) continue;
    const Register* reg = db.at(place.second);
    SnapshotChange change;
    change.name =
        fmt::format("core {} {}", place.first,
                    reg == nullptr ? fmt::format("{:#06x}", place.second) : reg->full_name);
    if (left != old.end()) change.before = fmt::format("{:#x}", left->second);
    if (right != fresh.end()) change.after = fmt::format("{:#x}", right->second);
    if (reg != nullptr && change.before && change.after)
      change.words = changed_fields(*reg, left->second, right->second);
    changes.push_back(std::move(change));
  }
}

void compare_logs(const Snapshot& before, const Snapshot& after,
                  std::vector<SnapshotChange>& changes) {
  const std::set<std::string> known(before.log.begin(), before.log.end());
  for (const std::string& line : after.log)
    if (!known.contains(line)) changes.push_back({"kernel log", std::nullopt, line, {}});
}

}  // namespace

std::vector<SnapshotChange> compare_snapshots(const Snapshot& before, const Snapshot& after,
                                              const RegisterDb& db) {
  std::vector<SnapshotChange> changes;
  compare_values(before, after, changes);
  compare_registers(before, after, db, changes);
  compare_logs(before, after, changes);
  return changes;
}

}  // namespace npuscope::snapshot
