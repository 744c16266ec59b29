#include <fmt/format.h>

#include <algorithm>

#include "capture_tools/commands/verbs.h"
#include "decoder/emit/digits.h"
#include "decoder/emit/emit_format.h"
#include "decoder/program/coverage.h"

namespace npuscope::cli {

namespace {

constexpr std::size_t row_bytes = 16;

void add_options(po::options_description& options) {
  options.add_options()  //
      ("buffer", po::value<std::string>()->default_value("", ""),
       "name or number of the buffer; all if not given")                                         //
      ("offset", po::value<std::string>()->default_value("0", "0"), "first byte in the buffer")  //
      ("size", po::value<std::string>()->default_value("", ""), "bytes to show");
  add_database_options(options);
  add_output_options(options);
}

class HexView {
 public:
  HexView(const RegisterDb& db, Sink& sink, std::uint64_t first, std::uint64_t last)
      : format_(db), sink_(sink), first_(first), last_(last) {}

  void buffer(const Buffer& buffer, const std::vector<Range>& ranges) {
    say("{}: {} bytes, {}{}", buffer.name, buffer.size, name_of(buffer.role),
        buffer.device_address ? fmt::format(", device address {:#x}", *buffer.device_address)
                              : std::string());
    for (const Range& range : ranges) {
      const std::uint64_t begin = std::max(range.offset, first_),
                          end = std::min(range.offset + range.size, last_);
      if (begin >= end) continue;
      say("-- {:#08x}..{:#08x} {}, {} bytes", range.offset, range.offset + range.size,
          name_of(range.kind), range.size);
      if (range.kind == RangeKind::not_captured || range.kind == RangeKind::zeros ||
          range.kind == RangeKind::padding)
        continue;
      const bool words =
          range.kind == RangeKind::record_body || range.kind == RangeKind::record_tail;
      const std::uint64_t step = words ? 8 : row_bytes;
      for (std::uint64_t at = begin; at < end; at += step)
        row(buffer, at, std::min(step, end - at), words);
    }
  }

 private:
  template <typename... Args>
  void say(fmt::format_string<Args...> text, Args&&... args) {
    sink_.put(fmt::format(text, std::forward<Args>(args)...));
    sink_.put("\n");
  }

  // Offset, bytes, printable characters; for command words what they write instead of the
  // characters.
  void row(const Buffer& buffer, std::uint64_t at, std::uint64_t count, bool word) {
    const auto bytes = buffer.bytes_from(at);
    const std::size_t size = std::min<std::size_t>(bytes.size(), static_cast<std::size_t>(count));
    std::string text = fmt::format("{:08x} ", at);
    std::string characters;
    for (std::size_t i = 0; i < (word ? 8 : row_bytes); ++i) {
      if (i >= size) {
        text += "   ";
        continue;
      }
      const auto byte = static_cast<unsigned>(bytes[i]);
      text += fmt::format(" {:02x}", byte);
      characters += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
    }
    if (word && size == 8) {
      std::string emit(format_.max_line(), '\0');
      emit.resize(static_cast<std::size_t>(
          format_.write_emit(emit.data(), WordView(bytes.first(8))[0]) - emit.data()));
      say("{}  {}", text, emit);
    } else {
      say("{}  |{}|", text, characters);
    }
  }

  EmitFormat format_;
  Sink& sink_;
  std::uint64_t first_, last_;
};

bool is_wanted(const Buffer& buffer, const std::string& wanted) {
  return wanted.empty() || buffer.name == wanted ||
         (buffer.gem && std::to_string(*buffer.gem) == wanted);
}

Result<int> run(const po::variables_map& options) {
  const auto first = number_of(options, "offset", 0);
  if (!first) return tl::unexpected(first.error());
  const auto size = number_of(options, "size", ~std::uint64_t{0} - *first);
  if (!size) return tl::unexpected(size.error());
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  const auto inputs = open_inputs(options, database->get());
  if (!inputs) return tl::unexpected(inputs.error());
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());

  const auto& wanted = options["buffer"].as<std::string>();
  // An end beyond the last address is the last address.
  const std::uint64_t last = *first + std::min(*size, ~std::uint64_t{0} - *first);
  HexView view(database->get(), output->sink(), *first, last);
  std::string names;
  bool any = false;
  for (const Opened& input : *inputs) {
    const Coverage coverage = cover(input.capture, input.sets);
    for (std::size_t i = 0; i < input.capture.buffers.size(); ++i) {
      const Buffer& buffer = input.capture.buffers[i];
      names += (names.empty() ? "" : ", ") + buffer.name;
      if (!is_wanted(buffer, wanted)) continue;
      view.buffer(buffer, coverage.buffers[i]);
      any = true;
    }
  }
  if (!any) {
    return names.empty()
               ? wrong_usage("there are no buffers in this input")
               : wrong_usage(fmt::format("there is no buffer `{}`", wanted), "it has " + names);
  }
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  return ExitCode::done;
}

}  // namespace

const Verb hex_verb{"hex",
                    "bytes of a buffer, with what they are",
                    "INPUT",
                    "Shows the bytes of the buffers in ranges: record bodies and tails word by "
                    "word with what each writes, task tables,\n"
                    "constants, zeros, and what was not captured.",
                    "npuscope hex dump/ --buffer=2\n"
                    "npuscope hex model.rknn --buffer=regcmd --offset=0x380 --size=0x380",
                    add_options,
                    run};

}  // namespace npuscope::cli
