// What is a root and what follows, from a small database made for it.
#include "decoder/compare/cause_roots.h"

#include <gtest/gtest.h>

#include "tests/regdb/temp_xml.h"

namespace npuscope {
namespace {

// In the order of cause and consequence, as regdb/semantics.xml has them.
constexpr const char* overlay = R"(<semantics>
<group name="kernel"/>
<group name="split" after="kernel channels"/>
<group name="channels" layer="yes" after="split"/>
<group name="tile" after="kernel split channels"/>
<group name="places" elsewhere="yes" after="tile"/>
</semantics>)";

struct Roots {
  Roots() {
    auto loaded = files.load(testing::domain(R"(<reg32 offset="0x0" name="A"/>)"), overlay);
    EXPECT_TRUE(loaded);
    db = std::move(*loaded);
    groups.emplace(db);
  }
  [[nodiscard]] CauseIndex at(std::string_view name) { return groups->named(name); }
  [[nodiscard]] std::set<CauseIndex> all(std::initializer_list<std::string_view> names) {
    std::set<CauseIndex> causes;
    for (const std::string_view name : names) causes.insert(at(name));
    return causes;
  }
  testing::TempXml files;
  RegisterDb db;
  std::optional<CauseGroups> groups;
};

TEST(CauseRoots, WhatMayFollowFromWhatShowsInTheSameNodeDoes) {
  Roots r;
  CauseRoots roots(*r.groups, {1, 2, 3});
  roots.add({0, 1, r.all({"kernel", "tile"})});
  roots.add({0, 2, r.all({"kernel", "tile", "split"})});
  roots.decide();
  EXPECT_TRUE(roots.is_root(r.at("kernel")));
  EXPECT_FALSE(roots.is_root(r.at("tile")));
  EXPECT_EQ(roots.follows(r.at("tile")), r.all({"kernel"}));  // also by way of the split
  EXPECT_EQ(roots.follows(r.at("split")), r.all({"kernel"}));
}

TEST(CauseRoots, AnotherNodeExplainsNothingUnlessTheGroupSaysSo) {
  Roots r;
  CauseRoots roots(*r.groups, {1});
  roots.add({0, 1, r.all({"kernel"})});
  roots.add({1, 1, r.all({"tile"})});
  roots.add({2, 1, r.all({"places"})});
  roots.decide();
  EXPECT_TRUE(roots.is_root(r.at("tile")));
  EXPECT_EQ(roots.follows(r.at("places")), r.all({"tile"}));
}

TEST(CauseRoots, ChannelsOfTheLayerAreARootAndThoseOfASplitAreNot) {
  Roots r;
  CauseRoots divided(*r.groups, {1, 2, 3});
  divided.add({0, 3, r.all({"split", "channels", "tile"})});
  divided.decide();
  EXPECT_TRUE(divided.is_root(r.at("split")));
  EXPECT_EQ(divided.follows(r.at("channels")), r.all({"split"}));

  CauseRoots layer(*r.groups, {1, 2, 3});
  layer.add({0, 1, r.all({"channels"})});
  layer.add({0, 3, r.all({"split", "channels"})});
  layer.decide();
  EXPECT_TRUE(layer.is_root(r.at("channels")));
  EXPECT_EQ(layer.follows(r.at("split")), r.all({"channels"}));
}

TEST(CauseRoots, AProgramWithNothingElseOfItsOwnSpeaksForTheLayer) {
  Roots r;
  CauseRoots roots(*r.groups, {1});
  roots.add({0, 1, r.all({"split", "channels"})});
  roots.decide();
  EXPECT_TRUE(roots.is_root(r.at("channels")));
  EXPECT_FALSE(roots.is_root(r.at("split")));
}

TEST(CauseRoots, ACauseThatTheDatabaseDoesNotHaveStandsAlone) {
  Roots r;
  const CauseIndex own = r.at("unheard of");
  CauseRoots roots(*r.groups, {1});
  roots.add({0, 1, {own, r.at("kernel")}});
  roots.decide();
  EXPECT_TRUE(roots.is_root(own));
  EXPECT_EQ(r.at("unheard of"), own);
}

}  // namespace
}  // namespace npuscope
