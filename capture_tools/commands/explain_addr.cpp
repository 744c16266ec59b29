#include "capture_tools/commands/explain_addr.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "decoder/emit/json_format.h"
#include "decoder/query/records.h"
#include "replay/tensor/float16.h"

namespace npuscope::cli {

namespace {

constexpr std::size_t most_shown = 8;

struct Occurrences {
  std::size_t count = 0;
  std::vector<std::string> places;  // the first ones
  void add(std::string place) {
    if (++count <= most_shown) places.push_back(std::move(place));
  }
};

struct Where {
  std::string source;
  std::vector<std::string> buffers;  // that hold the address, with the offset in them
  std::string nearest;               // if none does
  Occurrences writes, data;
};

Result<std::uint64_t> number_in(const std::string& text) {
  std::string_view digits = text;
  const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
  if (hexadecimal) digits.remove_prefix(2);
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, hexadecimal ? 16 : 10);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.empty())
    return wrong_usage(fmt::format("{} is no address", text), "0xfff9c800, or a decimal number");
  return number;
}

std::string float_text(double value) {
  return std::isnan(value) ? "not a number" : fmt::format("{:.9g}", value);
}

// What the number would be if it were no address.
std::vector<std::pair<std::string, std::string>> meanings(std::uint64_t number,
                                                          const RegisterDb& db) {
  std::vector<std::pair<std::string, std::string>> result;
  const auto low = static_cast<std::uint32_t>(number);
  if (number <= 0xffffffffU) {
    result.emplace_back("i32", fmt::format("{}", static_cast<std::int32_t>(low)));
    result.emplace_back("fp32", float_text(std::bit_cast<float>(low)));
    result.emplace_back(
        "fp16", fmt::format("{}, {}", float_text(f32_from_f16(static_cast<std::uint16_t>(low))),
                            float_text(f32_from_f16(static_cast<std::uint16_t>(low >> 16U)))));
  }
  const Word word{number};
  const Register* reg = db.at(word.offset());
  const bool command = reg != nullptr && reg->block && target_of(*reg->block) == word.target();
  if (command)
    result.emplace_back("register word", fmt::format("{} = {:#x}", reg->full_name, word.value()));
  if (number <= 0xffffU && db.at(static_cast<std::uint16_t>(number)) != nullptr)
    result.emplace_back("register offset", db.at(static_cast<std::uint16_t>(number))->full_name);
  return result;
}

void find_buffers(const Capture& capture, std::uint64_t number, Where& where) {
  const Buffer* below = nullptr;
  const Buffer* above = nullptr;
  for (const Buffer& buffer : capture.buffers) {
    if (!buffer.device_address) continue;
    const std::uint64_t base = *buffer.device_address;
    if (number >= base && number - base < buffer.size) {
      where.buffers.push_back(
          fmt::format("{} ({}) + {:#x}", buffer.name, name_of(buffer.role), number - base));
    } else if (number >= base && (below == nullptr || base > *below->device_address)) {
      below = &buffer;
    } else if (number < base && (above == nullptr || base < *above->device_address)) {
      above = &buffer;
    }
  }
  if (below != nullptr)
    where.nearest += fmt::format("{:#x} bytes behind the end of {}",
                                 number - *below->device_address - below->size, below->name);
  if (above != nullptr)
    where.nearest += fmt::format("{}{:#x} bytes before {}", where.nearest.empty() ? "" : ", ",
                                 *above->device_address - number, above->name);
  if (below == nullptr && above == nullptr) where.nearest = "no buffer has a known address";
}

void find_writes(const Opened& input, std::uint32_t value, const RegisterDb& db, Where& where) {
  for (std::size_t s = 0; s < input.sets.size(); ++s)
    for (const Record& record : input.sets[s].records)
      record.for_each_word([&](std::size_t index, Word word) {
        if (word.value() != value) return;
        const Register* reg = db.at(word.offset());
        where.writes.add(
            fmt::format("set {} task {} word {}: {}", s, record.first_task, index,
                        reg == nullptr ? fmt::format("{:#06x}", word.offset()) : reg->full_name));
      });
}

// As an aligned 32-bit number anywhere.
void find_data(const Capture& capture, std::uint32_t value, Where& where) {
  for (const Buffer& buffer : capture.buffers)
    for (const Piece& piece : buffer.pieces)
      for (std::size_t at = (4 - piece.offset % 4) % 4; at + 4 <= piece.bytes.size(); at += 4) {
        std::uint32_t here = 0;
        std::memcpy(&here, piece.bytes.data() + at, 4);
        if (here == value)
          where.data.add(fmt::format("{} + {:#x}", buffer.name, piece.offset + at));
      }
}

void write_text(std::uint64_t number,
                const std::vector<std::pair<std::string, std::string>>& meaning,
                const std::vector<Where>& inputs, Sink& sink) {
  sink.put(fmt::format("{:#x}\n", number));
  for (const auto& [name, text] : meaning) sink.put(fmt::format("  as {}: {}\n", name, text));
  const auto places = [&](std::string_view what, const Occurrences& found) {
    for (const std::string& place : found.places) sink.put(fmt::format("  {}: {}\n", what, place));
    if (found.count > found.places.size())
      sink.put(fmt::format("  {}: {} more\n", what, found.count - found.places.size()));
  };
  for (const Where& where : inputs) {
    sink.put(fmt::format("{}\n", where.source));
    for (const std::string& buffer : where.buffers) sink.put(fmt::format("  in {}\n", buffer));
    if (where.buffers.empty()) sink.put(fmt::format("  in no buffer: {}\n", where.nearest));
    places("value of", where.writes);
    places("stored at", where.data);
  }
}

std::string json_list(const std::vector<std::string>& items) {
  std::string text = "[";
  for (const std::string& item : items)
    text += fmt::format("{}{}", text.size() > 1 ? "," : "", json_string(item));
  return text + "]";
}

void write_json(std::uint64_t number,
                const std::vector<std::pair<std::string, std::string>>& meaning,
                const std::vector<Where>& inputs, Sink& sink) {
  sink.put(
      fmt::format("{{\"schema\":\"npuscope.explain-addr/1\",\"address\":\"{:#018x}\"}}\n", number));
  for (const auto& [name, text] : meaning)
    sink.put(fmt::format("{{\"type\":\"meaning\",\"as\":{},\"text\":{}}}\n", json_string(name),
                         json_string(text)));
  for (const Where& where : inputs)
    sink.put(fmt::format(
        "{{\"type\":\"input\",\"source\":{},\"buffers\":{},\"nearest\":{},\"writes\":{},"
        "\"first_writes\":{},\"data\":{},\"first_data\":{}}}\n",
        json_string(where.source), json_list(where.buffers), json_string(where.nearest),
        where.writes.count, json_list(where.writes.places), where.data.count,
        json_list(where.data.places)));
}

}  // namespace

Result<int> explain_address(const po::variables_map& options,
                            const std::vector<std::string>& arguments) {
  const auto format = format_of(options, {"text", "json"});
  if (!format) return tl::unexpected(format.error());
  if (arguments.empty()) return wrong_usage("explain addr takes a number, and inputs");
  const auto number = number_in(arguments.front());
  if (!number) return tl::unexpected(number.error());
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  std::vector<Where> inputs;
  bool found = false;
  if (arguments.size() > 1) {
    const auto opened = open_inputs({arguments.begin() + 1, arguments.end()}, database->get());
    if (!opened) return tl::unexpected(opened.error());
    for (const Opened& input : *opened) {
      Where& where = inputs.emplace_back();
      where.source = input.capture.source;
      find_buffers(input.capture, *number, where);
      if (*number <= 0xffffffffU) {
        find_writes(input, static_cast<std::uint32_t>(*number), database->get(), where);
        find_data(input.capture, static_cast<std::uint32_t>(*number), where);
      }
      found = found || !where.buffers.empty();
    }
  }
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  const auto meaning = meanings(*number, database->get());
  (*format == "json" ? write_json : write_text)(*number, meaning, inputs, output->sink());
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  return found || inputs.empty() ? ExitCode::done : ExitCode::different;
}

}  // namespace npuscope::cli
