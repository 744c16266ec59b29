#include "tests/fuzz/consume.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "decoder/emit/emit_format.h"
#include "decoder/emit/emit_reader.h"
#include "decoder/emit/json_format.h"
#include "decoder/emit/writers.h"
#include "decoder/open.h"
#include "decoder/program/coverage.h"
#include "regdb/describe.h"
#include "regdb/lookup.h"
#include "replay/preflight/lint.h"
#include "replay/preflight/rules.h"

namespace npuscope::fuzz {

namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{4} << 20U;

void check_pieces(const Capture& capture) {
  for (const Buffer& buffer : capture.buffers) {
    std::uint64_t end = 0;
    bool first = true;
    for (const Piece& piece : buffer.pieces) {
      require(!piece.bytes.empty(), "a piece has bytes");
      require(first || piece.offset > end, "pieces are ascending, disjoint and not adjacent");
      end = piece.end();
      first = false;
    }
    require(end <= buffer.size, "pieces lie inside their buffer");
  }
}

void check_coverage(const Capture& capture, const std::vector<ProgramSet>& sets) {
  const Coverage coverage = cover(capture, sets);
  require(coverage.buffers.size() == capture.buffers.size(), "every buffer is covered");
  for (std::size_t i = 0; i < capture.buffers.size(); ++i) {
    std::uint64_t end = 0;
    for (const Range& range : coverage.buffers[i]) {
      require(range.offset == end && range.size > 0, "ranges follow each other without gap");
      end = range.offset + range.size;
    }
    require(end == capture.buffers[i].size, "ranges reach the end of the buffer");
  }
}

// All output of one format, up to a size that no fuzzed input needs.
std::string written(OutputFormat format, const std::vector<Opened>& opened,
                    const Selection& selection) {
  std::string text;
  Sink sink([&](std::string_view block) {
    text += block;
    return text.size() < (std::size_t{32} << 20U);
  });
  write_decode(format, opened, RegisterDb::builtin(), selection, sink);
  static_cast<void>(sink.flush());
  return text;
}

template <typename Visit>
void for_each_line(std::string_view text, Visit&& visit) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    visit(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

std::size_t check_emit(std::string_view text) {
  static const EmitFormat format(RegisterDb::builtin());
  const EmitReader reader(format);
  std::size_t words = 0;
  for_each_line(text, [&](std::string_view line) {
    if (line.empty() || line.front() == '#' || line.front() == '.') return;
    EmitLine read;
    require(reader.read(line, EmitCheck::verified, read), "every line of words reads back");
    require(read.has_word && read.has_address, "a written line has address and word");
    require(read.agreement == Agreement::agrees || read.agreement == Agreement::unchecked,
            "names agree with the word they were written from");
    ++words;
  });
  return words;
}

std::size_t words_of_json(std::string_view text) {
  std::size_t words = 0;
  for_each_line(text, [&](std::string_view line) {
    require(line.starts_with('{') && line.ends_with('}'), "a JSON line is an object");
    words += line.find("\"word\":\"0x") != std::string_view::npos;
  });
  return words;
}

}  // namespace

void require(bool holds, const char* promise) {
  if (holds) return;
  static_cast<void>(std::fprintf(stderr, "broken promise: %s\n", promise));
  std::abort();
}

FileBytes in_memory(std::span<const std::byte> bytes, std::string name) {
  std::shared_ptr<std::byte[]> owner(new std::byte[bytes.size()]);
  if (!bytes.empty()) std::memcpy(owner.get(), bytes.data(), bytes.size());
  const std::byte* first = owner.get();
  return {std::move(name), std::shared_ptr<const void>(owner, first), {first, bytes.size()}};
}

void consume(Capture capture, const Selection& selection) {
  check_pieces(capture);
  std::uint64_t known = 0;
  for (const Buffer& buffer : capture.buffers) known += buffer.known_bytes();
  if (known > most_bytes) return;
  std::vector<Opened> opened;
  opened.push_back(open_capture(std::move(capture), RegisterDb::builtin()));
  check_coverage(opened[0].capture, opened[0].sets);
  const std::string emit = written(OutputFormat::emit, opened, selection);
  const std::string json = written(OutputFormat::jsonl, opened, selection);
  require(check_emit(emit) == words_of_json(json), "EMIT text and JSON lines show the same words");
  static_cast<void>(written(OutputFormat::table, opened, selection));
  static_cast<void>(written(OutputFormat::c, opened, selection));
  const preflight::LintReport report = preflight::lint(opened[0], {});
  require(report.outcomes.size() == preflight::all_rules().size(), "every rule has an outcome");
}

void consume(const RegisterDb& db) {
  const EmitFormat emit(db);
  const JsonFormat json(db);
  const EmitReader reader(emit);
  const std::unique_ptr<char[]> line(new char[emit.max_line()]);
  const std::unique_ptr<char[]> json_line(new char[json.max_line()]);
  const std::string prefix(128, ' ');
  for (const Register& reg : db.registers()) {
    require(db.at(reg.offset) == &reg, "a register is found at its offset");
    require(db.named(reg.full_name) != nullptr, "a register is found by its name");
    for (const std::uint32_t value : {0U, 1U, 0x12345678U, 0x80000000U, 0xffffffffU}) {
      std::uint16_t target = reg.block ? target_of(*reg.block) : target_marker;
      if (reg.offset == offset_operation_enable) target = target_operation_enable;
      const Word word = Word::make(target, reg.offset, value);
      const char* end = emit.write_line(line.get(), ~std::uint64_t{0}, word);
      const std::string_view text(line.get(), static_cast<std::size_t>(end - line.get() - 1));
      EmitLine read;
      require(reader.read(text, EmitCheck::verified, read) && read.word == word,
              "a line gives back its word");
      require(json.write_line(json_line.get(), prefix, ~std::size_t{0}, ~std::uint64_t{0}, word) <=
                  json_line.get() + json.max_line(),
              "a JSON line fits into max_line()");
      for (const FieldReading& reading : describe(reg, value).fields)
        static_cast<void>(text_of(reading));
    }
    static_cast<void>(reader.from_names("EMIT(REG_" + reg.full_name + ", 0x1);"));
  }
  if (!db.registers().empty())
    static_cast<void>(look_up(db, db.registers().front().full_name + "x"));
}

}  // namespace npuscope::fuzz
