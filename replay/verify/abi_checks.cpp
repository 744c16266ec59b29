// The ioctls themselves: their words and sizes, their answers, and whether the log lost any.
#include <algorithm>
#include <array>
#include <map>

#include "replay/verify/checks.h"

namespace npuscope {

namespace {

// Sizes of the structs by number of the ioctl. Source: rknpu_ioctl.h; older MEM_CREATE structs have
// 40 or 32 bytes, and the kernel takes the number, not the whole word.
struct CallWord {
  std::uint64_t number;
  std::string_view name;
  std::array<std::uint64_t, 3> sizes;
};
constexpr std::array call_words{
    CallWord{0x40, "ACTION", {8}},
    CallWord{0x41, "SUBMIT", {104}},
    CallWord{0x42, "MEM_CREATE", {48, 40, 32}},
    CallWord{0x43, "MEM_MAP", {16}},
    CallWord{0x44, "MEM_DESTROY", {16}},
    CallWord{0x45, "MEM_SYNC", {32}},
};

constexpr std::uint64_t submit_word = 0xc0686441, submit_bytes = 104;

// Whether it is a call of the driver.
bool check_traced_call(const Event& event, Verdict& verdict) {
  const auto type = event.number("type"), number = event.number("nr"), size = event.number("size");
  if (!type || !number || !size || *type != 'd') return false;
  for (const CallWord& word : call_words) {
    if (word.number != *number) continue;
    if (std::find(word.sizes.begin(), word.sizes.end(), *size) == word.sizes.end())
      verdict.fail(fmt::format("size of the {} struct", word.name),
                   fmt::format("{} bytes", word.sizes[0]), fmt::format("{} bytes", *size),
                   event.place, "another version of the driver's header?");
    return true;
  }
  return false;
}

// Flags of ACTION whose answer librknnrt ignores: POWER_ON and POWER_OFF are not implemented in
// driver 0.9.8 and fail in every public log.
bool fails_always(std::uint64_t action) {
  return action == 20 || action == 21;
}

// A return line says again which call it is of.
void check_repeated(const Call& call, Verdict& verdict) {
  if (call.returned == nullptr) return;
  const auto said = call.number("flags"), again = call.returned->number("flags");
  if (said && again)
    verdict.expect_hex(fmt::format("flags in the return line of {}", call.kind), *said, *again,
                       call.returned->place, "lines of the log are in another order");
}

}  // namespace

Verdict check_call_words(const Run& run) {
  Verdict verdict;
  std::size_t looked_at = 0;
  for (const Event& event : run.capture().events) {
    if (event.kind == "strace.ioctl" && check_traced_call(event, verdict) && looked_at++ == 0)
      verdict.place = event.place;
    const auto word = event.number("cmd"), size = event.number("size");
    if (event.kind != "SUBMIT" || !word || !size) continue;
    if (looked_at++ == 0) verdict.place = event.place;
    verdict.expect_hex("word of the SUBMIT ioctl", submit_word, *word, event.place,
                       "a DMA-heap build of the driver has type 'r' instead of 'd'");
    verdict.expect("bytes of the SUBMIT struct", submit_bytes, *size, event.place);
  }
  return concluded(std::move(verdict), looked_at,
                   count_of(looked_at, "word") + " with struct sizes, those of the driver",
                   absent("no words of ioctls are logged"));
}

Verdict check_return_codes(const Run& run) {
  Verdict verdict;
  std::size_t answered = 0, refused = 0;
  for (const Call& call : run.calls) {
    if (call.returned == nullptr) continue;
    const auto code = call.returned->number("ret");
    if (!code) continue;
    ++answered;
    const bool refusal = call.kind == "ACTION" && fails_always(call.number("flags").value_or(0));
    refused += refusal ? 1 : 0;
    const std::int64_t expected = refusal ? -1 : 0;
    const std::string name = call.kind == "ACTION"
                                 ? fmt::format("ACTION {}", call.number("flags").value_or(0))
                                 : std::string(call.kind);
    verdict.expect(fmt::format("return code of {}", name), expected,
                   static_cast<std::int64_t>(*code), call.returned->place,
                   refusal ? "driver 0.9.8 refuses it in every public log" : "see the kernel log");
  }
  return concluded(
      std::move(verdict), answered,
      fmt::format("{} calls returned 0, {} power actions -1", answered - refused, refused),
      run.calls.empty() ? absent(no_calls) : skip("return codes are not logged"));
}

Verdict check_call_numbers(const Run& run) {
  Verdict verdict;
  std::uint64_t next = 1;
  std::size_t returns = 0;
  for (const Event& event : run.capture().events) {
    if (event.kind != "IOCTL_RET") continue;
    ++returns;
    const auto number = event.number("call");
    if (!number) continue;
    verdict.expect("number of the call that returned", next, *number, event.place,
                   "lines of the log are missing or in another order");
    next = *number + 1;
  }
  if (returns > 0)
    for (const Call& call : run.calls) {
      check_repeated(call, verdict);
      const bool is_ioctl = call.kind != "MMAP" && call.kind != "MUNMAP" && call.kind != "CLOSE";
      if (is_ioctl && call.returned == nullptr)
        verdict.fail(fmt::format("{} has no return line", call.kind), "IOCTL_RET", "none",
                     call.place(), "lines of the log are missing");
    }
  return concluded(std::move(verdict), returns,
                   fmt::format("{} calls, each with its return, numbered in order", returns),
                   run.calls.empty() ? absent(no_calls) : skip("return lines are not logged"));
}

Verdict check_torn_lines(const Run& run) {
  Verdict verdict;
  std::string torn;
  for (const Diagnostic& diagnostic : run.capture().diagnostics) {
    if (diagnostic.text.find("(torn output)") != std::string::npos) {
      torn += fmt::format("{}{}", torn.empty() ? "" : ", ", diagnostic.place.at);
      verdict.place = diagnostic.place;
    } else if (diagnostic.text.find(" torn") != std::string::npos) {
      verdict.fail("a line is torn and could not be put together", "a whole line", diagnostic.text,
                   diagnostic.place, "capture again");
    }
  }
  const bool is_log = !run.calls.empty() || !run.announced.empty();
  return concluded(
      std::move(verdict), is_log ? 1 : 0,
      torn.empty() ? "no line is torn"
                   : fmt::format("line {}: a record inside another line was put together", torn),
      absent("the input is no log of a run"));
}

}  // namespace npuscope
