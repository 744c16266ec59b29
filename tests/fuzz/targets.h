// One function per reader and parser that meets bytes from strangers. libFuzzer calls them with
// mutated inputs, replay_fuzz_inputs with the kept ones of testdata/fuzz/<name>/.
//
//   if (FuzzTarget run = target_named("text")) run(bytes);
//
// A function returns when the input was read or refused; a broken promise aborts, so that a
// sanitizer build and a plain one both notice. An input belongs to one target: what the bytes mean
// stands at the head of its file.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace npuscope::fuzz {

using FuzzTarget = void (*)(std::span<const std::byte>);

struct NamedTarget {
  std::string_view name;
  FuzzTarget run;
};

[[nodiscard]] std::span<const NamedTarget> all_targets();
[[nodiscard]] FuzzTarget target_named(std::string_view name);  // nullptr: there is none

void fuzz_archive(std::span<const std::byte> bytes);
void fuzz_assembler(std::span<const std::byte> bytes);
void fuzz_bundle(std::span<const std::byte> bytes);
void fuzz_compare(std::span<const std::byte> bytes);
void fuzz_corpus_store(std::span<const std::byte> bytes);
void fuzz_decoded_json(std::span<const std::byte> bytes);
void fuzz_emit_reader(std::span<const std::byte> bytes);
void fuzz_gdb_log(std::span<const std::byte> bytes);
void fuzz_kernel_log(std::span<const std::byte> bytes);
void fuzz_ledger(std::span<const std::byte> bytes);
void fuzz_npy(std::span<const std::byte> bytes);
void fuzz_programs(std::span<const std::byte> bytes);
void fuzz_query(std::span<const std::byte> bytes);
void fuzz_raw_gem(std::span<const std::byte> bytes);
void fuzz_registers_xml(std::span<const std::byte> bytes);
void fuzz_rknn(std::span<const std::byte> bytes);
void fuzz_semantics_xml(std::span<const std::byte> bytes);
void fuzz_shape_name(std::span<const std::byte> bytes);
void fuzz_snapshot(std::span<const std::byte> bytes);
void fuzz_text(std::span<const std::byte> bytes);
void fuzz_verify(std::span<const std::byte> bytes);

}  // namespace npuscope::fuzz
