// A verb of the `npuscope` command: what it is called, what it takes, what it does.
//
//   const Verb decode_verb{"decode", "command words as EMIT text", description, examples,
//   "INPUT...", options, run};
//
// Parsing of arguments opens no file; that is `run`'s work. `run` returns an exit code or an Error;
// only main turns an Error into an exit code and prints it. Data goes to stdout, everything else to
// stderr.
#pragma once

#include <boost/program_options.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/emit/sink.h"
#include "decoder/open.h"
#include "regdb/error.h"
#include "regdb/register_db.h"

namespace npuscope::cli {

namespace po = boost::program_options;

enum ExitCode : int {
  done = 0,
  different = 1,
  usage = 2,
  unreadable_input = 3,
  device_failed = 4,
  refused = 5,
  interrupted = 130
};

struct Verb {
  std::string_view name;
  std::string_view summary;    // one line for `npuscope help`
  std::string_view arguments;  // "INPUT..."
  std::string_view description;
  std::string_view examples;  // lines as typed in a shell, without indentation
  void (*add_options)(po::options_description& options);
  Result<int> (*run)(const po::variables_map& options);
};

// The verbs, in the order in which `npuscope help` lists them.
[[nodiscard]] const std::vector<Verb>& verbs();

// Options that several verbs share.
void add_database_options(po::options_description& options);  // --registers, --overlay
void add_output_options(po::options_description& options);    // -o, --overwrite

// The database that the options name: the embedded one if they name none.
class Database {
 public:
  [[nodiscard]] static Result<Database> from(const po::variables_map& options);
  [[nodiscard]] const RegisterDb& get() const { return own_ ? *own_ : RegisterDb::builtin(); }

 private:
  std::shared_ptr<const RegisterDb> own_;
};

// Where a verb's data goes: stdout, or the file that -o names. A file that exists is kept unless
// --overwrite is given, and then until finish(): what failed half way leaves no half a file behind.
class Output {
 public:
  [[nodiscard]] static Result<Output> from(const po::variables_map& options);
  [[nodiscard]] Sink& sink() { return *sink_; }
  // Writes what is left. A closed pipe is no error: who reads has seen enough.
  [[nodiscard]] Result<void> finish();

 private:
  struct File;
  std::shared_ptr<File> file_;
  std::unique_ptr<Sink> sink_;
};

[[nodiscard]] std::vector<std::string> inputs_of(const po::variables_map& options);

// A file, a folder, - for stdin, or gen:SHAPE.
[[nodiscard]] Result<std::vector<Opened>> open_one(const std::string& input, const RegisterDb& db);

// Opens every INPUT; says on stderr what a person should know of each.
[[nodiscard]] Result<std::vector<Opened>> open_inputs(const po::variables_map& options,
                                                      const RegisterDb& db);
[[nodiscard]] Result<std::vector<Opened>> open_inputs(const std::vector<std::string>& paths,
                                                      const RegisterDb& db);

// A format that is not in `known` is a usage error that lists them.
[[nodiscard]] Result<std::string> format_of(const po::variables_map& options,
                                            std::initializer_list<std::string_view> known);

// Decimal, or 0x and hexadecimal digits; nothing else.
[[nodiscard]] std::optional<std::uint64_t> number_in(std::string_view text);

// The number that an option gives, decimal or 0x...; `fallback` if the option is not given.
// Anything else is a usage error that names the option.
[[nodiscard]] Result<std::uint64_t> number_of(const po::variables_map& options,
                                              const std::string& name, std::uint64_t fallback);

}  // namespace npuscope::cli
