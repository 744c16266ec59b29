// The database against the command words of real captures: every word has a name, no reserved bit
// is set.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "regdb/lookup.h"
#include "tests/corpus.h"

namespace npuscope {
namespace {

struct Totals {
  std::size_t words = 0;
  std::size_t unnamed = 0;
  std::size_t reserved = 0;
};

// One log holds a window of weights instead of commands: its words have no valid target.
bool is_register_write(std::uint64_t word) {
  const auto target = static_cast<std::uint16_t>(word >> 48U);
  return target == target_operation_enable || block_of_target(target).has_value();
}

void count_word(std::uint64_t word, Totals& totals) {
  if (!is_register_write(word)) return;
  ++totals.words;
  const auto found = look_up(RegisterDb::builtin(), fmt::format("{:016x}", word));
  if (found.matches.empty()) {
    ++totals.unnamed;
    return;
  }
  for (const auto& field : found.matches[0].reg->fields) {
    if (field.must_be_zero && field.extract(found.word->value) != 0) {
      ++totals.reserved;
      ADD_FAILURE() << field.full_name << fmt::format(" in {:016x}", word);
    }
  }
}

TEST(CapturedWords, EveryWordIsNamedAndReservedBitsAreZero) {
  NPUSCOPE_NEEDS_CORPUS();
  Totals totals;
  const std::string marker = "regcmd_qword[";
  for (const auto& entry : std::filesystem::directory_iterator(testing::corpus_path("live-logs"))) {
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      const auto value = line.find("value=0x");
      if (line.find(marker) == std::string::npos || value == std::string::npos) continue;
      count_word(std::stoull(line.substr(value + 8, 16), nullptr, 16), totals);
    }
  }
  EXPECT_EQ(totals.words, 4111U);
  EXPECT_EQ(totals.unnamed, 0U);
  EXPECT_EQ(totals.reserved, 0U);
}

}  // namespace
}  // namespace npuscope
