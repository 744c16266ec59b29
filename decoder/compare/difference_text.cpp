#include "decoder/compare/difference_text.h"

#include <fmt/format.h>

#include "regdb/describe.h"

namespace npuscope {

namespace {

std::string known(bool is_known, std::string text) {
  return is_known ? std::move(text) : "unknown";
}

}  // namespace

std::string quantity_text(const Field& field, std::uint32_t value) {
  const FieldReading reading = describe(field, value);
  if (!reading.value_name.empty()) return fmt::format("{} ({})", reading.value_name, reading.raw);
  if (field.type == FieldType::hex) return fmt::format("{:#x}", reading.raw);
  if (field.unit.empty()) return fmt::format("{}", reading.quantity);
  std::string_view unit = field.unit;  // "1 bank", "2 banks"
  const bool one_word = unit.find(' ') == std::string_view::npos;
  if (reading.quantity == 1 && one_word && unit.ends_with('s')) unit.remove_suffix(1);
  return fmt::format("{} {}", reading.quantity, unit);
}

namespace {

std::string note_of(const RegisterDifference& d) {
  const bool same = d.known_a && d.known_b && d.a == d.b;
  if (d.word_b == no_word)
    return same ? "only A writes it, B has the same value" : "only A writes it";
  if (d.word_a == no_word)
    return same ? "only B writes it, A has the same value" : "only B writes it";
  return {};
}

}  // namespace

DifferenceText::DifferenceText(const Opened& a, const Opened& b, const RegisterDb& db,
                               const Comparison& result)
    : a_(a), b_(b), db_(db), result_(result), classes_(std::make_unique<RegisterClasses>(db)) {
  for (const SetPair& sets : result.sets)
    books_.push_back(
        {AddressBook(a, a.sets[sets.a], *classes_), AddressBook(b, b.sets[sets.b], *classes_)});
}

FieldDifference DifferenceText::address(const RegisterDifference& d, std::string name) const {
  const RecordPair& pair = result_.pairs[d.pair];
  const Books& books = books_[pair.set];
  const auto place = [&](const Opened& side, std::size_t set, const AddressBook& book,
                         std::size_t task, std::uint32_t word, std::uint32_t value) {
    const Record* record = task == no_index ? nullptr : side.sets[set].record_of(task);
    if (record == nullptr || word == no_word) return fmt::format("{:#x}", value);
    return book.text(book.find(*record, word, record->word(word).value_or(Word{})));
  };
  return {
      d.kind,
      std::move(name),
      known(d.known_a, place(a_, result_.sets[pair.set].a, books.a, pair.task_a, d.word_a, d.a)),
      known(d.known_b, place(b_, result_.sets[pair.set].b, books.b, pair.task_b, d.word_b, d.b)),
      note_of(d),
      nullptr,
      nullptr};
}

std::vector<FieldDifference> DifferenceText::fields(const RegisterDifference& d) const {
  const Register* reg = db_.at(d.offset);
  const std::string name = reg == nullptr ? fmt::format("{:#06x}", d.offset) : reg->full_name;
  if (reg != nullptr && reg->role != AddressRole::none) {
    FieldDifference whole = address(d, name);
    whole.reg = reg;
    return {whole};
  }
  const std::uint32_t bits = d.a ^ d.b;
  const auto whole = [&] {
    return FieldDifference{d.kind,
                           name,
                           known(d.known_a, fmt::format("{:#x}", d.a)),
                           known(d.known_b, fmt::format("{:#x}", d.b)),
                           note_of(d),
                           reg,
                           nullptr};
  };
  // One line for a register that only one side writes; one for each field otherwise.
  if (reg == nullptr || bits == 0 || !d.known_a || !d.known_b) return {whole()};
  std::vector<FieldDifference> fields;
  for (const Field& field : reg->fields) {
    if ((bits & field.mask()) == 0) continue;
    const bool one_side = d.kind == DifferenceClass::missing || d.kind == DifferenceClass::extra;
    const DifferenceClass kind =
        one_side ? d.kind : classes_->of_bits(d.offset, bits & field.mask());
    fields.push_back({kind, fmt::format("{}.{}", name, field.name), quantity_text(field, d.a),
                      quantity_text(field, d.b), note_of(d), reg, &field});
  }
  if (const std::uint32_t unowned = bits & reg->unowned_bits(); unowned != 0)
    fields.push_back({DifferenceClass::unknown_register,
                      fmt::format("{} bits {:#010x}", name, unowned),
                      fmt::format("{:#x}", d.a & unowned), fmt::format("{:#x}", d.b & unowned),
                      note_of(d), reg, nullptr});
  return fields;
}

}  // namespace npuscope
