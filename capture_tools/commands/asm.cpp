#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "capture_tools/commands/verbs.h"
#include "decoder/emit/assembler.h"

namespace npuscope::cli {

namespace {

constexpr std::size_t longest_line = std::size_t{1} << 16U;

void add_options(po::options_description& options) {
  options.add_options()  //
      ("fill-absent", po::value<std::string>()->default_value("", ""),
       "`zero`: words that the text lacks become 0")  //
      ("prefer", po::value<std::string>()->default_value("", ""),
       "`word` or `names`, where a line contradicts itself");
  add_database_options(options);
  add_output_options(options);
}

Result<AssembleOptions> assemble_options(const po::variables_map& options) {
  AssembleOptions result;
  const auto& fill = options["fill-absent"].as<std::string>();
  if (!fill.empty() && fill != "zero")
    return wrong_usage(fmt::format("--fill-absent={} is not `zero`", fill));
  result.fill_absent = fill == "zero";
  const auto& prefer = options["prefer"].as<std::string>();
  if (prefer == "word") result.prefer = AssembleOptions::Prefer::word;
  if (prefer == "names") result.prefer = AssembleOptions::Prefer::names;
  if (!prefer.empty() && result.prefer == AssembleOptions::Prefer::neither) {
    return wrong_usage(fmt::format("--prefer={} is not `word` or `names`", prefer));
  }
  return result;
}

// Reads a file in blocks and hands on its lines; memory stays the same whatever its size.
Result<void> assemble_file(const std::string& path, Assembler& assembler) {
  std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
  if (file == nullptr) return unreadable(std::strerror(errno), path, "is the path right?");
  std::vector<char> block(Sink::block_bytes + longest_line);
  std::size_t kept = 0;
  std::uint64_t number = 0;
  Result<void> result;
  while (result) {
    const std::size_t count = std::fread(block.data() + kept, 1, block.size() - kept, file);
    std::string_view text(block.data(), kept + count);
    const bool at_end = count == 0;
    std::size_t begin = 0;
    while (result && begin < text.size()) {
      const std::size_t end = text.find('\n', begin);
      if (end == std::string_view::npos && !at_end) break;
      result = assembler.line(text.substr(begin, end == std::string_view::npos ? end : end - begin),
                              ++number);
      begin = end == std::string_view::npos ? text.size() : end + 1;
    }
    if (at_end) break;
    kept = text.size() - begin;
    if (kept >= longest_line) {
      result = unreadable(fmt::format("line {} is longer than {} bytes", number + 1, longest_line),
                          path, "is it EMIT text?");
    }
    std::memmove(block.data(), block.data() + begin, kept);
  }
  const bool failed = std::ferror(file) != 0;
  if (file != stdin) std::fclose(file);
  if (failed) return unreadable("reading failed", path, "is it a file?");
  if (!result && result.error().where.find(path) == std::string::npos) {
    Error error = result.error();
    error.where = error.where.empty() ? path : path + ", " + error.where;
    return tl::unexpected(std::move(error));
  }
  return result;
}

Result<int> run(const po::variables_map& options) {
  const auto how = assemble_options(options);
  if (!how) return tl::unexpected(how.error());
  const auto inputs = inputs_of(options);
  if (inputs.size() != 1) return wrong_usage("asm takes one INPUT", "EMIT text, or - for stdin");
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());

  const EmitFormat format(database->get());
  Assembler assembler(format, *how, output->sink());
  if (auto read = assemble_file(inputs.front(), assembler); !read)
    return tl::unexpected(read.error());
  const auto report = assembler.finish();
  if (!report) {
    Error error = report.error();
    error.where = error.where.empty() ? inputs.front() : inputs.front() + ", " + error.where;
    return tl::unexpected(std::move(error));
  }
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  if (report->filled > 0)
    fmt::print(stderr, "note: {} absent words were filled with zeros\n", report->filled);
  if (report->windows > 1)
    fmt::print(stderr, "note: {} windows, one behind the other\n", report->windows);
  return ExitCode::done;
}

}  // namespace

const Verb asm_verb{
    "asm",
    "EMIT text back into command words, byte for byte",
    "TEXT",
    "Reads what `npuscope decode` writes and the texts that people have: lines with `lsb` and "
    "sixteen digits, coloured or\n"
    "not, lsb listings, bare EMIT(REG_..., ...); lines, arrays of words in C source. The digits "
    "are the truth; where names\n"
    "and fields contradict them the line is refused. Words that the text lacks are never invented.",
    "npuscope decode model.rknn | npuscope asm - -o model.regcmd\n"
    "npuscope asm edited.emit --prefer=names -o edited.bin\n"
    "npuscope asm filtered.txt --fill-absent=zero -o stream.bin",
    add_options,
    run};

}  // namespace npuscope::cli
