// What the kernel says: that nothing went wrong, and, with the published trace patch, how each
// commit of a job programs the controller. Source: driver 0.9.8 rknpu_job.c; no real log of the
// patch is public.
#include <algorithm>
#include <array>
#include <bit>
#include <map>

#include "decoder/input/kernel_line.h"
#include "regdb/spelling.h"
#include "replay/verify/checks.h"

namespace npuscope {

namespace {

constexpr std::string_view no_log = "no line of the kernel log is in the input";
constexpr std::string_view no_trace =
    "the kernel log has no PC trace: it needs a driver with the trace patch";

// Texts of the driver that readers have no kind for. Source: rknpu_job.c, rknpu_reset.c.
constexpr std::array<std::string_view, 3> failure_texts{"failed to ", "Page fault", "timeout"};

bool tells_failure(const Event& event) {
  const std::string_view text = text_of(event, "text");
  return event.kind == "klog.other" &&
         std::any_of(failure_texts.begin(), failure_texts.end(), [text](std::string_view failure) {
           return text.find(failure) != std::string_view::npos;
         });
}

bool has_kernel_log(const Capture& capture) {
  return std::any_of(capture.events.begin(), capture.events.end(),
                     [](const Event& e) { return e.kind.starts_with("klog."); });
}

std::vector<const Event*> commits(const Capture& capture) {
  std::vector<const Event*> list;
  for (const Event& event : capture.events)
    if (event.kind == "klog.pc_commit_trace") list.push_back(&event);
  return list;
}

// The values of a line, as printed.
std::string printed(const Event& event) {
  std::string text;
  for (const auto& [key, value] : event.arguments)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", key, value);
  return text.empty() ? "the line" : text;
}

// The steps of one commit, in the order in which the driver prints them.
// An interrupt that the job waits for ends it; any other end is a failure of its own.
constexpr std::array<std::string_view, 5> steps{"klog.pc_commit_prelude", "klog.pc_commit_trace",
                                                "klog.pc_commit_regs", "klog.pc_commit_armed",
                                                "klog.valid_irq_trace"};

std::string step_name(std::size_t step) {
  return std::string(steps[step].substr(std::string_view("klog.").size()));
}

// The end of a job that went wrong.
bool ends_badly(const Event& event) {
  return event.kind == "klog.invalid_irq_pc_regs" || event.kind == "klog.timeout_pc_regs";
}

// The value of a register by the end of its name: the patch is not public in full.
std::optional<std::uint64_t> ending(const Event& event, std::string_view name) {
  for (const auto& [key, value] : event.arguments)
    if (lower_case(key).ends_with(name)) return event.number(key);
  return std::nullopt;
}

// What the first and the last task of the 1-core program say, from the table of the same input or
// from the model.
struct FirstSection {
  Task first, last;
  std::size_t count = 0;
  bool placed = false;  // record addresses are those of the device
};

std::optional<FirstSection> first_section(const Run& run) {
  if (run.set != nullptr && !run.set->tasks.empty()) {
    const Program* program = run.set->program_for(1);
    const std::size_t count = program == nullptr ? 0 : program->task_count();
    if (count > 0 && count <= run.set->tasks.size())
      return FirstSection{run.set->tasks.front().task, run.set->tasks[count - 1].task, count,
                          !run.set->relative};
  }
  if (run.model == nullptr || run.model->first_section == 0) return std::nullopt;
  const std::size_t count = run.model->first_section;
  if (count > run.model->tasks.size()) return std::nullopt;
  return FirstSection{run.model->tasks.front(), run.model->tasks[count - 1], count, false};
}

void check_commit(const Event& event, const std::optional<FirstSection>& section,
                  Verdict& verdict) {
  const auto expect = [&](std::string_view key, std::uint64_t wanted,
                          std::string_view remedy = {}) {
    const auto found = event.number(key);
    if (found)
      verdict.expect_hex(fmt::format("{} of the commit", key), wanted, *found, event.place, remedy);
  };
  expect("task_base_addr", 0, "the hardware adds it to every address");
  if (const auto address = event.number("first_regcmd");
      address && *address % record_alignment != 0)
    verdict.fail("first_regcmd of the commit", "a multiple of 64", fmt::format("{:#x}", *address),
                 event.place);
  const auto start = event.number("task_start"), count = event.number("task_number"),
             end = event.number("task_end");
  // Whether the end is the last task or the one behind it is not documented.
  if (start && count && end && *end != *start + *count && *end + 1 != *start + *count)
    verdict.fail("task_end of the commit", fmt::format("{} tasks from {}", *count, *start),
                 fmt::format("{}", *end), event.place);
  if (!section) return;
  expect("task_start", 0);
  expect("task_number", section->count,
         "the tasks of the 1-core program, of which the driver reads the first and the last");
  expect("first_amount", section->first.regcfg_amount);
  expect("first_enable", section->first.enable_mask);
  expect("first_int", section->first.int_mask);
  expect("last_int", section->last.int_mask);
  if (section->placed) expect("first_regcmd", section->first.regcmd_addr);
}

// The registers that the driver writes from the first task.
void check_registers(const Event& registers, const Event& commit, Verdict& verdict) {
  const auto amount = commit.number("first_amount"), address = commit.number("first_regcmd");
  const auto data_amount = ending(registers, "data_amount"),
             data_address = ending(registers, "data_addr");
  if (amount && data_amount && *amount < 0x10000)
    verdict.expect_hex("PC_DATA_AMOUNT of the commit, from first_amount",
                       link_amount(static_cast<std::uint32_t>(*amount)), *data_amount,
                       registers.place);
  if (address && data_address)
    verdict.expect_hex("PC_DATA_ADDR of the commit, from first_regcmd", *address & 0xffffffffU,
                       *data_address, registers.place);
}

}  // namespace

Verdict check_kernel_errors(const Run& run) {
  if (!has_kernel_log(run.capture())) return absent(no_log);
  Verdict verdict;
  std::size_t lines = 0;
  for (const Event& event : run.capture().events) {
    if (!event.kind.starts_with("klog.")) continue;
    if (lines++ == 0) verdict.place = event.place;
    const KernelLineKind* kind = kernel_line_kind(event.kind);
    if (kind != nullptr && kind->effect != KernelEffect::information)
      verdict.fail(std::string(kind->what), "none", printed(event), event.place);
    if (tells_failure(event))
      verdict.fail("the driver tells of a failure", "none", std::string(text_of(event, "text")),
                   event.place);
  }
  verdict.passed = fmt::format("{} lines of the driver, none about a failure", lines);
  return verdict;
}

Verdict check_commit_steps(const Run& run) {
  if (!has_kernel_log(run.capture())) return absent(no_log);
  Verdict verdict;
  std::size_t count = 0;
  Place last;
  std::map<std::uint64_t, std::size_t> next;  // by core
  for (const Event& event : run.capture().events) {
    const auto step = ends_badly(event)
                          ? steps.size() - 1
                          : static_cast<std::size_t>(
                                std::find(steps.begin(), steps.end(), event.kind) - steps.begin());
    if (step == steps.size()) continue;
    if (count == 0) verdict.place = event.place;
    std::size_t& expected = next[event.number("core").value_or(0)];
    if (step != expected)
      verdict.fail("step of a commit", step_name(expected), step_name(step), event.place,
                   "lines of the kernel log are missing");
    expected = (step + 1) % steps.size();
    count += step == 1 ? 1 : 0;
    last = event.place;
  }
  for (const auto& [core, expected] : next)
    if (expected != 0)
      verdict.fail(fmt::format("last step of core {}", core), step_name(expected),
                   "the end of the log", last, "lines of the kernel log are missing");
  return concluded(std::move(verdict), count,
                   count_of(count, "commit") + ": prelude, trace, registers, armed, interrupt",
                   skip(std::string(no_trace)));
}

Verdict check_commit_values(const Run& run) {
  if (!has_kernel_log(run.capture())) return absent(no_log);
  const std::vector<const Event*> list = commits(run.capture());
  const auto section = first_section(run);
  Verdict verdict;
  for (const Event* event : list) check_commit(*event, section, verdict);
  const Event* commit = nullptr;
  for (const Event& event : run.capture().events) {
    if (event.kind == "klog.pc_commit_trace") commit = &event;
    if (event.kind == "klog.pc_commit_regs" && commit != nullptr)
      check_registers(event, *commit, verdict);
  }
  if (!list.empty()) verdict.place = list.front()->place;
  return concluded(
      std::move(verdict), list.size(),
      section ? fmt::format("{} to the chain of {} of the 1-core program",
                            count_of(list.size(), "commit"), count_of(section->count, "task"))
              : fmt::format("{} commits are consistent; no model says how many tasks", list.size()),
      skip(std::string(no_trace)));
}

}  // namespace npuscope
