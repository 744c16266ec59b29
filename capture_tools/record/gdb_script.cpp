#include "capture_tools/record/gdb_script.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "capture_tools/record/gdb_calls.h"
#include "decoder/device_memory.h"
#include "decoder/input/gdb_line.h"
#include "replay/device/uabi/rknpu.h"

namespace npuscope::record {

namespace {

// gdb has no arrays that grow: the members in slot 3 are $npu_handle_3, $npu_size_3, ... Slots are
// used again, so that gdb need not look through all buffers that ever were; numbers are not.
constexpr std::array buffer_members{"number", "fd",   "handle",  "object", "cached",
                                    "offset", "size", "address", "length"};

std::string buffer_commands() {
  std::string load, store;
  for (const std::string_view name : buffer_members) {
    load += fmt::format("  eval \"set $npu_b_{0} = $npu_{0}_%d\", $npu_k\n", name);
    store += fmt::format("  eval \"set $npu_{0}_%d = $npu_b_{0}\", $npu_k\n", name);
  }
  const std::string release =
      print_line("RELEASE", {{"buffer", {"$npu_b_number"}}}) +
      "  set $npu_b_handle = 0\n  set $npu_b_object = 0\n  set $npu_b_offset = 0\n"
      "  set $npu_b_address = 0\n  npuscope_store\n";
  // $npu_k: the slot of the living buffer of $npu_fd with the handle $npu_wanted, or $npu_buffers;
  // $npu_free: one to put another into.
  const std::string find =
      "  set $npu_k = 0\n"
      "  set $npu_found = $npu_buffers\n"
      "  set $npu_free = $npu_buffers\n"
      "  while $npu_k < $npu_buffers\n"
      "    npuscope_load\n"
      "    if $npu_b_fd == $npu_fd && $npu_b_handle == $npu_wanted\n"
      "      set $npu_found = $npu_k\n"
      "    end\n"
      "    if $npu_b_handle == 0\n"
      "      set $npu_free = $npu_k\n"
      "    end\n"
      "    set $npu_k = $npu_k + 1\n"
      "  end\n"
      "  set $npu_k = $npu_found\n"
      "  if $npu_k < $npu_buffers\n"
      "    npuscope_load\n"
      "  end\n";
  const std::string made =
      print_line("BUFFER", {{"buffer", {"$npu_b_number"}},
                            {"fd", {"$npu_fd"}},
                            {"handle", {"$npu_b_handle"}},
                            {"flags", {member(4, 4)}},
                            {"size", {"$npu_b_size"}},
                            {"asked", {"$npu_asked_size"}},
                            {"object_address", {"$npu_b_object"}},
                            {"address", {member(offsetof(uabi::rknpu::MemCreate, dma_addr), 8)}},
                            {"imported", {"$npu_asked_handle != 0"}}});
  return define("load", load) + define("store", store) + define("find", find) +
         define("release", release) + define("print_buffer", made);
}

constexpr std::size_t data_words = 32;  // a line of contents

std::string content_commands(const RecordOptions& options) {
  std::vector<std::string> words;
  std::string any = "0";
  for (std::size_t i = 0; i < data_words; ++i) {
    words.push_back(fmt::format("$npu_words[{}]", i));
    any += fmt::format(" | $npu_words[{}]", i);
  }
  const GdbValues moment{
      {"buffer", {"$npu_b_number"}}, {"submit", {"$npu_submit"}}, {"complete", {"$npu_complete"}}};
  const std::string zeros =
      "  if $npu_at > $npu_zeros\n" +
      print_line("ZEROS",
                 joined(moment, {{"offset", {"$npu_zeros"}}, {"size", {"$npu_at - $npu_zeros"}}})) +
      "  end\n";
  constexpr std::size_t step = data_words * 8;
  const std::string dump = fmt::format(
      "  set $npu_at = (unsigned long)0\n"
      "  set $npu_zeros = (unsigned long)0\n"
      "  while $npu_at < $npu_b_length\n"
      "    set $npu_words = *(unsigned long (*)[{}])($npu_b_address + $npu_at)\n"
      "    if {}\n"
      "      npuscope_zeros\n{}"
      "      set $npu_zeros = $npu_at + {}\n"
      "    end\n"
      "    set $npu_at = $npu_at + {}\n"
      "  end\n"
      "  npuscope_zeros\n"
      "  set $npu_bytes = $npu_bytes + $npu_b_length\n",
      data_words, any,
      print_line("DATA", joined(moment, {{"offset", {"$npu_at"}}, {"words", words}})), step, step);
  std::string wanted = fmt::format("$npu_b_length <= {:#x}", options.most_buffer_bytes);
  if (!options.handles.empty()) {
    std::string any_handle = "0";
    for (const std::uint32_t handle : options.handles)
      any_handle += fmt::format(" || $npu_b_handle == {}", handle);
    wanted += fmt::format(" && ({})", any_handle);
  }
  const std::string take = fmt::format(
      "  if $npu_b_handle != 0 && $npu_b_address != 0 && {}\n    npuscope_dump\n  end\n", wanted);
  std::string taken = options.contents ? "1" : "0";
  if (!options.submits.empty()) {
    std::string any_submit = "0";
    for (const auto& [first, last] : options.submits)
      any_submit += fmt::format(" || ($npu_submit >= {} && $npu_submit <= {})", first, last);
    taken += fmt::format(" && ({})", any_submit);
  }
  taken += fmt::format(" && $npu_bytes < {:#x}", options.most_bytes);
  return define("zeros", zeros) + define("dump", dump) + define("take", take) +
         define("decide", fmt::format("  set $npu_taken = {}\n", taken));
}

// The registers of arguments and results, by the calling conventions of both.
struct Registers {
  std::array<std::string_view, 6> arguments;
  std::string_view result;
};
constexpr Registers x86_64_registers{{"$rdi", "$rsi", "$rdx", "$rcx", "$r8", "$r9"}, "$rax"};
constexpr Registers aarch64_registers{{"$x0", "$x1", "$x2", "$x3", "$x4", "$x5"}, "$x0"};

// Only the outer of two calls: libraries that are preloaded call the next one of the same name.
std::string unless_inside(std::string_view body) {
  return fmt::format(
      "  set $npu_thread = $_thread\n"
      "  eval \"set $npu_inside = $npu_inside_%d\", $npu_thread\n"
      "  if $_isvoid($npu_inside)\n"
      "    set $npu_inside = 0\n"
      "  end\n"
      "  if $npu_inside == 0\n{}"
      "    eval \"set $npu_inside_%d = 1\", $npu_thread\n"
      "  end\n",
      body);
}
constexpr std::string_view leave =
    "  set $npu_thread = $_thread\n  eval \"set $npu_inside_%d = 0\", $npu_thread\n";

// What a thread's call needs to know when it returns: $npu_arg_2 is that of thread 2.
constexpr std::array kept_for_return{"fd", "arg", "call", "submit", "asked_handle", "asked_size"};

std::string stop_commands(const Registers& registers) {
  std::string keep, bring_back;
  for (const std::string_view name : kept_for_return) {
    keep += fmt::format("  eval \"set $npu_{0}_of_%d = $npu_{0}\", $npu_thread\n", name);
    bring_back += fmt::format("  eval \"set $npu_{0} = $npu_{0}_of_%d\", $npu_thread\n", name);
  }
  const auto at_return = [](std::string_view then) {
    return fmt::format(
        "  up-silently\n"
        "  set $npu_return = (unsigned long)$pc\n"
        "  down-silently\n"
        "  eval \"tbreak *%#lx thread %d\", $npu_return, $npu_thread\n"
        "  commands\n"
        "    silent\n"
        "    {}\n"
        "    continue\n"
        "  end\n",
        then);
  };
  const std::string called = fmt::format(
      "  set $npu_fd = (unsigned int){0}\n"
      "  set $npu_call = (int)({1} & 0xff) + ((({1} >> 8) & 0xff) == 'r') * {3:#x}\n"
      "  set $npu_arg = (unsigned long){2}\n"
      "  eval \"npuscope_before_%d\", $npu_call\n{4}{5}",
      registers.arguments[0], registers.arguments[1], registers.arguments[2],
      uabi::rknpu::first_number, keep, at_return("npuscope_returned"));
  const std::string returned = fmt::format(
      "{}{}  set $npu_result = (int){}\n{}"
      "  if $npu_result >= 0\n"
      "    eval \"npuscope_after_%d\", $npu_call\n"
      "  end\n",
      leave, bring_back, registers.result,
      print_line("IOCTL_RET",
                 joined({{"call", {"$npu_call"}}, {"ret", {"$npu_result"}}}, who_calls())));
  const std::string mapping = fmt::format(
      "  eval \"set $npu_map_length_%d = (unsigned long){}\", $npu_thread\n"
      "  eval \"set $npu_map_offset_%d = (unsigned long){}\", $npu_thread\n{}",
      registers.arguments[1], registers.arguments[5], at_return("npuscope_mapped"));
  // The descriptor may be a duplicate: offsets tell buffers apart, whatever it is.
  // What is no address is an error number.
  const std::string mapped = fmt::format(
      "{0}  eval \"set $npu_map_length = $npu_map_length_%d\", $npu_thread\n"
      "  eval \"set $npu_map_offset = $npu_map_offset_%d\", $npu_thread\n"
      "  set $npu_map_address = (unsigned long){1}\n{2}"
      "  set $npu_k = 0\n"
      "  while $npu_k < $npu_buffers && $npu_map_address < (unsigned long)-4096\n"
      "    npuscope_load\n"
      "    if $npu_b_offset == $npu_map_offset && $npu_b_handle != 0\n"
      "      set $npu_b_address = $npu_map_address\n"
      "      set $npu_b_length = ($npu_map_length + {3}) & ~(unsigned long){3}\n"
      "      npuscope_store\n"
      "    end\n"
      "    set $npu_k = $npu_k + 1\n"
      "  end\n",
      leave, registers.result,
      print_line("MMAP", {{"length", {"$npu_map_length"}},
                          {"offset", {"$npu_map_offset"}},
                          {"addr", {"$npu_map_address"}},
                          {"thread", {"$npu_thread"}}}),
      page_bytes - 1);
  const std::string unmapping = fmt::format(
      "  set $npu_map_address = (unsigned long){}\n"
      "  set $npu_map_length = (unsigned long){}\n"
      "  set $npu_k = 0\n"
      "  while $npu_k < $npu_buffers\n"
      "    npuscope_load\n"
      "    if $npu_b_address < $npu_map_address + $npu_map_length && $npu_map_address < "
      "$npu_b_address + $npu_b_length\n{}"
      "      set $npu_b_address = (unsigned long)0\n"
      "      npuscope_store\n"
      "    end\n"
      "    set $npu_k = $npu_k + 1\n"
      "  end\n",
      registers.arguments[0], registers.arguments[1],
      print_line("MUNMAP", {{"addr", {"$npu_map_address"}}, {"length", {"$npu_map_length"}}}));
  return define("called", unless_inside(called)) + define("returned", returned) +
         define("mapping", unless_inside(mapping)) + define("mapped", mapped) +
         define("unmapping", unmapping);
}

std::string breakpoint(std::string_view where, std::string_view condition, std::string_view then) {
  return fmt::format(
      "break -qualified {} if {}\ncommands\n  silent\n  npuscope_{}\n  continue\nend\n\n", where,
      condition, then);
}

std::string breakpoints(const Registers& registers) {
  // Type 'd' on DRM nodes, where the driver's own numbers begin at 0x40; 'r' on /dev/rknpu.
  std::string known = "0", on_misc_node = "0";
  for (const GdbCall& call : gdb_calls()) {
    known += fmt::format(" || ({} & 0xff) == {}", registers.arguments[1], call.number);
    if (call.number >= uabi::rknpu::first_number)
      on_misc_node += fmt::format(" || ({} & 0xffff) == {:#x}", registers.arguments[1],
                                  'r' << 8 | (call.number - uabi::rknpu::first_number));
  }
  // Buffers of DRM drivers are mapped at offsets from 4 GiB on (drm_vma_manager.h).
  return breakpoint("ioctl",
                    fmt::format("((({} >> 8) & 0xff) == 'd' && ({})) || {}", registers.arguments[1],
                                known, on_misc_node),
                    "called") +
         breakpoint("mmap", fmt::format("(unsigned long){} >= 0x100000000", registers.arguments[5]),
                    "mapping") +
         breakpoint("munmap", "$npu_buffers > 0", "unmapping");
}

// gdb goes on with the parent and lets the child run freely.
std::string child_catches() {
  std::string text = define("forked", print_line("FORK", {{"thread", {"$_thread"}}}));
  for (const char* const call : {"fork", "vfork"})
    text +=
        fmt::format("catch {}\ncommands\n  silent\n  npuscope_forked\n  continue\nend\n\n", call);
  return text;
}

constexpr std::string_view settings = R"(set pagination off
set width 0
set height 0
set confirm off
set language c
set breakpoint pending on
handle all nostop noprint pass
)";

}  // namespace

std::string gdb_script(GdbMachine machine, const RecordOptions& options) {
  const Registers& registers = machine == GdbMachine::x86_64 ? x86_64_registers : aarch64_registers;
  const std::string_view name = machine == GdbMachine::x86_64 ? "x86_64" : "aarch64";
  std::string calls;
  for (const GdbCall& call : gdb_calls()) calls += commands_of(call);
  return fmt::format(
             "# Written by npuscope record --gdb, for {0} and the driver rknpu.\n"
             "#   gdb --batch -x THIS --args CMD ARGUMENTS... > run.log\n"
             "#   gdb --batch -p PID -x THIS > run.log             (of a program that runs "
             "already)\n"
             "# npuscope reads run.log, whatever else stands in it.\n\n{1}\n"
             "set $npu_factor = (unsigned long){2:#x}\n"
             "set $npu_line = (unsigned long)0\n"
             "set $npu_buffers = 0\n"
             "set $npu_made = 0\n"
             "set $npu_submits = 0\n"
             "set $npu_submit = 0\n"
             "set $npu_returned = -1\n"
             "set $npu_asked_handle = 0\n"
             "set $npu_asked_size = 0\n"
             "set $npu_bytes = (unsigned long)0\n\n",
             name, settings, gdb_check_factor) +
         buffer_commands() + content_commands(options) + calls + stop_commands(registers) +
         print_line("BEGIN", {{"version", {"1"}}, {"attached", {"$_thread != 0"}}}) +
         breakpoints(registers) + child_catches() +
         "if $_thread == 0\n  run\nelse\n  continue\nend\n" +
         print_line("END", {{"killed", {"$_isvoid($_exitcode)"}}});
}

}  // namespace npuscope::record
