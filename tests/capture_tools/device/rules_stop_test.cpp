// Every rule L01 to L30 of the driver's interface stops a submit on its way to a device, and each
// defect B1 to B15 that a wrong submit would wake on the fake is kept from it by a rule.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "decoder/word.h"
#include "replay/device/rknpu_device.h"
#include "replay/preflight/rules.h"
#include "tests/capture_tools/device/fake_board.h"

namespace npuscope::testing {
namespace {

using guard::Decision;
using Entry = std::pair<std::uint32_t, std::uint32_t>;
using Facts = preflight::DeviceFacts;

// Facts of a board that is ready.
Facts good_facts() {
  Facts facts;
  facts.driver_name = "rknpu";
  facts.driver_version = 908;
  facts.hardware_version = 0x46495245;
  facts.iommu_enabled = true;
  facts.iommu_domain = 0;
  facts.available_cores = 7;
  facts.has_fences = false;
  facts.device_locked = true;
  facts.other_users = 0;
  facts.poison_lines.emplace();
  facts.health_probe_passed = true;
  facts.outputs_prefilled = true;
  return facts;
}

// One mistake: in the program before it is loaded, or in what is about to be submitted, or in the
// state of the machine.
struct Mistake {
  std::string rule;
  std::function<void(ReplayProgram&)> program{};
  std::function<void(Opened&)> submission{};
  std::function<void(Facts&)> facts{};
  bool stops = true;  // false: a warning, by the level of the rule
};

// The words of the first record, in the image.
std::span<std::byte> record_of(ReplayProgram& program) {
  const Task& task = program.image.lanes.front().tasks.front();
  return program.image.at(task.regcmd_addr, 8 * (std::uint64_t{task.regcfg_amount} + tail_words));
}
void change_task(ReplayProgram& program, const std::function<void(Task&)>& change) {
  change(program.table.front());
  change(program.image.lanes.front().tasks.front());
}
// Changes the first word of this register.
void change_word(ReplayProgram& program, std::uint16_t offset,
                 const std::function<Word(Word)>& change) {
  const auto record = record_of(program);
  for (std::size_t at = 0; at < record.size(); at += 8) {
    Word word;
    std::memcpy(&word.raw, &record[at], sizeof word.raw);
    if (word.offset() != offset) continue;
    word = change(word);
    std::memcpy(&record[at], &word.raw, sizeof word.raw);
    return;
  }
  FAIL() << "no word of register " << offset;
}
void change_tail(ReplayProgram& program, std::size_t index, Word word) {
  const auto record = record_of(program);
  std::memcpy(&record[record.size() - 8 * (tail_words - index)], &word.raw, sizeof word.raw);
}
Submit& submit_of(Opened& opened) {
  return opened.capture.submits.front();
}
Buffer& table_of(Opened& opened) {
  return *std::ranges::find(opened.capture.buffers, BufferRole::task_table, &Buffer::role);
}
void all_entries(Opened& opened, Entry entry) {
  for (std::size_t i = 0; i < 3; ++i) submit_of(opened).subcore[i] = entry;
}

constexpr std::uint16_t data_cube_width = 0x4030, pointer_of_dpu = 0x4004, destination = 0x4020;

std::vector<Mistake> mistakes() {
  return {
      {.rule = "KABI-L01", .facts = [](Facts& f) { f.driver_version = 905; }},
      {.rule = "KABI-L02", .facts = [](Facts& f) { f.iommu_enabled = false; }},
      {.rule = "KABI-L03", .submission = [](Opened& o) { *submit_of(o).task_obj_addr += 0x28; }},
      {.rule = "KABI-L04", .submission = [](Opened& o) { table_of(o).flags = 0x403; }},
      {.rule = "KABI-L04-sync",
       .submission =
           [](Opened& o) {
             std::erase_if(o.capture.events, [&](const Event& e) {
               return e.kind == "MEM_SYNC" && e.number("obj") == table_of(o).object_address;
             });
           }},
      {.rule = "KABI-L05", .submission = [](Opened& o) { submit_of(o).flags = 4; }},
      {.rule = "KABI-L05-fence", .submission = [](Opened& o) { submit_of(o).flags = 0x15; }},
      {.rule = "KABI-L06", .submission = [](Opened& o) { submit_of(o).flags = 7; }},
      {.rule = "KABI-L07", .submission = [](Opened& o) { submit_of(o).core_mask = 5; }},
      {.rule = "KABI-L07-multi", .submission = [](Opened& o) { submit_of(o).core_mask = 3; }},
      {.rule = "KABI-L07-cores",
       .submission = [](Opened& o) { submit_of(o).core_mask = 4; },
       .facts = [](Facts& f) { f.available_cores = 3; }},
      {.rule = "KABI-L08",
       .submission =
           [](Opened& o) {
             submit_of(o).subcore[1] = Entry{0, 0};
           }},
      {.rule = "KABI-L09",
       .submission =
           [](Opened& o) {
             all_entries(o, {102, 1});
           }},
      {.rule = "KABI-L10",
       .submission =
           [](Opened& o) {
             table_of(o).size = 4096 * task_bytes;
             all_entries(o, {0, 4096});
           }},
      {.rule = "KABI-L11",
       .program = [](ReplayProgram& p) { change_task(p, [](Task& t) { t.int_mask = 0x100; }); }},
      {.rule = "KABI-L12",
       .program = [](ReplayProgram& p) { change_task(p, [](Task& t) { t.int_mask = 0x3; }); }},
      {.rule = "KABI-L13",
       .submission =
           [](Opened& o) {
             // The record of the task lies at an address of no buffer.
             o.capture.buffers.back().device_address = 0x40000000;
             o.capture.buffers[1].device_address = 0x50000000;
           }},
      {.rule = "KABI-L14",
       .program =
           [](ReplayProgram& p) { change_task(p, [](Task& t) { t.regcfg_amount = 0xfff; }); }},
      {.rule = "KABI-L15",
       .program =
           [](ReplayProgram& p) {
             change_word(p, data_cube_width, [](Word w) { return Word{w.raw | 0x7000ULL << 48U}; });
           }},
      {.rule = "KABI-L16",
       .program =
           [](ReplayProgram& p) {
             change_tail(p, 0, Word::make(target_of(Block::pc), 0x10, 0x12345640));
           }},
      {.rule = "KABI-L17",
       .program =
           [](ReplayProgram& p) { change_tail(p, 1, Word::make(target_of(Block::pc), 0x14, 1)); }},
      {.rule = "KABI-L18",
       .program =
           [](ReplayProgram& p) {
             change_tail(p, 1, Word::make(target_of(Block::pc), 0x14, 0x20000));
           }},
      {.rule = "KABI-L19",
       .program = [](ReplayProgram& p) { change_task(p, [](Task& t) { t.enable_mask = 0x1d; }); }},
      {.rule = "KABI-L20",
       .program =
           [](ReplayProgram& p) { change_word(p, destination, [](Word) { return Word{}; }); }},
      {.rule = "KABI-L21",
       .program =
           [](ReplayProgram& p) { change_word(p, pointer_of_dpu, [](Word) { return Word{}; }); },
       .stops = false},
      {.rule = "KABI-L22", .submission = [](Opened& o) { submit_of(o).task_base_addr = 0x1000; }},
      {.rule = "KABI-L23", .submission = [](Opened& o) { submit_of(o).regcfg_obj_addr = 16; }},
      {.rule = "KABI-L23-domain",
       .submission = [](Opened& o) { submit_of(o).regcfg_obj_addr = 1; }},
      {.rule = "KABI-L23-buffers", .facts = [](Facts& f) { f.iommu_domain = 3; }},
      {.rule = "KABI-L24", .submission = [](Opened& o) { submit_of(o).timeout = 0; }},
      {.rule = "KABI-L25", .submission = [](Opened& o) { submit_of(o).fence_fd = 0; }},
      {.rule = "KABI-L26",
       .submission =
           [](Opened& o) {
             for (Event& event : o.capture.events)
               for (auto& [key, value] : event.arguments)
                 if (event.kind == "MEM_SYNC" && key == "size") value = "99999999";
           }},
      {.rule = "KABI-L27", .facts = [](Facts& f) { f.other_users = 1; }},
      {.rule = "KABI-L28",
       .facts = [](Facts& f) { f.poison_lines->push_back("job commit failed"); }},
      {.rule = "KABI-L30", .facts = [](Facts& f) { f.outputs_prefilled = false; }, .stops = false},
  };
}

constexpr const char* one_record = "b1_c32_h14_w14_oc128_wic32_k3x3_g1";
constexpr const char* two_records = "b1_c64_h56_w56_oc64_wic64_k1x1_g1";
constexpr const char* denied = "b1_c64_h56_w56_oc128_wic64_k1x1_g1";

// Loads the program on the fake, and asks the rules as a session does before it submits.
Decision decision_on(ReplayProgram program, const Mistake& mistake) {
  const FakeBoard board;
  auto log = std::make_shared<CallLog>();
  const Device device = rknpu_device(logged(board.port("rknpu"), log), {});
  if (mistake.program) mistake.program(program);
  const auto submission = guard::load_program(device, program, {});
  if (!submission) {
    ADD_FAILURE() << submission.error().text();
    return {};
  }
  Opened opened = guard::as_opened(*submission, log->events, "test", RegisterDb::builtin());
  if (mistake.submission) mistake.submission(opened);
  preflight::LintOptions options;
  options.device = good_facts();
  if (mistake.facts) mistake.facts(options.device);
  return guard::decide(preflight::lint(opened, options), {}, "rknpu");
}

bool names(const std::vector<guard::Objection>& list, const std::string& rule) {
  return std::ranges::any_of(list, [&](const auto& each) { return each.rule->id == rule; });
}

std::string text_of(const std::vector<guard::Objection>& list) {
  std::string text;
  for (const auto& each : list) text += fmt::format("{}: {}\n", each.rule->id, each.text);
  return text;
}

TEST(RulesOnADevice, AllowWhatIsRight) {
  for (const char* shape : {one_record, two_records}) {
    const Decision decision = decision_on(conv_program(shape, 1), {});
    EXPECT_TRUE(decision.allowed()) << text_of(decision.refusals);
    EXPECT_TRUE(decision.warnings.empty()) << text_of(decision.warnings);
  }
}

class EachRule : public ::testing::TestWithParam<Mistake> {};

TEST_P(EachRule, StopsTheSubmit) {
  const Mistake& mistake = GetParam();
  const bool needs_link = mistake.rule == "KABI-L17" || mistake.rule == "KABI-L18";
  const Decision decision =
      decision_on(conv_program(needs_link ? two_records : one_record, 1), mistake);
  EXPECT_EQ(names(decision.refusals, mistake.rule), mistake.stops)
      << text_of(decision.refusals) << text_of(decision.warnings);
  EXPECT_EQ(names(decision.warnings, mistake.rule), !mistake.stops);
  EXPECT_EQ(decision.allowed(), !mistake.stops) << text_of(decision.refusals);
}

INSTANTIATE_TEST_SUITE_P(Rules, EachRule, ::testing::ValuesIn(mistakes()), [](const auto& test) {
  std::string name = test.param.rule;
  std::ranges::replace(name, '-', '_');
  return name;
});

// Every rule of the specification's list is in the table above, or has a test of its own.
TEST(RulesOnADevice, AreAllHere) {
  const auto all = mistakes();
  for (int number = 1; number <= 30; ++number) {
    const std::string id = fmt::format("KABI-L{:02}", number);
    if (id == "KABI-L29") continue;  // the program itself: NameTheDenied
    EXPECT_TRUE(std::ranges::any_of(all, [&](const Mistake& m) { return m.rule == id; })) << id;
  }
  for (const preflight::Rule& rule : preflight::all_rules())
    if (rule.id.starts_with("KABI-L") && rule.severity >= preflight::Severity::unsafe &&
        rule.id != "KABI-L29" && rule.id != "KABI-L20-output") {
      EXPECT_TRUE(std::ranges::any_of(all, [&](const Mistake& m) { return m.rule == rule.id; }))
          << rule.id;
    }
}

TEST(RulesOnADevice, NameTheDenied) {
  const Decision decision = decision_on(conv_program(denied, 1), {});
  EXPECT_TRUE(names(decision.refusals, "KABI-L29"));
  EXPECT_NE(decision.refusals.front().remedy.find("--unsafe-i-can-power-cycle"), std::string::npos);
}

// What the user's word can do, and what not.
TEST(Permissions, AreForRulesThatSaySo) {
  using preflight::find_rule;
  const FakeBoard board;
  const auto refused_with = [](const std::string& id, guard::Permissions permissions) {
    const auto all = mistakes();
    const auto mistake = std::ranges::find(all, id, &Mistake::rule);
    ReplayProgram program = conv_program(one_record, 1);
    const FakeBoard own;
    auto log = std::make_shared<CallLog>();
    const Device device = rknpu_device(logged(own.port("rknpu"), log), {});
    const auto submission = guard::load_program(device, program, {}).value();
    Opened opened = guard::as_opened(submission, log->events, "test", RegisterDb::builtin());
    if (mistake->submission) mistake->submission(opened);
    preflight::LintOptions options;
    options.device = good_facts();
    if (mistake->facts) mistake->facts(options.device);
    return names(guard::decide(preflight::lint(opened, options), permissions, "rknpu").refusals,
                 id);
  };
  // Unsafe ones, one by one.
  EXPECT_TRUE(refused_with("KABI-L06", {}));
  EXPECT_TRUE(refused_with("KABI-L06", {.rules = {find_rule("KABI-L23-domain")}}));
  EXPECT_FALSE(refused_with("KABI-L06", {.rules = {find_rule("KABI-L06")}}));
  // Errors never.
  for (const char* id : {"KABI-L01", "KABI-L08", "KABI-L24"})
    EXPECT_TRUE(refused_with(id, {.rules = {find_rule(id)}, .power_cycle = true})) << id;
  // But where the specification says "unless forced".
  EXPECT_FALSE(refused_with("KABI-L27", {.rules = {find_rule("KABI-L27")}}));
  // A poisoned boot is none of these: only a log that cannot be read is.
  EXPECT_TRUE(refused_with("KABI-L28", {.rules = {find_rule("KABI-L28")}}));
}

TEST(Permissions, CoverALogThatCannotBeRead) {
  const auto decide_without_log = [](guard::Permissions permissions) {
    const FakeBoard own;
    auto log = std::make_shared<CallLog>();
    const Device device = rknpu_device(logged(own.port("rknpu"), log), {});
    const auto submission = guard::load_program(device, conv_program(one_record, 1), {}).value();
    const Opened opened = guard::as_opened(submission, log->events, "test", RegisterDb::builtin());
    preflight::LintOptions options;
    options.device = good_facts();
    options.device.poison_lines.reset();
    return guard::decide(preflight::lint(opened, options), permissions, "rknpu");
  };
  EXPECT_TRUE(names(decide_without_log({}).refusals, "KABI-L28"));
  const Decision allowed = decide_without_log({.rules = {preflight::find_rule("KABI-L28")}});
  EXPECT_TRUE(allowed.allowed()) << text_of(allowed.refusals);
  EXPECT_TRUE(names(allowed.overridden, "KABI-L28"));
}

}  // namespace
}  // namespace npuscope::testing
