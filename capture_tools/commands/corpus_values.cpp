#include <fmt/format.h>

#include <set>

#include "capture_tools/commands/corpus_commands.h"
#include "capture_tools/table_writer.h"
#include "decoder/corpus/statistics.h"

namespace npuscope::cli {

namespace {

// A command that prints one table: opens what it needs, `fill` does the rest.
template <typename Fill>
Result<int> print_table(const po::variables_map& options, std::vector<std::string> names,
                        Fill&& fill) {
  const auto format = format_of(options, {"text", "csv", "jsonl"});
  if (!format) return tl::unexpected(format.error());
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  TableWriter table(*format, corpus_table_schema, std::move(names), output->sink());
  if (auto filled = fill(database->get(), table); !filled) return tl::unexpected(filled.error());
  table.finish();
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  return ExitCode::done;
}

Result<corpus::RegisterTally> tally_of(const std::string& path, const RegisterDb& db) {
  auto store = corpus::open_store(path);
  if (!store) return tl::unexpected(store.error());
  auto tally = corpus::tally_registers(*store, db);
  if (auto good = store->state(); !good) return tl::unexpected(good.error());
  return tally;
}

Result<corpus::Grouping> grouping_of(const po::variables_map& options) {
  corpus::Grouping grouping;
  std::string_view rest = options["by"].as<std::string>();
  while (!rest.empty()) {
    const std::string_view name = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    if (name != "op" && name != "shape" && name != "kernel")
      return wrong_usage(fmt::format("--by={} is not op, shape or kernel", name));
    (name == "op" ? grouping.op : name == "shape" ? grouping.shape : grouping.kernel) = true;
  }
  return grouping;
}

// Every field with its values, registers by offset, fields from the highest bit.
template <typename Visit>
void for_each_field(const RegisterDb& db, const corpus::RegisterTally& tally, Visit&& visit) {
  for (const auto& [offset, values] : tally) {
    const Register* reg = db.at(offset);
    if (reg == nullptr) continue;
    for (const Field& field : reg->fields) visit(*reg, field, tally_field(values, field));
  }
}

std::string name_of_value(const Field& field, std::uint32_t value) {
  const EnumValue* named = field.values == nullptr ? nullptr : field.values->find(value);
  return named == nullptr ? std::string() : named->name;
}

}  // namespace

Result<query::Reference> corpus_reference(const RegisterDb& db, const std::string& name) {
  const auto found = query::find_reference(db, name);
  if (!found) return wrong_usage(found.error().what, found.error().remedy);
  if (!found->reference.is_register())
    return wrong_usage(fmt::format("{} is no register or field", name),
                       "`npuscope regs CNA` lists those of a block");
  return found->reference;
}

Result<int> corpus_values(const po::variables_map& options, const Arguments& arguments) {
  const auto grouping = grouping_of(options);
  if (!grouping) return tl::unexpected(grouping.error());
  std::vector<std::string> names{"value", "hex", "tasks", "files", "example"};
  if (grouping->kernel) names.insert(names.begin(), "kernel");
  if (grouping->shape) names.insert(names.begin(), "shape");
  if (grouping->op) names.insert(names.begin(), "op");
  return print_table(options, names, [&](const RegisterDb& db, TableWriter& table) -> Result<void> {
    const auto reference = corpus_reference(db, arguments.front());
    if (!reference) return tl::unexpected(reference.error());
    auto store = store_of(options);
    if (!store) return tl::unexpected(store.error());
    for (const auto& [group, found] : tally_values(*store, *reference, *grouping)) {
      std::vector<Cell> cells;
      if (grouping->op) cells.push_back(Cell::of(group.op));
      if (grouping->shape) cells.push_back(Cell::of(group.shape));
      if (grouping->kernel) cells.push_back(Cell::of(group.kernel));
      cells.push_back(Cell::of(group.value));
      cells.push_back(Cell::of(fmt::format("{:#x}", group.value)));
      cells.push_back(Cell::of(found.tasks));
      cells.push_back(Cell::of(found.contents));
      cells.push_back(Cell::of(found.example));
      table.row(std::move(cells));
    }
    return store->state();
  });
}

Result<int> corpus_rare(const po::variables_map& options, const Arguments&) {
  const auto most = number_of(options, "most", 2);
  if (!most) return tl::unexpected(most.error());
  return print_table(
      options, {"field", "value", "name", "tasks", "example"},
      [&](const RegisterDb& db, TableWriter& table) -> Result<void> {
        const auto tally = tally_of(options["store"].as<std::string>(), db);
        if (!tally) return tl::unexpected(tally.error());
        for_each_field(
            db, *tally,
            [&](const Register& reg, const Field& field, const corpus::ValueTally& values) {
              for (const auto& [value, found] : values)
                if (found.tasks <= *most)
                  table.row({Cell::of(reg.full_name + "." + field.name), Cell::of(value),
                             Cell::of(name_of_value(field, value)), Cell::of(found.tasks),
                             Cell::of(found.example)});
            });
        return {};
      });
}

Result<int> corpus_unknown(const po::variables_map& options, const Arguments&) {
  return print_table(
      options, {"target", "offset", "bits", "values", "largest", "words", "files", "example"},
      [&](const RegisterDb&, TableWriter& table) -> Result<void> {
        auto store = store_of(options);
        if (!store) return tl::unexpected(store.error());
        corpus::Statement query = store->prepare(
            "SELECT target, offset, bits, count(DISTINCT value), max(value), count(*),"
            " count(DISTINCT content), min(path) FROM unknowns JOIN sources USING(content)"
            " GROUP BY target, offset, bits ORDER BY target, offset, bits");
        while (query.step())
          table.row({Cell::of(fmt::format("{:#06x}", query.number(0))),
                     Cell::of(fmt::format("{:#06x}", query.number(1))),
                     query.number(2) == 0 ? Cell::of("register")
                                          : Cell::of(fmt::format("{:#x}", query.number(2))),
                     Cell::of(query.number(3)), Cell::of(fmt::format("{:#x}", query.number(4))),
                     Cell::of(query.number(5)), Cell::of(query.number(6)),
                     Cell::of(query.text(7))});
        return store->state();
      });
}

Result<int> corpus_never_seen(const po::variables_map& options, const Arguments&) {
  return print_table(
      options, {"field", "seen", "value"},
      [&](const RegisterDb& db, TableWriter& table) -> Result<void> {
        const auto tally = tally_of(options["store"].as<std::string>(), db);
        if (!tally) return tl::unexpected(tally.error());
        for (const Register& reg : db.registers()) {
          if (!reg.block || reg.role != AddressRole::none || (reg.offset & 0xfffU) < 8) continue;
          const auto values = tally->find(reg.offset);
          if (values == tally->end()) {
            table.row({Cell::of(reg.full_name), Cell::of("never"), Cell::none()});
            continue;
          }
          for (const Field& field : reg.fields) {
            const auto own = tally_field(values->second, field);
            if (own.size() == 1)
              table.row({Cell::of(reg.full_name + "." + field.name), Cell::of("one value"),
                         Cell::of(own.begin()->first)});
          }
        }
        return {};
      });
}

Result<int> corpus_compare(const po::variables_map& options, const Arguments& stores) {
  bool differ = false;
  const auto result =
      print_table(options, {"field", "value", "name", "only in", "tasks", "example"},
                  [&](const RegisterDb& db, TableWriter& table) -> Result<void> {
                    corpus::RegisterTally both[2];
                    for (const int side : {0, 1}) {
                      auto tally = tally_of(stores[static_cast<std::size_t>(side)], db);
                      if (!tally) return tl::unexpected(tally.error());
                      both[side] = std::move(*tally);
                    }
                    std::set<std::uint16_t> offsets;
                    for (const auto& side : both)
                      for (const auto& [offset, values] : side) offsets.insert(offset);
                    for (const std::uint16_t offset : offsets) {
                      const Register* reg = db.at(offset);
                      if (reg == nullptr) continue;
                      for (const Field& field : reg->fields) {
                        const corpus::ValueTally own[2] = {tally_field(both[0][offset], field),
                                                           tally_field(both[1][offset], field)};
                        for (const int side : {0, 1})
                          for (const auto& [value, found] : own[side]) {
                            if (own[1 - side].contains(value)) continue;
                            differ = true;
                            table.row({Cell::of(reg->full_name + "." + field.name), Cell::of(value),
                                       Cell::of(name_of_value(field, value)),
                                       Cell::of(stores[static_cast<std::size_t>(side)]),
                                       Cell::of(found.tasks), Cell::of(found.example)});
                          }
                      }
                    }
                    return {};
                  });
  if (!result) return tl::unexpected(result.error());
  return differ ? ExitCode::different : ExitCode::done;
}

}  // namespace npuscope::cli
