// Lines of a ledger: every entry comes back as it was, and nothing else comes in.
#include "replay/ledger/evidence_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/replay/ledger/evidence_examples.h"

namespace npuscope::ledger {
namespace {

using nlohmann::ordered_json;

TEST(EvidenceJson, EveryEntryComesBackAsItWas) {
  for (const Entry& entry :
       {testing::capture(), testing::simulation(), testing::run(), testing::report(),
        Entry{testing::shape, {}, CaptureEvidence{}}, Entry{"", {}, RunEvidence{}}}) {
    const std::string line = line_of(entry);
    const auto again = read_line(line, "x:1");
    ASSERT_TRUE(again) << line << "\n" << again.error().text();
    EXPECT_EQ(*again, entry);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_TRUE(ordered_json::accept(line));
  }
}

// XXH3-128 as `xxh128sum` prints it.
TEST(EvidenceJson, TheIdIsTheHashOfTheRest) {
  EXPECT_EQ(
      line_of({"b1", {"a", "", "", ""}, SimulationEvidence{}}),
      R"({"id":"a9aa7f22798d2aa652ab0f9ec87993b4","type":"simulation","shape":"b1","source":{"name":"a"}})");
}

TEST(EvidenceJson, AnyChangedMemberIsAnError) {
  for (const Entry& entry :
       {testing::capture(), testing::simulation(), testing::run(), testing::report()}) {
    const ordered_json whole = ordered_json::parse(line_of(entry));
    for (const auto& [name, value] : whole.items()) {
      ordered_json less = whole, other = whole;
      less.erase(name);
      other[name] = ordered_json::array({1});
      EXPECT_FALSE(read_line(less.dump(), "x:1")) << name << " is missing";
      EXPECT_FALSE(read_line(other.dump(), "x:1")) << name << " is a list";
    }
    ordered_json more = whole;
    more["new"] = 1;
    EXPECT_FALSE(read_line(more.dump(), "x:1"));
  }
}

TEST(EvidenceJson, ErrorsNameTheLineAndTheMember) {
  const auto text = [](std::string_view line) { return read_line(line, "x:7").error().text(); };
  EXPECT_TRUE(text("<<<<<<< HEAD").starts_with("x:7: this is no line of a ledger"));
  EXPECT_TRUE(text("[]").starts_with("x:7: this is no line of a ledger"));
  EXPECT_TRUE(text("{\"type\":\"rumour\"}").starts_with("x:7: no entry has the type `rumour`"));
  EXPECT_TRUE(text(R"({"type":"simulation","shape":"b1","source":{},"seed":"x"})")
                  .starts_with("x:7: `seed` is missing or has another form"));
  EXPECT_TRUE(text(R"({"type":"run","source":{},"cores":4294967296,"result":"pass"})")
                  .starts_with("x:7: `cores` is missing or has another form"));
  EXPECT_TRUE(text(std::string(100000, '[')).starts_with("x:7: this is no line of a ledger"));
  EXPECT_TRUE(text(std::string(2U << 20U, ' ')).starts_with("x:7: a line of 2097152 bytes"));
}

}  // namespace
}  // namespace npuscope::ledger
