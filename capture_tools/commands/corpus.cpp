#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "capture_tools/commands/corpus_commands.h"
#include "capture_tools/commands/verbs.h"
#include "capture_tools/progress.h"

namespace npuscope::cli {

namespace {

struct Command {
  std::string_view name;
  std::size_t least, most;  // arguments
  std::string_view takes;
  Result<int> (*run)(const po::variables_map& options, const Arguments& arguments);
};

constexpr std::size_t any = static_cast<std::size_t>(-1);

constexpr std::array<Command, 10> commands{{
    {"build", 1, any, "DIR...", corpus_build},
    {"merge", 1, any, "STORE...", corpus_merge},
    {"sql", 1, 1, "QUERY", corpus_sql},
    {"values", 1, 1, "REGISTER.FIELD", corpus_values},
    {"rare", 0, 0, "", corpus_rare},
    {"unknown", 0, 0, "", corpus_unknown},
    {"never-seen", 0, 0, "", corpus_never_seen},
    {"compare", 2, 2, "STORE STORE", corpus_compare},
    {"infer", 1, 1, "REGISTER.FIELD", corpus_infer},
    {"report", 0, 0, "", corpus_report},
}};

void add_options(po::options_description& options) {
  options.add_options()                                                                         //
      ("store", po::value<std::string>()->default_value("corpus.sqlite"), "the corpus to ask")  //
      ("by", po::value<std::string>()->default_value("", ""),
       "values: apart for each of op, shape, kernel (a list)")  //
      ("most", po::value<std::string>()->default_value("2"),
       "rare: values of at most so many tasks")  //
      ("shard", po::value<std::string>()->default_value("1/1", ""),
       "build: only part i of n, \"i/n\"")  //
      ("jobs,j", po::value<std::string>()->default_value("0", "all processors"),
       "build: threads")  //
      ("format", po::value<std::string>()->default_value("text"), "text, csv or jsonl");
  add_progress_options(options);
  add_database_options(options);
  add_output_options(options);
}

Result<int> run(const po::variables_map& options) {
  Arguments arguments = inputs_of(options);
  const auto known = [] {
    std::string names;
    for (const Command& command : commands) names += fmt::format(" {}", command.name);
    return "one of:" + names;
  };
  if (arguments.empty()) return wrong_usage("corpus needs a command", known());
  const auto* command = std::ranges::find(commands, arguments.front(), &Command::name);
  if (command == commands.end())
    return wrong_usage(fmt::format("corpus has no command `{}`", arguments.front()), known());
  arguments.erase(arguments.begin());
  if (arguments.size() < command->least || arguments.size() > command->most)
    return wrong_usage(fmt::format("usage: npuscope corpus {}{}{}", command->name,
                                   command->takes.empty() ? "" : " ", command->takes));
  return command->run(options, arguments);
}

}  // namespace

Result<corpus::Database> store_of(const po::variables_map& options) {
  return corpus::open_store(options["store"].as<std::string>());
}

const Verb corpus_verb{
    "corpus",
    "decode whole folders into one store, and ask it questions",
    "COMMAND [ARGUMENT...]",
    "build DIR...          decode all that is found into -o FILE: a store (.sqlite), or text "
    "(.jsonl, .csv, and .zst)\n"
    "merge STORE...        put stores together into -o FILE\n"
    "sql QUERY             ask the store of --store in SQL\n"
    "values REGISTER.FIELD which values a field has, how often, and where (--by=op,shape,kernel)\n"
    "rare                  values that few tasks have\n"
    "unknown               registers and bits that the register database does not know\n"
    "never-seen            registers and fields that no task writes, or only with one value\n"
    "compare STORE STORE   values that one of two stores has and the other has not\n"
    "infer REGISTER.FIELD  a field, or each of a register, as a formula of the shape, with "
    "exceptions\n"
    "report                one HTML page of it all\n"
    "A build that was stopped is continued by the same command; files that did not change are "
    "skipped.",
    "npuscope corpus build captures/ models/ -o corpus.sqlite\n"
    "npuscope corpus values cna.cbuf_con0.data_bank --by=kernel\n"
    "npuscope corpus infer cna.cbuf_con1.data_entries\n"
    "npuscope corpus sql \"SELECT * FROM same_programs\"\n"
    "npuscope corpus build captures/ --shard=3/16 -o part3.sqlite\n"
    "npuscope corpus merge part*.sqlite -o corpus.sqlite",
    add_options,
    run};

}  // namespace npuscope::cli
