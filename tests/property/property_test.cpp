// Properties over random streams, words and register programs.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "decoder/emit/digits.h"
#include "decoder/emit/emit_reader.h"
#include "decoder/emit/json_format.h"
#include "decoder/program/coverage.h"
#include "decoder/program/find_programs.h"
#include "decoder/program/register_state.h"
#include "tests/property/holds.h"
#include "tests/support/emit_helpers.h"
#include "tests/support/synthetic_stream.h"

namespace npuscope::testing {
namespace {

const EmitFormat& format() {
  static const EmitFormat instance(RegisterDb::builtin());
  return instance;
}

// Lanes of one to three records of any composition, sometimes shared, with any order of nodes.
Lanes random_lanes() {
  constexpr std::array<std::uint32_t, 16> amounts{104, 106, 108, 122, 126, 69, 26, 12,
                                                  13,  16,  17,  19,  56,  58, 9,  4};
  Lanes lanes(*rc::gen::inRange<std::size_t>(1, 7));
  std::size_t task = 0;
  std::optional<std::size_t> own;
  for (auto& lane : lanes) {
    const auto count = *rc::gen::inRange<std::size_t>(1, 4);
    std::uint32_t node = 0;
    for (std::size_t i = 0; i < count; ++i, ++task) {
      node += *rc::gen::inRange<std::uint32_t>(0, 3);
      if (own && *rc::gen::inRange(0, 5) == 0) {
        lane.push_back(same_as(*own, node));
        continue;
      }
      const std::uint32_t amount = amounts[*rc::gen::inRange<std::size_t>(0, amounts.size())];
      lane.push_back(record_of(amount, *rc::gen::arbitrary<std::uint32_t>(), node));
      lane.back().group = *rc::gen::inRange<std::uint32_t>(0, 3);
      lane.back().ends_chain = *rc::gen::inRange(0, 6) == 0;
      own = task;
    }
  }
  return lanes;
}

// One of the values; RapidCheck's own wants them all of one type.
template <typename Value, typename... Values>
rc::Gen<Value> one_of(Values... values) {
  return rc::gen::element(static_cast<Value>(values)...);
}

TEST(Property, DecodeThenAssembleGivesTheSameBytes) {
  check("any stream", [] {
    const SyntheticStream stream = lay_out(random_lanes());
    const auto inputs = opened(capture_of(stream));
    RC_ASSERT(inputs[0].sets.size() == 1U);
    RC_ASSERT(inputs[0].sets[0].tasks.size() == stream.tasks.size());
    const auto bytes = assembled(decoded(OutputFormat::emit, inputs));
    RC_ASSERT(bytes.has_value());
    RC_ASSERT(words_in(*bytes) == stream.placed(0xfff98000 + 0x4800).words);
  });
}

TEST(Property, CoverageIsAPartitionWithoutUnexplainedBytes) {
  check("any stream", [] {
    Placement placement;
    placement.with_table_copy = *rc::gen::arbitrary<bool>();
    placement.weights_like_commands = *rc::gen::arbitrary<bool>();
    const Capture capture = capture_of(lay_out(random_lanes()), placement);
    const Coverage coverage = cover(capture, find_programs(capture));
    RC_ASSERT(coverage.unexplained == 0U);
    for (std::size_t i = 0; i < capture.buffers.size(); ++i) {
      std::uint64_t at = 0;
      for (const Range& range : coverage.buffers[i]) {
        RC_ASSERT(range.offset == at);
        at += range.size;
      }
      RC_ASSERT(at == capture.buffers[i].size);
    }
  });
}

TEST(Property, HostileTablesAreSurvived) {
  check("any tasks over any bytes", [] {
    std::vector<Task> tasks;
    const auto count = *rc::gen::inRange<std::size_t>(1, 12);
    for (std::size_t i = 0; i < count; ++i) {
      const auto near = std::uint64_t{64} * *rc::gen::inRange<std::uint64_t>(0, 80);
      const auto address =
          *one_of<std::uint64_t>(near, 0xfffffffffffff000U + near, 0xfff98000 + near);
      tasks.push_back(vendor_task(address, *rc::gen::inRange<std::uint32_t>(1, 0x1000)));
    }
    Capture capture;
    add_buffer(capture, "GEM 1", bytes_of(tasks));
    const auto words = *rc::gen::container<std::vector<std::uint64_t>>(
        one_of<std::uint64_t>(0, 0x02010000001b1040, marker_word().raw, enable_word(0x0d).raw,
                              amounts_word(0).raw, link_word(0xfff98040).raw, 0xbe01000001000000));
    add_buffer(capture, "GEM 2", bytes_of(words), 0xfff98000);
    const auto inputs = opened(std::move(capture));
    for (const OutputFormat output :
         {OutputFormat::emit, OutputFormat::jsonl, OutputFormat::table, OutputFormat::c})
      RC_ASSERT(!decoded(output, inputs, {.cores = 0, .state = true}).empty() ||
                inputs[0].sets.empty());
    const Coverage coverage = cover(inputs[0].capture, inputs[0].sets);
    std::uint64_t bytes = 0;
    for (const Range& range : coverage.buffers[1]) bytes += range.size;
    RC_ASSERT(bytes == 8 * words.size());
  });
}

// Words of registers, of unknown registers, and of anything.
rc::Gen<std::uint64_t> any_word() {
  return rc::gen::oneOf(
      rc::gen::arbitrary<std::uint64_t>(), rc::gen::exec([] {
        const auto& registers = RegisterDb::builtin().registers();
        const Register& reg = registers[*rc::gen::inRange<std::size_t>(0, registers.size())];
        const std::uint16_t target =
            reg.offset == 8 ? 0x0081 : target_of(reg.block.value_or(Block::pc));
        return Word::make(target, reg.offset, *rc::gen::arbitrary<std::uint32_t>()).raw;
      }),
      rc::gen::exec([] {
        const auto page = *rc::gen::inRange<unsigned>(0, 8);
        const auto offset =
            static_cast<std::uint16_t>(page << 12U | *rc::gen::inRange<unsigned>(0, 0x1000));
        return Word::make(block_facts[page].target, offset, *rc::gen::arbitrary<std::uint32_t>())
            .raw;
      }),
      one_of<std::uint64_t>(0, 0x0041000000000000, 0x00810000000d0008));
}

TEST(Property, ALineReadsBackAsItsWord) {
  check("any word, any address", [] {
    const Word word{*any_word()};
    const auto address = *rc::gen::arbitrary<std::uint64_t>();
    std::vector<char> room(format().max_line());
    char* end = format().write_line(room.data(), address, word);
    RC_ASSERT(end[-1] == '\n');
    const EmitReader reader(format());
    EmitLine line;
    RC_ASSERT(reader.read({room.data(), static_cast<std::size_t>(end - room.data() - 1)},
                          EmitCheck::verified, line));
    RC_ASSERT(line.word == word);
    RC_ASSERT(line.has_address && line.address == address);
    RC_ASSERT(line.agreement == Agreement::agrees || line.agreement == Agreement::unchecked);
    if (format().register_of(word) != nullptr) RC_ASSERT(line.agreement == Agreement::agrees);
  });
}

TEST(Property, NamesGiveTheWord) {
  check("any register and values of its fields", [] {
    const auto& registers = RegisterDb::builtin().registers();
    const Register& reg = registers[*rc::gen::inRange<std::size_t>(0, registers.size())];
    if (!reg.block) return;
    std::uint32_t expected = 0;
    std::string text = "REG_" + reg.full_name + ", ";
    for (const Field& field : reg.fields) {
      const std::uint32_t value =
          *rc::gen::arbitrary<std::uint32_t>() & (field.mask() >> field.low);
      expected |= value << field.low;
      if (&field != &reg.fields.front()) text += " | ";
      text += field.full_name + "(" + std::to_string(value) + ")";
    }
    if (reg.fields.empty()) text += "0";
    const auto word = EmitReader(format()).from_names(text);
    RC_ASSERT(word.has_value());
    RC_ASSERT(word->offset() == reg.offset);
    RC_ASSERT(word->value() == expected);
  });
}

TEST(Property, JsonFieldsRebuildTheValue) {
  const JsonFormat writer(RegisterDb::builtin());
  check("any word", [&] {
    const Word word{*any_word()};
    std::vector<char> room(writer.max_line());
    char* end = writer.write_line(room.data(), R"({"type":"word","index":)", 7, 0x40, word);
    const auto line = nlohmann::json::parse(room.data(), end, nullptr, false);
    RC_ASSERT(!line.is_discarded());
    RC_ASSERT(std::stoull(line["word"].get<std::string>(), nullptr, 16) == word.raw);
    RC_ASSERT(line["value"].get<std::uint32_t>() == word.value());
    if (!line.contains("fields")) return;
    const Register* reg = RegisterDb::builtin().at(word.offset());
    RC_ASSERT(reg != nullptr);
    std::uint32_t value = line.value("unknown_bits", 0U);
    for (const Field& field : reg->fields)
      value |= line["fields"][field.name].get<std::uint32_t>() << field.low;
    RC_ASSERT(value == word.value());
  });
}

// The rule in words: per block two maps and the one in use; S_STATUS and S_POINTER apart.
struct NaiveState {
  struct BlockState {
    std::map<std::uint16_t, std::uint32_t> bank[2], single;
    int now = 0;
    bool alternates = true;
  };
  std::map<int, BlockState> blocks;  // by page

  void write(Word word) {
    const int page = word.offset() >> 12U;
    if (page > 7 || block_facts[static_cast<std::size_t>(page)].target != word.target()) return;
    const auto offset = static_cast<std::uint16_t>(word.offset() & ~3U);
    BlockState& block = blocks[page];
    if ((offset & 0xfffU) >= 8) {
      block.bank[block.now][offset] = word.value();
      return;
    }
    block.single[offset] = word.value();
    if ((offset & 0xfffU) != 4 || page == 0) return;
    block.alternates = (word.value() & 2U) != 0;
    if ((word.value() & 0x10U) != 0) {
      block.now = 0;
    } else if (!block.alternates) {
      block.now = static_cast<int>(word.value() & 1U);
    }
  }
  void launch(std::uint32_t mask) {
    for (int page = 1; page < 8; ++page) {
      BlockState& block = blocks[page];
      if ((mask >> (page - 1) & 1U) != 0 && block.alternates) block.now ^= 1;
    }
  }
  std::optional<std::uint32_t> find(std::uint16_t offset) {
    BlockState& block = blocks[offset >> 12U];
    const auto& map = (offset & 0xfffU) < 8 ? block.single : block.bank[block.now];
    const auto found = map.find(offset);
    return found == map.end() ? std::nullopt : std::optional(found->second);
  }
};

TEST(Property, RegisterStateIsTheNaiveModel) {
  check("any program", [] {
    RegisterState state;
    NaiveState naive;
    const auto steps = *rc::gen::inRange<std::size_t>(0, 200);
    std::vector<std::uint16_t> offsets;
    for (std::size_t step = 0; step < steps; ++step) {
      if (*rc::gen::inRange(0, 5) == 0) {
        const std::uint32_t mask = *one_of<std::uint32_t>(0x0d, 0x18, 0x1d, 0x60, 0x7f);
        state.launch(mask);
        naive.launch(mask);
        continue;
      }
      const auto page = *rc::gen::inRange<std::size_t>(0, 8);
      const auto low = *rc::gen::element<unsigned>(0x0, 0x4, 0x8, 0x10, 0x14, 0xffc);
      const auto offset = static_cast<std::uint16_t>(page << 12U | low);
      const std::uint32_t value = low == 4
                                      ? *one_of<std::uint32_t>(0x0e, 0x30, 0x1, 0x0, 0x3000000e)
                                      : *rc::gen::inRange<std::uint32_t>(0, 4);
      const auto target = *one_of<std::uint16_t>(block_facts[page].target, block_facts[page].target,
                                                 0x0201, 0x0041);
      const Word word = Word::make(target, offset, value);
      state.write(step, 0, word);
      naive.write(word);
      offsets.push_back(offset);
    }
    for (const std::uint16_t offset : offsets) {
      const Cell* cell = state.find(offset);
      const auto expected = naive.find(offset);
      RC_ASSERT((cell != nullptr) == expected.has_value());
      if (cell != nullptr) RC_ASSERT(cell->value == *expected);
    }
  });
}

TEST(Property, HexDigitsAreInverse) {
  check("any number", [] {
    const auto value = *rc::gen::arbitrary<std::uint64_t>();
    char text[32];
    RC_ASSERT(digits::hex16(text, value) == text + 16);
    std::uint64_t back = ~value;
    RC_ASSERT(digits::read_hex16(text, back));
    RC_ASSERT(back == value);
  });
}

}  // namespace
}  // namespace npuscope::testing
