// What README.md and docs/ show is what the command prints, and there is a manual page for each
// verb with its options.
//
// In the documents, a block marked `console` holds commands (`$ npuscope ...`) and all that each
// prints. tests/update-golden.sh writes the outputs anew.
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <filesystem>
#include <set>
#include <sstream>
#include <vector>

#include "tests/capture_tools/shell.h"

namespace npuscope::testing {
namespace {

std::string with_fresh_outputs(const std::string& text) {
  std::string result;
  bool in_block = false;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line == "```console") {
      in_block = true;
    } else if (line == "```") {
      in_block = false;
    }
    if (in_block && line.starts_with("$ ")) {
      const Outcome outcome = run_shell(line.substr(2));
      result += line + "\n" + outcome.out + outcome.err;
    } else if (!in_block || line == "```console") {
      result += line + "\n";
    }
  }
  return result;
}

// The first group of every place where `pattern` fits.
std::vector<std::string> every_match(const std::string& text, const char* pattern) {
  std::vector<std::string> found;
  re2::StringPiece rest(text);
  std::string group;
  while (RE2::FindAndConsume(&rest, pattern, &group)) found.push_back(group);
  return found;
}

std::vector<std::string> documents() {
  std::vector<std::string> paths{NPUSCOPE_SOURCE_DIR "/README.md"};
  for (const auto& entry : std::filesystem::directory_iterator(NPUSCOPE_SOURCE_DIR "/docs"))
    if (entry.path().extension() == ".md") paths.push_back(entry.path().string());
  return paths;
}

TEST(Documents, ShowWhatTheCommandPrints) {
  for (const std::string& path : documents()) {
    const std::string text = read_whole(path);
    const std::string fresh = with_fresh_outputs(text);
    if (updating()) {
      write_whole(path, fresh);
    } else {
      EXPECT_EQ(text, fresh) << path << ": if the change is wanted: tests/update-golden.sh";
    }
  }
}

TEST(Documents, LinksLeadToFilesThatExist) {
  for (const std::string& path : documents())
    for (const std::string& link : every_match(read_whole(path), R"(\]\(([^)#:]+)(?:#[^)]*)?\))")) {
      const auto target = std::filesystem::path(path).parent_path() / link;
      EXPECT_TRUE(std::filesystem::exists(target)) << path << " links to " << link;
    }
}

// The verbs that `npuscope help` lists.
std::vector<std::string> verbs() {
  return every_match(run_shell("npuscope help").out, R"(\n  ([a-z-]+) )");
}

// The long options that a text names.
std::set<std::string> options_of(const std::string& text) {
  const std::vector<std::string> names = every_match(text, "--([a-z][a-z-]+)");
  return {names.begin(), names.end()};
}

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin);
  if (from == std::string::npos) return {};
  const std::size_t until = text.find(end, from + begin.size());
  return text.substr(from, until == std::string::npos ? until : until - from);
}

TEST(Documents, EachVerbHasHelpWithAnExample) {
  ASSERT_GE(verbs().size(), 5u);
  for (const std::string& verb : verbs()) {
    const Outcome help = run_shell("npuscope " + verb + " --help");
    EXPECT_EQ(help.exit_code, 0) << verb;
    EXPECT_EQ(help.err, "") << verb;
    EXPECT_NE(help.out.find("\nusage: npuscope " + verb), std::string::npos) << verb;
    EXPECT_NE(between(help.out, "\nexamples:\n", "\n\n").find("npuscope " + verb),
              std::string::npos)
        << verb;
    EXPECT_EQ(run_shell("npuscope help " + verb).out, help.out) << verb;
  }
}

TEST(Documents, EachVerbHasAManualPageWithItsOptions) {
  const std::string folder = NPUSCOPE_SOURCE_DIR "/docs/man/";
  const auto plain = [](std::string page) {
    RE2::GlobalReplace(&page, R"(\\-)", "-");
    return page;
  };
  const std::string overview = plain(read_whole(folder + "npuscope.1"));
  for (const std::string& verb : verbs()) {
    const std::string page = plain(read_whole(folder + "npuscope-" + verb + ".1"));
    ASSERT_FALSE(page.empty()) << verb << " has no manual page";
    const std::string help = run_shell("npuscope " + verb + " --help").out;
    EXPECT_EQ(options_of(between(page, ".SH OPTIONS", ".SH EXAMPLES")),
              options_of(between(help, "\noptions:\n", "\nexamples:\n")))
        << verb;
    EXPECT_NE(page.find(".SH EXAMPLES"), std::string::npos) << verb;
    EXPECT_NE(overview.find("npuscope-" + verb), std::string::npos) << "npuscope.1 lacks " << verb;
  }
}

}  // namespace
}  // namespace npuscope::testing
