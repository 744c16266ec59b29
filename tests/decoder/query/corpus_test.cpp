// Questions whose answers are known, over all programs of the corpus: the invariants of vendor
// material, the origin of every register by a second way, and what vendor programs write in vain.

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "decoder/query/dead_words.h"
#include "tests/decoder/query/query_helpers.h"
#include "tests/support/manifest.h"

namespace npuscope::testing {
namespace {

using query::LaneRecord;
using query::Origin;

// Live logs, hex texts and models of version 6 that have words. Opened once.
const std::vector<Opened>& vendor_programs() {
  static const std::vector<Opened> all = [] {
    std::vector<Opened> list;
    for (const ManifestRow& row : manifest()) {
      const bool log = row.path.starts_with("live-logs/") || row.path.starts_with("gem-text/");
      const bool model = row.path.starts_with("rknn/rk3588/") && row.path.ends_with(".rknn") &&
                         row.text("container") == "v6";
      if (!(log && row.number("records").value_or(0) > 0) &&
          !(model && row.number("tasks").value_or(0) > 0))
        continue;
      auto inputs = open_input(row.full_path(), RegisterDb::builtin());
      EXPECT_TRUE(inputs && inputs->size() == 1) << row.path;
      if (inputs) list.push_back(std::move(inputs->front()));
    }
    return list;
  }();
  return all;
}

std::size_t count_in_all(const std::string& text) {
  std::size_t count = 0;
  for (const Opened& input : vendor_programs()) count += count_of(input, text);
  return count;
}

TEST(QueryCorpus, TheInvariantsAsQuestions) {
  NPUSCOPE_NEEDS_CORPUS();
  std::size_t tasks = 0;
  for (const Opened& input : vendor_programs()) tasks += input.sets.at(0).tasks.size();
  EXPECT_GT(tasks, 5000U);
  // capture-formats I3: the tail starts what the task names.
  EXPECT_EQ(count_in_all("pc.operation_enable == task.enable_mask"), tasks);
  EXPECT_EQ(count_in_all("pc.operation_enable != task.enable_mask"), 0U);
  // I8: no group in the 1-core program, at most its size in the others.
  EXPECT_EQ(count_in_all("pc.register_amounts / 0x10000 & 3 >= cores"), 0U);
  EXPECT_EQ(count_in_all("cores == 1 and pc.register_amounts / 0x10000 & 3 != 0"), 0U);
  // I21, and the twelve banks: of what records run with, inherited or not.
  const std::size_t convolutions = count_in_all("runs(cna)");
  EXPECT_GT(convolutions, 1000U);
  EXPECT_EQ(count_in_all("cna.cbuf_con0.data_bank + cna.cbuf_con0.weight_bank == 12"),
            convolutions);
  EXPECT_EQ(count_in_all("cna.weight_size0 == cna.weight_size1 * "
                         "cna.weight_size2.weight_kernels"),
            convolutions);
  // The two blocks of a convolution and the two ways to name a chain end.
  EXPECT_EQ(count_in_all("runs(cna) and not runs(core)"), 0U);
  EXPECT_EQ(count_in_all("record.link == \"end\" and written(pc.base_address)"), 0U);
}

TEST(QueryCorpus, RecordsByAmountInLiveLogs) {
  NPUSCOPE_NEEDS_CORPUS();
  // capture-formats I11 and the amounts of the manifest: four logs with words.
  std::map<std::string, std::size_t> found;
  for (const Opened& input : vendor_programs()) {
    if (input.capture.kind != "live log") continue;
    for (const char* amount : {"26", "104", "108"})
      found[amount] += count_of(input, std::string("task.amount == ") + amount);
  }
  EXPECT_EQ(found, (std::map<std::string, std::size_t>{{"26", 20}, {"104", 27}, {"108", 6}}));
}

// A replay of its own for one block: two lists of who wrote what, which take turns with each task
// that starts the block; 0x30 in S_POINTER, which opens the loading of a table, goes back to the
// first. For each task and register: the word that set it.
using Origins = std::map<std::pair<std::size_t, std::uint16_t>, Origin>;

void replay(const ProgramSet& set, const Lane& lane, Block block, Origins& origins) {
  std::array<std::map<std::uint16_t, Origin>, 2> lists;
  std::size_t turn = 0;
  bool in_turns = true;
  const auto bit = static_cast<unsigned>(facts_of(block).enable_bit);
  for (std::size_t t = lane.first; t < lane.first + lane.count; ++t) {
    set.record_of(t)->for_each_body_word([&](std::size_t index, Word word) {
      if (word.target() != target_of(block)) return;
      if (word.offset() != facts_of(block).s_pointer) {
        lists[turn][word.offset()] = {query::OriginKind::written, word.value(), t,
                                      static_cast<std::uint32_t>(index)};
        return;
      }
      in_turns = word.value() == 0x0e;
      if (!in_turns) {
        EXPECT_EQ(word.value(), 0x30U) << "a pointer that this replay does not know";
        turn = 0;
      }
    });
    if ((set.tasks[t].task.enable_mask >> bit & 1U) == 0) continue;
    for (const auto& [offset, origin] : lists[turn]) origins[{t, offset}] = origin;
    if (in_turns) turn = 1 - turn;
  }
}

TEST(QueryCorpus, WhoWroteAgreesWithAReplay) {
  NPUSCOPE_NEEDS_CORPUS();
  constexpr std::array<Block, 6> blocks{Block::cna,      Block::core, Block::dpu,
                                        Block::dpu_rdma, Block::ppu,  Block::ppu_rdma};
  std::size_t own = 0, inherited = 0;
  for (const Opened& input : vendor_programs()) {
    if (input.capture.source.ends_with("dump-dumb")) continue;  // its pointers hold the core
    Origins expected;
    query::for_each_lane(input, [&](const query::TaskPlace& place) {
      for (const Block block : blocks) replay(place.set, place.lane(), block, expected);
    });
    query::for_each_record(input, [&](const LaneRecord& record) {
      for (const Block block : blocks) {
        for (std::uint16_t reg = 2; reg < 0x100; ++reg) {  // behind S_STATUS and S_POINTER
          const auto offset = static_cast<std::uint16_t>(static_cast<unsigned>(block) << 12U |
                                                         static_cast<unsigned>(reg) << 2U);
          const Origin origin = query::origin_of(record, block, offset);
          const auto found = expected.find({record.place.task, offset});
          ASSERT_EQ(origin.has_value(), found != expected.end())
              << input.capture.source << " task " << record.place.task << " " << std::hex << offset;
          if (!origin.has_value()) continue;
          ASSERT_EQ(origin.task, found->second.task) << std::hex << offset;
          ASSERT_EQ(origin.word, found->second.word);
          ASSERT_EQ(origin.value, found->second.value);
          ++(origin.task == record.place.task ? own : inherited);
        }
      }
    });
  }
  EXPECT_GT(own, 300000U);
  EXPECT_GT(inherited, 10000U);
  RecordProperty("own", static_cast<int>(own));
  RecordProperty("inherited", static_cast<int>(inherited));
}

// schedules.md 3.2: long records write four registers in front of the body that the body writes
// again with the same values. Nothing else is written in vain.
TEST(QueryCorpus, VendorProgramsWriteNothingInVainButFourRegisters) {
  NPUSCOPE_NEEDS_CORPUS();
  const std::set<std::uint16_t> leading{0x1040, 0x1104, 0x1100, 0x100c};
  std::size_t repeated = 0, long_records = 0;
  for (const Opened& input : vendor_programs()) {
    std::map<std::size_t, std::set<std::uint16_t>> of_task;
    query::for_each_lane(input, [&](const query::TaskPlace& place) {
      for (const query::DeadWord& dead : query::dead_words(place.set, place.lane())) {
        ASSERT_EQ(query::name_of(dead.kind), "repeated")
            << input.capture.source << " task " << dead.task << " word " << dead.index;
        EXPECT_TRUE(leading.contains(dead.word.offset()));
        EXPECT_LT(dead.index, 4U);
        of_task[dead.task].insert(dead.word.offset());
        ++repeated;
      }
      const Lane& lane = place.lane();
      for (std::size_t t = lane.first; t < lane.first + lane.count; ++t) {
        if (place.set.tasks[t].task.regcfg_amount != 108) continue;
        EXPECT_EQ(of_task[t], leading) << t;
        ++long_records;
      }
    });
  }
  EXPECT_GE(repeated, 4 * long_records);
  EXPECT_GT(long_records, 100U);
}

}  // namespace
}  // namespace npuscope::testing
