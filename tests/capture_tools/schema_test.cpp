// Every line that a verb prints as JSON fits its schema.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <sstream>
#include <vector>

#include "tests/capture_tools/json_schema.h"
#include "tests/capture_tools/shell.h"

namespace npuscope::testing {
namespace {

using nlohmann::json;

json load(const std::string& name) {
  return json::parse(read_whole(NPUSCOPE_SOURCE_DIR "/docs/schema/" + name));
}

std::vector<json> lines_of(const std::string& command, int exit_code) {
  const Outcome outcome = run_shell(command);
  EXPECT_EQ(outcome.exit_code, exit_code) << command << "\n" << outcome.err;
  std::vector<json> lines;
  std::istringstream text(outcome.out);
  for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
  return lines;
}

// Checks all lines; gives the types that occurred.
std::set<std::string> check(const std::string& schema_name, const std::string& command,
                            int exit_code = 0) {
  const json schema = load(schema_name);
  std::set<std::string> types;
  for (const json& line : lines_of(command, exit_code)) {
    const std::string complaint = violation(schema, schema, line);
    EXPECT_EQ(complaint, "") << command << "\n" << line.dump();
    if (!complaint.empty()) break;
    types.insert(line.value("type", "header"));
  }
  return types;
}

const std::string example = "testdata/example/";
const std::string everything = example + "conv.rknn " + example + "live.log " + example + "gems " +
                               example + "gem-text.log " + example + "ioctl.log " + example +
                               "kernel.log " + example + "sweep.log testdata/rknn/conv_v1.rknn";
// A stream with a gap, a word of no register, a stray word and a doubtful tail.
const std::string damaged =
    "sed -e '/regcmd_qword\\[3\\]/d' -e 's/=0x0201000000041028/=0x0201000100041ffc/' " + example +
    "live.log > $TMP/damaged.log; ";

TEST(Schema, EveryLineOfDecodeFits) {
  auto types = check("decode.schema.json", "npuscope decode --format=jsonl --state " + everything);
  types.merge(
      check("decode.schema.json", damaged + "npuscope decode --format=jsonl $TMP/damaged.log"));
  for (const std::string type : {"header", "capture", "set", "program", "lane", "task", "write",
                                 "tail", "state", "absent", "relocation"})
    EXPECT_TRUE(types.contains(type)) << "no test shows a line of type " << type;
}

TEST(Schema, WordsWithoutATableFit) {
  const auto types =
      check("decode.schema.json",
            "npuscope decode --words --format=jsonl testdata/example/gems/gem2-dump");
  EXPECT_TRUE(types.contains("word"));
}

TEST(Schema, EveryLineOfInfoFits) {
  auto types = check("info.schema.json", "npuscope info --format=json " + everything);
  types.merge(check("info.schema.json", damaged + "npuscope info --format=json $TMP/damaged.log"));
  for (const std::string type : {"header", "input", "model", "fact", "buffer", "set", "submit",
                                 "sweep", "lines", "range", "coverage", "diagnostic"})
    EXPECT_TRUE(types.contains(type)) << "no test shows a line of type " << type;
}

TEST(Schema, EveryLineOfGenerateFits) {
  // The vendor's schedule with short records and residual; inferred; general, with a program that
  // repeats another.
  const auto types = check("generate.schema.json",
                           "npuscope generate --format=json --all "
                           "b1_c24_h160_w160_oc24_wic24_k3x3_g1_p1_i8_bias_addrelu "
                           "b1_c64_h8_w8_oc16_k3x3_d2 b2_c16_h1_w5_oc8_wic16_k1x1_g1");
  for (const std::string type : {"header", "shape", "banks", "explanation", "program", "record",
                                 "buffer", "weight_buffer", "submit"})
    EXPECT_TRUE(types.contains(type)) << "no test shows a line of type " << type;
  EXPECT_EQ(check("generate.schema.json",
                  "npuscope generate --format=json --cores=2 small_pointwise small_depthwise")
                .count("record"),
            1U);
}

TEST(Schema, GeneratedProgramsFitTheOthers) {
  const std::string shapes = "gen:small_pixels gen:b4_c64_h28_w28_oc64_wic16_k3x3_g4_p1";
  EXPECT_TRUE(check("decode.schema.json", "npuscope decode --format=jsonl --state " + shapes)
                  .contains("state"));
  EXPECT_TRUE(check("info.schema.json", "npuscope info --format=json " + shapes).contains("range"));
}

TEST(Schema, EveryLineOfDiffFits) {
  auto types = check("diff.schema.json",
                     "npuscope diff --format=json gen:b1_c64_h56_w56_oc128_wic64_k1x1_g1 "
                     "gen:b1_c64_h28_w56_oc128_wic64_k1x1_g1_i8_bias",
                     1);
  types.merge(
      check("diff.schema.json",
            damaged + "npuscope diff --format=json " + example + "live.log $TMP/damaged.log", 1));
  types.merge(check("diff.schema.json",
                    "npuscope diff --format=json " + example + "gems " + example + "conv.rknn"));
  for (const std::string type : {"header", "structure", "register", "summary"})
    EXPECT_TRUE(types.contains(type)) << "no test shows a line of type " << type;
}

TEST(Schema, EveryLineOfExplainFits) {
  auto types = check("explain.schema.json",
                     "npuscope explain --format=json gen:b1_c64_h56_w56_oc128_wic64_k1x1_g1 "
                     "gen:b1_c64_h28_w56_oc128_wic64_k1x1_g1_i8_bias",
                     1);
  types.merge(check("explain.schema.json",
                    "npuscope explain --format=json " + example + "gems " + example + "conv.rknn"));
  types.merge(check("explain.schema.json",
                    "sed 's/=0x0201000000b11040/=0x0201000000b21040/' " + example +
                        "live.log > $TMP/slip.log; npuscope explain --format=json " + example +
                        "live.log $TMP/slip.log",
                    1));
  for (const std::string type : {"header", "cause", "moved", "summary"})
    EXPECT_TRUE(types.contains(type)) << "no test shows a line of type " << type;
}

TEST(Schema, EveryLineOfLintFits) {
  auto types = check("lint.schema.json", "npuscope lint --format=json " + everything, 1);
  types.merge(
      check("lint.schema.json", damaged + "npuscope lint --format=json $TMP/damaged.log", 1));
  for (const std::string type : {"header", "input", "finding", "rule", "summary"})
    EXPECT_TRUE(types.contains(type)) << "no test shows a line of type " << type;
}

TEST(Schema, EveryLineOfKlogFits) {
  auto types =
      check("klog.schema.json", "npuscope klog --format=json " + example + "kernel.log", 1);
  EXPECT_EQ(types.size(), 3U);
  types = check("klog.schema.json",
                "printf '\\377 RKNPU \\001 \"\\\\\\n[1.0] RKNPU: job commit failed\\n' | "
                "npuscope klog --format=json -",
                1);
  EXPECT_TRUE(types.contains("line"));
}

TEST(Schema, EveryLineOfAuditFits) {
  for (const auto& [kind, exit_code] :
       {std::pair{"vendor-6.1", 0}, std::pair{"hostile", 20}, std::pair{"poisoned", 30}}) {
    const auto types = check("audit.schema.json",
                             std::string("sh testdata/boards/make_board.sh ") + kind +
                                 " $TMP/board; npuscope audit --format=json --root=$TMP/board",
                             exit_code);
    EXPECT_EQ(types.size(), 3U) << kind;
  }
}

TEST(Schema, EveryLineOfSnapshotFits) {
  const std::string board = "sh testdata/boards/make_board.sh vendor-6.1 $TMP/board; ";
  auto types =
      check("snapshot.schema.json", board + "npuscope snapshot --format=json --root=$TMP/board");
  types.merge(check("snapshot.schema.json",
                    board + "npuscope snapshot --root=$TMP/board > $TMP/old; sed "
                            "s/suspended/active/ $TMP/old > $TMP/new; npuscope snapshot "
                            "--format=json --compare $TMP/old $TMP/new",
                    1));
  for (const std::string type : {"header", "value", "guard", "log", "missing", "change", "summary"})
    EXPECT_TRUE(types.contains(type)) << "no test shows a line of type " << type;
}

TEST(Schema, EveryLineOfVerifyFits) {
  const std::string run = "npuscope verify --format=json testdata/run/*.log";
  const auto types = check("verify.schema.json", run);
  for (const std::string type : {"header", "input", "check", "summary"})
    EXPECT_TRUE(types.contains(type)) << "no test shows a line of type " << type;
  check("verify.schema.json", run + " " + everything, 1);
}

TEST(Schema, EveryLineOfQueryFits) {
  const std::string ask = "npuscope query --format=json ";
  auto types = check("query.schema.json",
                     ask +
                         "'cna.cbuf_con0 > 0 or runs(ppu)' --select="
                         "'cna,dpu.data_cube_width.width.value,cna.conv_con1.in_precision,task."
                         "address,record.complete,record.link,record.address,node' " +
                         everything);
  types.merge(check("query.schema.json", ask + "--written --changed true " + everything));
  types.merge(check("query.schema.json",
                    damaged + ask + "--who-wrote=cna.data_size0 $TMP/damaged.log " + everything));
  types.merge(check("query.schema.json", damaged + ask + "--dead --repeated $TMP/damaged.log " +
                                             everything + " gen:small_pixels"));
  for (const std::string type : {"header", "match", "origin", "dead", "summary"})
    EXPECT_TRUE(types.contains(type)) << "no test shows a line of type " << type;
}

TEST(Schema, EveryLineOfSweepFits) {
  // One that passes, one beyond a tolerance, one of which no tensors are made, one that is not
  // generated.
  const std::string sweep = "npuscope sweep --format=json ";
  auto types = check("sweep.schema.json", sweep + "b1_c16_h4_w4_oc16_wic16_k1x1_g1");
  for (const std::string type : {"header", "shape", "summary"})
    EXPECT_TRUE(types.contains(type)) << "no test shows a line of type " << type;
  check("sweep.schema.json", sweep + "--absolute=0 --relative=0 b1_c16_h4_w4_oc16_wic16_k1x1_g1",
        1);
  check("sweep.schema.json",
        sweep + "b1_c16_h4_w4_oc16_wic16_k1x1_g1_i8_bias b1_c16_h1_w60000_oc16_wic16_k1x1_g1", 1);
}

const std::string make_ledger =
    "npuscope sweep -o $TMP/out --ledger=$TMP/npu.ledger b1_c16_h4_w4_oc16_wic16_k1x1_g1; "
    "npuscope ledger import -l $TMP/npu.ledger -o $TMP/out2 testdata/run/live.log "
    "testdata/ledger/reports.log testdata/ledger/runs.jsonl; ";

TEST(Schema, EveryLineOfALedgerFits) {
  const auto types = check("ledger.schema.json", make_ledger + "cat $TMP/npu.ledger");
  for (const std::string type : {"header", "capture", "simulation", "run", "report"})
    EXPECT_TRUE(types.contains(type)) << "no test shows a line of type " << type;
}

TEST(Schema, EveryLineOfAnExportedLedgerFits) {
  const auto types = check("ledger-status.schema.json",
                           make_ledger + "npuscope ledger export -l $TMP/npu.ledger --format=json");
  for (const std::string type : {"header", "shape", "campaign", "capture", "run"})
    EXPECT_TRUE(types.contains(type)) << "no test shows a line of type " << type;
}

TEST(Schema, EveryDryRunFits) {
  const std::string dry = "npuscope replay --dry-run --format=json ";
  const std::string shape = " gen:b1_c16_h4_w4_oc16_wic16_k1x1_g1";
  check("dry-run.schema.json", dry + "--on=rknpu --unsafe=KABI-L07-multi --cores=all" + shape);
  check("dry-run.schema.json", dry + "--on=rknpu --cores=2" + shape, 5);
  check("dry-run.schema.json", dry + "--on=rocket" + shape);
}

// The journal of a run that passes, one that is refused, and one that poisons the boot.
TEST(Schema, EveryLineOfAJournalFits) {
  const json schema = load("run.schema.json");
  std::set<std::string> events;
  const std::string shape = " gen:b1_c16_h4_w4_oc16_wic16_k1x1_g1";
  const std::vector<std::string> runs{
      "fake -q -- npuscope replay --on=rknpu" + shape,
      "fake -q --driver=rocket -- npuscope replay --on=rocket" + shape,
      "fake -q -- npuscope replay --on=rknpu gen:b1_c64_h56_w56_oc128_wic64_k1x1_g1",
      "fake -q --inject=invalid-interrupt@3 -- npuscope replay --on=rknpu" + shape};
  for (const std::string& run : runs) {
    const Outcome outcome =
        run_shell("npuscope " + run + " > $TMP/out; cat $TMP/state/npuscope/*l");
    std::istringstream text(outcome.out);
    for (std::string line; std::getline(text, line);) {
      const json parsed = json::parse(line);
      EXPECT_EQ(violation(schema, schema, parsed), "") << line;
      events.insert(parsed.at("event"));
    }
  }
  EXPECT_EQ(events, (std::set<std::string>{"begin", "probe-submit", "probe", "submit", "returned",
                                           "refused", "result"}));
}

TEST(Schema, EveryLineOfACorpusFits) {
  const auto types =
      check("corpus.schema.json", damaged +
                                      "npuscope corpus build testdata/example testdata/rknn "
                                      "$TMP/damaged.log -o $TMP/a.jsonl && cat $TMP/a.jsonl");
  for (const std::string type : {"header", "file", "content", "capture", "program", "layer", "task",
                                 "record", "unknown", "relocation", "tensor"})
    EXPECT_TRUE(types.contains(type)) << "no test shows a line of type " << type;
}

TEST(Schema, FormulasFit) {
  const auto types =
      check("corpus-infer.schema.json",
            "npuscope corpus build testdata -o $TMP/a.sqlite && npuscope corpus infer "
            "--store=$TMP/a.sqlite --format=jsonl cna.feature_data_addr");
  EXPECT_TRUE(types.contains("fit"));
}

TEST(Corpus, FormulasOfARegisterAreThoseOfItsFields) {
  const Outcome outcome = run_shell(
      "npuscope corpus build testdata -o $TMP/a.sqlite 2> $TMP/log && npuscope corpus infer "
      "--store=$TMP/a.sqlite --format=jsonl cna.weight_size2 | grep -o 'CNA_[A-Z0-9_.]*' | uniq");
  EXPECT_EQ(outcome.out,
            "CNA_WEIGHT_SIZE2.WEIGHT_WIDTH\nCNA_WEIGHT_SIZE2.WEIGHT_HEIGHT\n"
            "CNA_WEIGHT_SIZE2.WEIGHT_KERNELS\n")
      << outcome.err;
}

TEST(Schema, TablesOfACorpusFit) {
  const std::string build =
      damaged +
      "npuscope corpus build testdata/example testdata/rknn $TMP/damaged.log "
      "-o $TMP/a.sqlite && npuscope corpus build testdata/example/conv.rknn "
      "-o $TMP/b.sqlite && npuscope corpus --format=jsonl --store=$TMP/a.sqlite ";
  const json schema = load("corpus-table.schema.json");
  for (const auto& [command, exit_code] :
       {std::pair{"values cna.cbuf_con0.data_bank", 0},
        std::pair{"values --by=op,shape,kernel cna.cbuf_con0.data_bank", 0},
        std::pair{"rare --most=1000", 0}, std::pair{"unknown", 0}, std::pair{"never-seen", 0},
        std::pair{"compare $TMP/a.sqlite $TMP/b.sqlite", 1}}) {
    const auto lines = lines_of(build + command, exit_code);
    EXPECT_GT(lines.size(), 1U) << command;
    for (const json& line : lines)
      EXPECT_EQ(violation(schema, schema, line), "") << command << "\n" << line.dump();
  }
}

TEST(Schema, JoinedBenchmarksFit) {
  // In both, in one, in none, expected to be skipped, and a skip that runs.
  const json schema = load("bench-compare.schema.json");
  const auto lines = lines_of(
      "printf 'Testing a\nBENCH cycles=100 ratio=0.5\nTesting b\nBENCH cycles=7\nTesting c\n"
      "Testing d\nSKIP: no board\n' > $TMP/a.log; printf 'Testing a\nBENCH cycles=50\nTesting "
      "d\nBENCH cycles=9\nTesting e\nBENCH cycles=1\n' > $TMP/b.log; printf "
      "'fixture,expect,reason,since\nd,skip,slow,2024\nf,fail,wrong,2024\ne,fail,odd,2024\n' > "
      "$TMP/f.csv; npuscope bench-compare --format=jsonl --fixtures=$TMP/f.csv $TMP/a.log "
      "$TMP/b.log",
      1);
  std::set<std::string> statuses;
  for (const json& line : lines) {
    EXPECT_EQ(violation(schema, schema, line), "") << line.dump();
    statuses.insert(line.value("status", "header"));
  }
  EXPECT_EQ(statuses, (std::set<std::string>{"header", "both", "only a", "none", "stale skip",
                                             "stale fail"}));
}

TEST(Schema, AddressesFit) {
  const auto types =
      check("explain-addr.schema.json",
            "npuscope explain addr --format=json 0xfff98280 testdata/example/live.log");
  for (const std::string type : {"header", "meaning", "input"})
    EXPECT_TRUE(types.contains(type)) << "no test shows a line of type " << type;
}

TEST(Schema, TablesFit) {
  check("footprint.schema.json",
        "npuscope footprint --format=jsonl testdata/example/conv.rknn gen:small_pixels");
  check("footprint.schema.json", "npuscope footprint --untiled --format=jsonl");
  check("footprint.schema.json", "npuscope footprint --bisect --format=jsonl gen:small_pixels");
  check("ops.schema.json", "npuscope ops --format=jsonl testdata/example/conv.rknn");
}

TEST(Schema, TheCheckFindsWhatDoesNotFit) {
  const json schema = load("info.schema.json");
  const json good = json::parse(R"({"type":"coverage","unexplained":0})");
  EXPECT_EQ(violation(schema, schema, good), "");
  for (const char* bad :
       {R"({"type":"coverage"})", R"({"type":"coverage","unexplained":"0"})",
        R"({"type":"coverage","unexplained":0,"more":1})", R"({"type":"unheard of"})", "[]"})
    EXPECT_NE(violation(schema, schema, json::parse(bad)), "") << bad;
}

TEST(Schema, EveryLineOfReplayFits) {
  const std::string replay = "npuscope replay --on=sim --format=json ";
  const std::string capture = replay + "--prefix=1 testdata/example/live.bundle ";
  auto types = check("replay.schema.json",
                     replay +
                         "--trace --cores=all -o $TMP/out testdata/digits/digits.rknn "
                         "--compare=testdata/digits/scores.npy",
                     1);
  types.merge(check("replay.schema.json", replay + "--codes testdata/digits/digits.rknn"));
  types.merge(check("replay.schema.json", replay + "--at=0 --set=cna.cbuf_con0=0x87 "
                                                   "gen:b1_c16_h4_w4_oc16_wic16_k1x1_g1"));
  types.merge(check("replay.schema.json", capture + "--at=0 --poison --trace"));
  types.merge(check("replay.schema.json", capture + "--set=cna.feature_data_addr=0xfff98280 "
                                                    "--set=cna.dcomp_addr0=0xfff98280 "
                                                    "--set=dpu.dst_base_addr=0xfff98000"));
  types.merge(check("replay.schema.json",
                    "npuscope fake -q -- npuscope record -q -o $TMP/run -- python3 "
                    "tests/clients/sharing.py handles >&2; " +
                        replay + "--at=0x40000 $TMP/run@2"));
  check("replay.schema.json", replay + "testdata/example/conv.rknn", 4);
  for (const std::string type :
       {"header", "shape", "input", "moved", "stray", "gap", "task", "event", "run", "output",
        "written", "compare", "reference", "changed", "recorded", "board"})
    EXPECT_TRUE(types.contains(type)) << "no test shows a line of type " << type;
}

}  // namespace
}  // namespace npuscope::testing
