// Where the tests find real captures (third-party, never committed) and our own fixtures.
//
//   TEST(Decode, LiveLog) { NPUSCOPE_NEEDS_CORPUS(); auto path = corpus_path("live-logs/x.log");
//   ... }
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace npuscope::testing {

inline std::string corpus_path(const std::string& name) {
  return std::string(NPUSCOPE_CORPUS_DIR) + "/" + name;
}
inline std::string testdata_path(const std::string& name) {
  return std::string(NPUSCOPE_TESTDATA_DIR) + "/" + name;
}
inline bool have_corpus() {
  return std::filesystem::exists(corpus_path("MANIFEST.csv"));
}

}  // namespace npuscope::testing

// The one reason for which a test may be skipped.
#define NPUSCOPE_NEEDS_CORPUS()                                                              \
  if (!npuscope::testing::have_corpus())                                                     \
  GTEST_SKIP() << "needs the real captures (third-party data, not part of this repository) " \
                  "at " NPUSCOPE_CORPUS_DIR
