// Debug lines of the vendor's runtime (librknnrt) and of the test programs that called it: where
// its memory lies, how large its tables are, which model and shape it ran. A file's name lies;
// these lines do not.

#include <re2/re2.h>
#include <re2/set.h>

#include <array>
#include <memory>

#include "decoder/input/text_formats.h"

namespace npuscope {

namespace {

BufferRole role_of(std::string_view name) {
  if (name == "task") return BufferRole::task_table;
  if (name == "regcmd") return BufferRole::commands;
  if (name == "weight") return BufferRole::constants;
  if (name == "internal") return BufferRole::internal;
  if (name == "input") return BufferRole::input;
  if (name == "output") return BufferRole::output;
  return BufferRole::unknown;
}

// The object's number may have come first (a dump) or may come only now.
Buffer& buffer_of(TextContext& context, const Arguments& values, std::uint32_t handle) {
  const auto gem = whole_number32(argument(values, "gem name"));
  if (gem && context.builder.find_gem(*gem)) {
    Buffer& buffer = context.builder.select_gem(*gem);
    buffer.object_address = whole_number(argument(values, "obj addr"));
    buffer.handle = handle;
    return buffer;
  }
  const auto object = whole_number(argument(values, "obj addr"));
  Buffer& buffer = context.builder.select_object(object.value_or(handle), handle);
  if (!object) buffer.object_address.reset();
  if (gem && *gem != 0) context.builder.number_buffer(buffer, *gem);
  return buffer;
}

struct FactPattern {
  const char* pattern;              // as many groups as keys
  std::array<const char*, 3> keys;  // nullptr: none
};

constexpr std::array fact_patterns{
    FactPattern{R"(^TEST: (.+))", {"test.name", nullptr, nullptr}},
    FactPattern{R"(regcmdbuffer size: (\d+), taskbuffer size: (\d+))",
                {"regcmdbuffer.size", "taskbuffer.size", nullptr}},
    FactPattern{R"(librknnrt version: ([^ ]+))", {"runtime.version", nullptr, nullptr}},
    FactPattern{R"(RKNN Driver Information, version: ([^ ,]+))",
                {"driver.version", nullptr, nullptr}},
    FactPattern{R"(RKNN Model Information, version: (\d+), toolkit version: ([^ (,]+))",
                {"model.version", "toolkit.version", nullptr}},
    FactPattern{R"(compiler version: ([^ ,)]+).*target platform: ([^ ,]+))",
                {"compiler.version", "model.platform", nullptr}},
    FactPattern{R"(drm name is (\S+) - (\d+))", {"driver.name", "driver.date", nullptr}},
    FactPattern{R"(^\s*Weight shape: (\(.*\)))", {"weight.shape", nullptr, nullptr}},
    FactPattern{R"(^\s*Output shape: (\S+))", {"output.shape", nullptr, nullptr}},
    FactPattern{R"(^\s*Native input dims: ([\d ]+\d))", {"native.input.dims", nullptr, nullptr}},
    FactPattern{R"(^\s*Native output dims: ([\d ]+\d))", {"native.output.dims", nullptr, nullptr}},
    FactPattern{R"(^\s*Native input type: (\S+), format: (\S+))",
                {"native.input.type", "native.input.format", nullptr}},
    FactPattern{R"(^\s*Native output type: (\S+), format: (\S+))",
                {"native.output.type", "native.output.format", nullptr}},
    FactPattern{R"(^Input\[0\] dims=(\S+) size=(\d+) type=(\d+))",
                {"input.dims", "input.size", "input.type"}},
    FactPattern{R"(^Output\[0\] dims=(\S+) size=(\d+) type=(\d+))",
                {"output.dims", "output.size", "output.type"}},
    FactPattern{R"(Total Internal Memory Size: (\S+))", {"internal.memory", nullptr, nullptr}},
    FactPattern{R"(Total Weight Memory Size: (\S+))", {"weight.memory", nullptr, nullptr}},
};

RE2::Options quiet_latin1() {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  return options;
}

// All patterns in one automaton, so that a line of noise is looked at once.
class FactTable {
 public:
  FactTable() : set_(quiet_latin1(), RE2::UNANCHORED) {
    for (const FactPattern& entry : fact_patterns) {
      set_.Add(entry.pattern, nullptr);
      patterns_.push_back(std::make_unique<RE2>(entry.pattern, quiet_latin1()));
    }
    set_.Compile();
  }
  bool read(TextContext& context, std::string_view line) const {
    std::vector<int> matches;
    if (!set_.Match(re2::StringPiece(line.data(), line.size()), &matches)) return false;
    for (const int index : matches) read_one(context, line, static_cast<std::size_t>(index));
    return true;
  }

 private:
  void read_one(TextContext& context, std::string_view line, std::size_t index) const {
    std::array<re2::StringPiece, 4> groups;
    const int count = patterns_[index]->NumberOfCapturingGroups();
    if (!patterns_[index]->Match(re2::StringPiece(line.data(), line.size()), 0, line.size(),
                                 RE2::UNANCHORED, groups.data(), count + 1)) {
      return;
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      const auto& group = groups[i + 1];
      context.fact(fact_patterns[index].keys[i], trimmed({group.data(), group.size()}));
    }
  }
  RE2::Set set_;
  std::vector<std::unique_ptr<RE2>> patterns_;
};

// "1   Conv  input  FLOAT16  NC1HWC2  (1,64,56,56)  (1,32,56,56,8) | 0xffe72000 0xffed4000 0x62000"
// A star instead of the blank marks the end of an area that was reused.
bool read_tensor_row(TextContext& context, std::string_view line) {
  static const RE2 row(
      R"(\] \d+\s+(\S+)\s+(\S+)\s+([A-Z]+\d+)\s+(?:(\S+)\s+)?(\([\d,]*\))\s+(?:(\([\d,]*\))\s+)?\| (0x[[:xdigit:]]+)[ *]+(0x[[:xdigit:]]+) (0x[[:xdigit:]]+))",
      quiet_latin1());
  if (line.find(" | 0x") == std::string_view::npos) return false;
  std::array<std::string, 9> v;
  if (!RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), row, v.data(), &v[1], &v[2],
                         &v[3], &v[4], &v[5], &v[6], &v[7], &v[8])) {
    return false;
  }
  const bool constant = v[5].empty();
  context.fact((constant ? "constant." : "tensor.") + v[1] + ".shape", v[4]);
  context.event(constant ? "constant" : "tensor", {{"user", v[0]},
                                                   {"name", v[1]},
                                                   {"type", v[2]},
                                                   {"format", v[3]},
                                                   {"shape", v[4]},
                                                   {"native_shape", v[5]},
                                                   {"start", v[6]},
                                                   {"end", v[7]},
                                                   {"size", v[8]}});
  return true;
}

}  // namespace

bool read_runtime_allocation(TextContext& context, std::string_view line) {
  const std::size_t at = line.find(" memory, name: ");
  if (at == std::string_view::npos) return false;
  const std::string_view before = line.substr(0, at);
  const bool allocated = before.ends_with("allocated");
  if (!allocated && !before.ends_with("free")) return false;
  Arguments values = comma_values(line.substr(at + std::string_view(" memory,").size()));
  const auto handle = whole_number32(argument(values, "handle"));
  if (!handle) {
    context.complain("a memory line of the runtime is torn: no handle");
    return true;
  }
  if (!allocated) {
    context.freed[*handle] = true;
    context.event("RUNTIME_FREE", std::move(values));
    return true;
  }
  // The same handle again, after it was freed and something was submitted: another run.
  if (context.freed[*handle] && !context.builder.capture().submits.empty()) context.new_run();
  Buffer& buffer = buffer_of(context, values, *handle);
  buffer.device_address = whole_number(argument(values, "dma addr"));
  buffer.address_source = "runtime: allocated memory";
  buffer.flags = whole_number32(argument(values, "flags"));
  buffer.exact_size = whole_number(argument(values, "size")).value_or(0);
  buffer.size = std::max(buffer.size, whole_number(argument(values, "aligned size")).value_or(0));
  buffer.role = role_of(argument(values, "name"));
  buffer.role_reason = "the runtime calls it \"" + std::string(argument(values, "name")) + "\"";
  buffer.place = context.place;
  context.event("RUNTIME_ALLOCATE", std::move(values));
  return true;
}

bool read_runtime_fact(TextContext& context, std::string_view line) {
  static const FactTable table;
  if (line.starts_with("TEST: ") && line.size() > 6) context.new_run();
  if (read_tensor_row(context, line)) return true;
  return table.read(context, line);
}

}  // namespace npuscope
