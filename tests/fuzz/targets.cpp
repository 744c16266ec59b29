#include "tests/fuzz/targets.h"

#include <algorithm>
#include <array>

namespace npuscope::fuzz {

namespace {

constexpr auto targets = std::to_array<NamedTarget>({
    {"archive", fuzz_archive},
    {"assembler", fuzz_assembler},
    {"bundle", fuzz_bundle},
    {"compare", fuzz_compare},
    {"corpus_store", fuzz_corpus_store},
    {"decoded_json", fuzz_decoded_json},
    {"emit_reader", fuzz_emit_reader},
    {"gdb_log", fuzz_gdb_log},
    {"kernel_log", fuzz_kernel_log},
    {"ledger", fuzz_ledger},
    {"npy", fuzz_npy},
    {"programs", fuzz_programs},
    {"query", fuzz_query},
    {"raw_gem", fuzz_raw_gem},
    {"registers_xml", fuzz_registers_xml},
    {"rknn", fuzz_rknn},
    {"semantics_xml", fuzz_semantics_xml},
    {"shape_name", fuzz_shape_name},
    {"snapshot", fuzz_snapshot},
    {"text", fuzz_text},
    {"verify", fuzz_verify},
});

}  // namespace

std::span<const NamedTarget> all_targets() {
  return targets;
}

FuzzTarget target_named(std::string_view name) {
  const auto* found = std::find_if(targets.begin(), targets.end(),
                                   [&](const NamedTarget& t) { return t.name == name; });
  return found == targets.end() ? nullptr : found->run;
}

}  // namespace npuscope::fuzz
