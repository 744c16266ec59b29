#include "regdb/database_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "regdb/semantics_reader.h"

// Made by embedded.S.
extern "C" {
extern const char npuscope_registers_xml_begin[];
extern const char npuscope_registers_xml_end[];
extern const char npuscope_semantics_xml_begin[];
extern const char npuscope_semantics_xml_end[];
}

namespace npuscope {
namespace {

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

std::optional<Block> block_of_register(const Register& reg) {
  for (std::size_t i = 0; i < block_count; ++i) {
    if (block_facts[i].name == reg.domain) return static_cast<Block>(i);
  }
  return block_of_offset(reg.offset);
}

// The first of two registers that collide is kept, or nothing where no variants explain it.
void report_collision(const PlacedRegister& first, const PlacedRegister& second,
                      std::string_view what, Diagnostics& report) {
  const auto text = fmt::format("{} and {} (at {}) have the same {}", second.reg.full_name,
                                first.reg.full_name, first.file->place(first.node), what);
  const auto place = second.file->place(second.node);
  if (first.in_variant || second.in_variant) {
    report.notice(place, text + "; of these variants the first one counts");
  } else {
    report.fail(place, text, "remove one of them, or mark them as variants");
  }
}

}  // namespace

std::string_view embedded_registers_xml() {
  return between(npuscope_registers_xml_begin, npuscope_registers_xml_end);
}

std::string_view embedded_semantics_xml() {
  return between(npuscope_semantics_xml_begin, npuscope_semantics_xml_end);
}

Result<RegisterDb> DatabaseBuilder::build(const XmlFile& registers, const XmlFile& overlay) {
  Diagnostics report;
  auto source = read_rules_ng(registers, report);
  RegisterDb db;
  db.enums_ = std::move(source.enums);
  if (!report.failed()) add_registers(source, db, report);
  if (!report.failed()) {
    apply_semantics(overlay, db.registers_, db.enums_, db.groups_, report);
  }
  if (report.failed()) return tl::unexpected<Error>(report.error());
  index_by_offset(db);
  index_by_name(db);
  db.notices_ = report.take_notices();
  return db;
}

void DatabaseBuilder::add_registers(RulesNg& source, RegisterDb& db, Diagnostics& report) {
  std::vector<PlacedRegister*> placed;
  placed.reserve(source.registers.size());
  for (auto& item : source.registers) placed.push_back(&item);
  std::stable_sort(placed.begin(), placed.end(),
                   [](const auto* a, const auto* b) { return a->reg.offset < b->reg.offset; });
  std::unordered_map<std::string_view, const PlacedRegister*> names;
  const PlacedRegister* previous = nullptr;
  std::vector<PlacedRegister*> kept;
  kept.reserve(placed.size());
  for (auto* item : placed) {
    if (previous != nullptr && previous->reg.offset == item->reg.offset) {
      report_collision(*previous, *item, "offset", report);
      continue;
    }
    const auto [found, added] = names.emplace(item->reg.full_name, item);
    if (!added) {
      report_collision(*found->second, *item, "name", report);
      continue;
    }
    kept.push_back(item);
    previous = item;
  }
  db.registers_.reserve(kept.size());
  for (auto* item : kept) {
    item->reg.block = block_of_register(item->reg);
    db.registers_.push_back(std::move(item->reg));
  }
}

void DatabaseBuilder::index_by_offset(RegisterDb& db) {
  db.by_offset_.assign(std::size_t{1} << 16U, std::int16_t{-1});
  for (std::size_t i = 0; i < db.registers_.size(); ++i) {
    db.by_offset_[db.registers_[i].offset] = static_cast<std::int16_t>(i);
  }
}

void DatabaseBuilder::index_by_name(RegisterDb& db) {
  db.by_name_.resize(db.registers_.size());
  std::iota(db.by_name_.begin(), db.by_name_.end(), std::uint16_t{0});
  std::sort(db.by_name_.begin(), db.by_name_.end(), [&](std::uint16_t a, std::uint16_t b) {
    return db.registers_[a].full_name < db.registers_[b].full_name;
  });
}

}  // namespace npuscope
