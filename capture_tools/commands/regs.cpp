#include <fmt/format.h>

#include <optional>

#include "capture_tools/commands/verbs.h"
#include "regdb/describe.h"
#include "regdb/lookup.h"
#include "regdb/regtask_message.h"

namespace npuscope::cli {

namespace {

void add_options(po::options_description& options) {
  options.add_options()("value", po::value<std::string>()->default_value("", ""),
                        "explain this value of the register");
  add_database_options(options);
  add_output_options(options);
}

class RegisterText {
 public:
  explicit RegisterText(Sink& sink) : sink_(sink) {}

  void message(const RegisterDb& db, const RegtaskMessage& message) {
    for (const std::string& sentence : explain(db, message).sentences) say("{}", sentence);
  }

  void value(const Register& reg, std::uint32_t value) {
    heading(reg);
    say("  value {:#010x}", value);
    const RegisterReading reading = describe(reg, value);
    for (const FieldReading& field : reading.fields) {
      say("    {}{}", text_of(field), field.violates_zero ? "   (reserved, should be 0)" : "");
    }
    if (reading.undefined_bits != 0)
      say("    bits that no field owns: {:#x}", reading.undefined_bits);
  }

  void reg(const Register& reg) {
    heading(reg);
    for (const Field& field : reg.fields) this->field(field);
  }

  void field(const Field& field) {
    std::string unit = field.unit.empty() ? "" : " in " + field.unit;
    if (field.bias != 0) unit += ", holds the value minus one";
    if (field.shift != 0) unit += fmt::format(", times {}", 1U << field.shift);
    if (field.is_signed) unit += ", signed";
    if (field.must_be_zero) unit += " reserved, 0";
    if (field.performance_only) unit += " (speed only)";
    say("    {:<8} {}{}", bit_range(field), field.name, unit);
    if (!field.note.empty()) say("             {}", field.note);
    if (field.values == nullptr) return;
    std::string names;
    for (const EnumValue& v : field.values->values)
      names += fmt::format("{}{} {}", names.empty() ? "" : ", ", v.value, v.name);
    say("             {}", names);
  }

  void heading(const Register& reg) {
    say("{} ({:#06x}){}", reg.full_name, reg.offset,
        reg.block ? fmt::format(", target {:#06x}", target_of(*reg.block))
                  : std::string(", not reachable by command words"));
    if (!reg.brief.empty()) say("  {}", reg.brief);
    if (!reg.note.empty()) say("  {}", reg.note);
    if (reg.role != AddressRole::none) say("  address of the {}", name_of(reg.role));
  }

  template <typename... Args>
  void say(fmt::format_string<Args...> text, Args&&... args) {
    sink_.put(fmt::format(text, std::forward<Args>(args)...));
    sink_.put("\n");
  }

 private:
  Sink& sink_;
};

Result<void> show(const RegisterDb& db, const std::string& query,
                  std::optional<std::uint32_t> value, RegisterText& text) {
  const Lookup found = look_up(db, query);
  if (found.word) {
    const Word word = Word::make(found.word->target, found.word->offset, found.word->value);
    if (found.matches.empty()) {
      text.say(
          "{:#018x}: target {:#06x}, offset {:#06x}, value {:#x}: no register of this database",
          word.raw, word.target(), word.offset(), word.value());
      return {};
    }
    text.value(*found.matches.front().reg, word.value());
    return {};
  }
  if (found.matches.empty()) {
    return wrong_usage(fmt::format("nothing is called `{}`", query),
                       found.suggestions.empty()
                           ? std::string("`npuscope regs CNA` lists a block")
                           : fmt::format("did you mean {}?", fmt::join(found.suggestions, ", ")));
  }
  for (const LookupMatch& match : found.matches) {
    if (value) {
      text.value(*match.reg, *value);
    } else if (match.field != nullptr) {
      text.heading(*match.reg);
      text.field(*match.field);
    } else {
      text.reg(*match.reg);
    }
  }
  return {};
}

// A register has 32 bits.
Result<std::optional<std::uint32_t>> value_of(const po::variables_map& options) {
  if (options["value"].as<std::string>().empty()) return std::optional<std::uint32_t>{};
  const auto value = number_of(options, "value", 0);
  if (!value) return tl::unexpected(value.error());
  if (*value > 0xffffffffU)
    return wrong_usage(fmt::format("--value={:#x} has more than 32 bits", *value));
  return std::optional(static_cast<std::uint32_t>(*value));
}

Result<int> run(const po::variables_map& options) {
  const auto value = value_of(options);
  if (!value) return tl::unexpected(value.error());
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  RegisterText text(output->sink());
  const auto queries = inputs_of(options);
  if (queries.empty())
    return wrong_usage("nothing to look up",
                       "a name, an address, a command word, or a REGTASK message in quotes");
  for (const std::string& query : queries) {
    if (query.find("REGTASK") != std::string::npos || query.find("offset:") != std::string::npos) {
      const auto message = parse_regtask_message(query);
      if (!message) return tl::unexpected(message.error());
      text.message(database->get(), *message);
    } else if (auto shown = show(database->get(), query, *value, text); !shown) {
      return tl::unexpected(shown.error());
    }
  }
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  return ExitCode::done;
}

}  // namespace

const Verb regs_verb{"regs",
                     "what a register, a field, an address, a word or a vendor message means",
                     "NAME|ADDRESS|WORD|MESSAGE...",
                     "Names are understood in any case, with dots or underscores, whole or in "
                     "part. A word of sixteen digits is taken\n"
                     "apart. The vendor's REGTASK message (target, offset, shift, limit) is "
                     "explained: which field, how wide, what fits.",
                     "npuscope regs cna.cbuf_con0\n"
                     "npuscope regs 0x1040 --value=0xb1\n"
                     "npuscope regs 0x0201000000b11040\n"
                     "npuscope regs 'REGTASK: The bit width of field value exceeds the limit, "
                     "target: v2, offset: 0x4038, shift = 16, limit: 0x1fff'",
                     add_options,
                     run};

}  // namespace npuscope::cli
