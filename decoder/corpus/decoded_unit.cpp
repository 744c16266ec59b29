#include "decoder/corpus/decoded_unit.h"

#include <fmt/format.h>

#include <bit>
#include <exception>
#include <filesystem>

#include "decoder/bundle/blob_name.h"
#include "decoder/corpus/evidence_program.h"
#include "decoder/emit/walk.h"
#include "decoder/input/read_input.h"

namespace npuscope::corpus {

namespace {

constexpr std::uint16_t pc_base_address = 0x0010;

// Of several files the names count too: they say which dump is which.
std::string hash_of(const Unit& unit, const std::vector<FileBytes>& files) {
  if (files.size() == 1 && unit.path == unit.files.front().path)
    return blob_name(files.front().bytes);
  std::string list;
  for (const FileBytes& file : files)
    list += fmt::format("{}\n{}\n", file.name.substr(unit.path.size()), blob_name(file.bytes));
  return blob_name(std::as_bytes(std::span(list)));
}

}  // namespace

UnitDecoder::UnitDecoder(const RegisterDb& db, DecodeLimits limits)
    : db_(&db), limits_(std::move(limits)), offsets_(std::size_t{1} << 16U) {
  for (const Register& reg : db.registers())
    if (reg.block)
      offsets_[reg.offset] = {target_of(*reg.block), reg.role != AddressRole::none,
                              reg.unowned_bits()};
  offsets_[pc_base_address].is_address = true;
}

DecodedUnit UnitDecoder::decode(const Unit& unit,
                                const std::function<bool(const std::string& hash)>& has) const {
  DecodedUnit result;
  result.unit = unit;
  std::vector<FileBytes> files;
  for (const UnitFile& file : unit.files) {
    // It was one when it was found; whoever opens a pipe may wait for ever.
    std::error_code ignored;
    if (std::filesystem::exists(file.path, ignored) &&
        !std::filesystem::is_regular_file(file.path, ignored)) {
      result.problem = "not a regular file any more";
      return result;
    }
    auto bytes = load_plain_file(file.path, limits_.load.file_bytes);
    if (!bytes) {
      result.problem = bytes.error().text();
      return result;
    }
    result.bytes += bytes->bytes.size();
    files.push_back(std::move(*bytes));
  }
  result.hash = hash_of(unit, files);
  result.known = has(result.hash);
  if (result.known) return result;
  // Libraries of ours report by values, but memory can run out.
  try {
    auto captures = unit.bundle ? read_input(unit.path)
                                : read_loaded(std::move(files), unit.path, limits_.load);
    if (!captures) {
      result.problem = captures.error().what;
      return result;
    }
    for (Capture& capture : *captures) result.captures.push_back(describe(std::move(capture)));
  } catch (const std::exception& error) {
    result.captures.clear();
    result.problem = error.what();
  }
  return result;
}

DecodedCapture UnitDecoder::describe(Capture capture) const {
  DecodedCapture decoded{open_capture(std::move(capture), *db_), {}, {}, {}};
  if (decoded.opened.capture.evidence) attach_evidence(decoded.opened);
  for (std::size_t set = 0; set < decoded.opened.sets.size(); ++set) {
    decoded.layers.push_back(layers_of(decoded.opened, set, limits_.geometry));
    add_digests(decoded, set);
    add_unknowns(decoded, set);
  }
  return decoded;
}

void UnitDecoder::add_digests(DecodedCapture& decoded, std::size_t set_number) const {
  const ProgramSet& set = decoded.opened.sets[set_number];
  for (const Program& program : set.programs) {
    std::vector<std::uint64_t> words, form;
    for (const Lane& lane : program.lanes)
      for (std::size_t task = lane.first; task < lane.first + lane.count; ++task)
        if (const Record* record = set.record_of(task))
          record->for_each_word([&](std::size_t, Word word) {
            words.push_back(word.raw);
            const bool moves = offsets_[word.offset()].is_address;
            form.push_back(moves ? Word::make(word.target(), word.offset(), 0).raw : word.raw);
          });
    ProgramDigest& digest =
        decoded.digests.emplace_back(ProgramDigest{set_number, program.cores, {}, {}});
    if (words.empty()) continue;  // not captured: nothing to compare
    digest.words = blob_name(std::as_bytes(std::span(words)));
    digest.form = blob_name(std::as_bytes(std::span(form)));
  }
}

void UnitDecoder::add_unknowns(DecodedCapture& decoded, std::size_t set_number) const {
  const ProgramSet& set = decoded.opened.sets[set_number];
  for (std::size_t number = 0; number < set.records.size(); ++number)
    set.records[number].for_each_word([&](std::size_t at, Word word) {
      const OffsetFacts& facts = offsets_[word.offset()];
      const bool known = word.target() == facts.target && facts.target != 0;
      if (known && (word.value() & facts.unowned) == 0) return;
      if (!known && (word.raw == 0 || is_marker(word) || is_operation_enable(word))) return;
      decoded.unknowns.push_back(
          {set_number, number, at, word, known ? word.value() & facts.unowned : 0});
    });
  for_each_stray_word(decoded.opened.capture, set, [&](std::uint64_t at, Word word) {
    decoded.unknowns.push_back({set_number, no_index, at, word, 0});
  });
}

}  // namespace npuscope::corpus
