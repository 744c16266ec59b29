#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <iostream>

#include "capture_tools/command.h"

namespace npuscope::cli {

namespace {

constexpr std::string_view version = NPUSCOPE_VERSION;

void print_overview(std::FILE* out) {
  fmt::print(out,
             "npuscope {}: opens RK3588 NPU register programs, from captures and .rknn "
             "models\n\nusage: npuscope VERB [options] INPUT...\n\n",
             version);
  for (const Verb& verb : verbs()) fmt::print(out, "  {:<10} {}\n", verb.name, verb.summary);
  fmt::print(out, "\n`npuscope VERB --help` explains one verb, with examples.\n");
}

void print_help(const Verb& verb, const po::options_description& options) {
  fmt::print("npuscope {}: {}\n\nusage: npuscope {} [options] {}\n\n{}\n\n", verb.name,
             verb.summary, verb.name, verb.arguments, verb.description);
  std::cout << options << std::flush;
  fmt::print("\nexamples:\n");
  std::string_view lines = verb.examples;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    fmt::print("  {}\n", lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

const Verb* find_verb(std::string_view name) {
  const auto& all = verbs();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Verb& v) { return v.name == name; });
  return found == all.end() ? nullptr : &*found;
}

int unknown_verb(std::string_view name) {
  fmt::print(stderr, "npuscope: there is no verb `{}`\n\n", name);
  print_overview(stderr);
  return ExitCode::usage;
}

int report(const Error& error, std::string_view verb) {
  fmt::print(stderr, "npuscope {}: {}\n", verb, error.text());
  switch (error.kind) {
    case ErrorKind::usage:
      return ExitCode::usage;
    case ErrorKind::unreadable:
      return ExitCode::unreadable_input;
    case ErrorKind::device:
      return ExitCode::device_failed;
    case ErrorKind::refused:
      return ExitCode::refused;
  }
  return ExitCode::unreadable_input;
}

// Parses and runs. The library of options reports by exceptions; they end here.
int run(const Verb& verb, int argc, char** argv) {
  po::options_description shown("options");
  verb.add_options(shown);
  shown.add_options()("help,h", "this text");
  po::options_description all;
  all.add(shown).add_options()("INPUT", po::value<std::vector<std::string>>());
  po::positional_options_description positional;
  positional.add("INPUT", -1);
  po::variables_map options;
  try {
    po::store(po::command_line_parser(argc, argv).options(all).positional(positional).run(),
              options);
    po::notify(options);
  } catch (const po::error& error) {
    return report({ErrorKind::usage,
                   error.what(),
                   {},
                   fmt::format("`npuscope {} --help` lists the options", verb.name)},
                  verb.name);
  }
  if (options.count("help") > 0) {
    print_help(verb, shown);
    return ExitCode::done;
  }
  const auto result = verb.run(options);
  return result ? *result : report(result.error(), verb.name);
}

int main_of(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (first == "--version") {
    fmt::print("npuscope {}\n", version);
    return ExitCode::done;
  }
  if (first.empty() || first == "help" || first == "--help" || first == "-h") {
    if (argc > 2) {
      if (const Verb* verb = find_verb(argv[2])) {
        po::options_description options("options");
        verb->add_options(options);
        options.add_options()("help,h", "this text");
        print_help(*verb, options);
        return ExitCode::done;
      }
      return unknown_verb(argv[2]);
    }
    print_overview(first.empty() ? stderr : stdout);
    return first.empty() ? ExitCode::usage : ExitCode::done;
  }
  const Verb* verb = find_verb(first);
  if (verb == nullptr) return unknown_verb(first);
  return run(*verb, argc - 1, argv + 1);
}

}  // namespace

}  // namespace npuscope::cli

int main(int argc, char** argv) {
  try {
    return npuscope::cli::main_of(argc, argv);
  } catch (const std::exception& error) {  // out of memory, and nothing else that we know of
    fmt::print(stderr, "npuscope: {}\n", error.what());
    return npuscope::cli::ExitCode::unreadable_input;
  }
}
