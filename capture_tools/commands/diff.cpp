#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <memory>

#include "capture_tools/commands/diff_writers.h"
#include "capture_tools/commands/verbs.h"
#include "capture_tools/two_inputs.h"

namespace npuscope::cli {

namespace {

void add_options(po::options_description& options) {
  options.add_options()                                                                        //
      ("format", po::value<std::string>()->default_value("text"), "text or json")              //
      ("stat", po::bool_switch(), "how often each field differs, instead of each difference")  //
      ("summary", po::bool_switch(), "one line of counts")                                     //
      ("quiet,q", po::bool_switch(), "nothing but the exit code")                              //
      ("ignore", po::value<std::vector<std::string>>()->composing(),
       "a class that does not count: value, address, derived, performance, order, "
       "unknown-register, missing, extra")  //
      ("fields", po::value<std::string>()->default_value("", ""),
       "only fields whose names fit this pattern (RE2), as CBUF_CON0 or 'DATA_SIZE.*HEIGHT'");
  add_database_options(options);
  add_output_options(options);
}

Result<std::vector<DifferenceClass>> ignored(const po::variables_map& options) {
  std::vector<DifferenceClass> classes;
  if (options.count("ignore") == 0) return classes;
  for (const std::string& name : options["ignore"].as<std::vector<std::string>>()) {
    bool known = false;
    for (std::size_t i = 0; i < difference_classes; ++i) {
      if (name_of(static_cast<DifferenceClass>(i)) != name) continue;
      classes.push_back(static_cast<DifferenceClass>(i));
      known = true;
    }
    if (!known)
      return wrong_usage(fmt::format("--ignore={} is no class of differences", name),
                         "`npuscope diff --help`");
  }
  return classes;
}

// Leaves out what was not asked for. A register stays if one of its fields does.
class Filter {
 public:
  Filter(std::vector<DifferenceClass> classes, const std::string& pattern)
      : classes_(std::move(classes)),
        pattern_(pattern.empty() ? nullptr : std::make_unique<RE2>("(?i)" + pattern, RE2::Quiet)) {}

  [[nodiscard]] const RE2* pattern() const { return pattern_.get(); }

  void apply(const Opened& a, const Opened& b, const RegisterDb& db, Comparison& result) const {
    const DifferenceText text(a, b, db, result);
    std::erase_if(result.registers, [&](const RegisterDifference& d) {
      const auto fields = text.fields(d);
      return std::none_of(fields.begin(), fields.end(),
                          [&](const FieldDifference& f) { return wanted(f); });
    });
    std::erase_if(result.structure, [&](const StructuralDifference& d) {
      return is_ignored(d.kind) || pattern_ != nullptr;
    });
  }

 private:
  [[nodiscard]] bool is_ignored(DifferenceClass kind) const {
    return std::find(classes_.begin(), classes_.end(), kind) != classes_.end();
  }
  [[nodiscard]] bool wanted(const FieldDifference& f) const {
    return !is_ignored(f.kind) && (pattern_ == nullptr || RE2::PartialMatch(f.name, *pattern_));
  }

  std::vector<DifferenceClass> classes_;
  std::unique_ptr<RE2> pattern_;
};

Result<int> run(const po::variables_map& options) {
  const auto format = format_of(options, {"text", "json"});
  if (!format) return tl::unexpected(format.error());
  auto classes = ignored(options);
  if (!classes) return tl::unexpected(classes.error());
  const Filter filter(std::move(*classes), options["fields"].as<std::string>());
  if (filter.pattern() != nullptr && !filter.pattern()->ok())
    return wrong_usage(fmt::format("--fields: {}", filter.pattern()->error()),
                       "a pattern as RE2 reads it");
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  const RegisterDb& db = database->get();
  const auto two = open_two(options, "diff", db);
  if (!two) return tl::unexpected(two.error());

  Comparison result = compare(two->a, two->b, db);
  filter.apply(two->a, two->b, db, result);
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  const DiffView view{two->a, two->b, db, result};
  if (!options["quiet"].as<bool>()) {
    if (*format == "json") {
      write_diff_json(view, output->sink());
    } else if (options["summary"].as<bool>()) {
      write_diff_summary(view, output->sink());
    } else if (options["stat"].as<bool>()) {
      write_diff_stat(view, output->sink());
    } else {
      write_diff_text(view, output->sink());
    }
  }
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  return result.equal() ? ExitCode::done : ExitCode::different;
}

}  // namespace

const Verb diff_verb{"diff",
                     "what two register programs do differently, field by field",
                     "A B",
                     "Compares program by program (1, 2, 3 cores), lane by lane, record by record. "
                     "Addresses are compared as places in\n"
                     "buffers and links as the records they lead to, so a program that was moved "
                     "is equal. Short records are compared by\n"
                     "the values that they run with. Exit code 0: equal, 1: different.",
                     "npuscope diff capture.log gen:b1_c64_h56_w56_oc128_wic64_k1x1_g1\n"
                     "npuscope diff model.rknn dump/ --ignore=performance --summary\n"
                     "npuscope diff --stat --fields=cbuf old.rknn new.rknn",
                     add_options,
                     run};

}  // namespace npuscope::cli
