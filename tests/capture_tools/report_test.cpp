// The page of `corpus report` in a browser: no complaint, nothing fetched, what the store says
// stands on it, every link has its place, and nothing sticks out of a narrow window.
#include <gtest/gtest.h>
#include <re2/re2.h>

#include "tests/capture_tools/shell.h"

namespace npuscope::testing {
namespace {

// A script behind the page opens all of it and writes what it sees into the page.
const std::string make_page =
    "npuscope corpus build --no-progress testdata/example testdata/rknn -o $TMP/a.sqlite && "
    "npuscope corpus report --store=$TMP/a.sqlite -o $TMP/page.html && "
    "cat >> $TMP/page.html <<'END'\n"
    "<script>\n"
    "document.querySelectorAll('details').forEach(each => each.open = true);\n"
    "const broken = [...document.links].filter(\n"
    "    each => !document.getElementById(decodeURIComponent(each.hash.slice(1))));\n"
    "const seen = document.createElement('pre');\n"
    "seen.textContent = `seen: links ${document.links.length} broken ${broken.length} `\n"
    "    + `pictures ${document.querySelectorAll('svg rect').length} `\n"
    "    + `fetched ${performance.getEntriesByType('resource').length} `\n"
    "    + `wide ${document.documentElement.scrollWidth} of ${innerWidth}`;\n"
    "document.body.append(seen);\n"
    "</script>\n"
    "END\n";

// `timeout` ends the browser with its own children if it hangs; no name is resolved.
std::string browse(int width) {
  return "timeout --kill-after=5 90 chromium --headless --no-sandbox --disable-gpu "
         "--disable-dev-shm-usage --user-data-dir=$TMP/profile --enable-logging=stderr "
         "--virtual-time-budget=5000 --host-resolver-rules='MAP * ~NOTFOUND' --hide-scrollbars "
         "--window-size=" +
         std::to_string(width) + ",1000 --dump-dom file://$TMP/page.html";
}

std::size_t number(const std::string& text, const std::string& pattern) {
  std::size_t value = 0;
  EXPECT_TRUE(RE2::PartialMatch(text, pattern, &value)) << pattern;
  return value;
}

TEST(Report, WorksInABrowser) {
  const std::string tasks =
      "npuscope corpus sql --store=$TMP/a.sqlite --format=csv 'SELECT count(*) FROM tasks' | "
      "sed 's/^/tasks: /'; ";
  for (const int width : {1280, 500}) {
    const Outcome page = run_shell(make_page + tasks + browse(width));
    ASSERT_EQ(page.exit_code, 0) << page.err;
    EXPECT_EQ(page.err.find("CONSOLE"), std::string::npos) << page.err;
    EXPECT_EQ(page.err.find("ERR_"), std::string::npos) << page.err;
    EXPECT_EQ(number(page.out, "seen: .*fetched (\\d+)"), 0U);
    EXPECT_EQ(number(page.out, "seen: .*broken (\\d+)"), 0U);
    EXPECT_GT(number(page.out, "seen: links (\\d+)"), 10U);
    EXPECT_GT(number(page.out, "seen: .*pictures (\\d+)"), 20U);
    EXPECT_EQ(number(page.out, "seen: .*of (\\d+)"), static_cast<std::size_t>(width));
    EXPECT_LE(number(page.out, "seen: .*wide (\\d+)"), static_cast<std::size_t>(width));
    EXPECT_EQ(number(page.out, "<td>tasks</td><td class=\"n\">(\\d+)"),
              number(page.out, "tasks: (\\d+)"));
    EXPECT_NE(page.out.find("testdata/example/conv.rknn"), std::string::npos);
    EXPECT_NE(page.out.find("CNA_CBUF_CON0"), std::string::npos);
  }
}

}  // namespace
}  // namespace npuscope::testing
