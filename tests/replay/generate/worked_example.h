// A program generated for the tables of worked examples: linked to addresses that show in the
// words, and read back word by word, so that nothing but the bytes is believed.
//
//   const WorkedExample example("b1_c64_h56_w56_oc128_wic64_k1x1_g1");
//   example.value({0, 1}, 0x1070) == WorkedExample::in + 0xaf00     // list 0, second record
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "decoder/word.h"
#include "replay/generate/generated.h"
#include "replay/shape/shape_names.h"

namespace npuscope::testing {

// The record `index` of a list of the task table: 0 one core, 1 and 2 two cores, 3 to 5 three.
struct Place {
  std::size_t list = 0, index = 0;
};

// What registers hold in some records: one value for each column, or one for all of them.
struct Expected {
  std::vector<std::uint16_t> offsets;
  std::vector<std::uint64_t> values;
};

class WorkedExample {
 public:
  static constexpr std::uint64_t in = 0x10000000, w = 0x20000000, out = 0x30000000,
                                 residual = 0x40000000, bias = 0x50000000;

  explicit WorkedExample(const std::string& name, const ConvNumbers& numbers = {}) {
    const auto shape = parse_shape(name);
    EXPECT_TRUE(shape) << name;
    GenerateOptions options;
    options.numbers = numbers;
    auto made = generate_program(*shape, options);
    EXPECT_TRUE(made) << name;
    program_ = std::move(*made);
    BaseAddresses bases{};
    const auto place = [&bases](Base base, std::uint64_t address) {
      bases[static_cast<std::size_t>(base)] = address;
    };
    place(Base::input, in);
    place(Base::weights, w);
    place(Base::output, out);
    place(Base::residual, residual);
    place(Base::bias, bias);
    place(Base::barrier, w + program_.layout.barrier_offset);
    place(Base::commands, w + program_.layout.commands_offset);
    bytes_ = program_.stream.link(bases);
  }

  [[nodiscard]] const GeneratedProgram& program() const { return program_; }
  [[nodiscard]] const BufferLayout& layout() const { return program_.layout; }

  // Body words of every task, in the order of the table.
  [[nodiscard]] std::vector<std::uint32_t> amounts() const {
    std::vector<std::uint32_t> amounts;
    for (const Task& task : program_.stream.tasks(0)) amounts.push_back(task.regcfg_amount);
    return amounts;
  }

  // Where the records begin, in the weight buffer, in the order of the stream.
  [[nodiscard]] std::vector<std::uint64_t> offsets() const {
    std::vector<std::uint64_t> offsets;
    for (const StreamRecord& record : program_.stream.records())
      offsets.push_back(layout().commands_offset + record.offset);
    return offsets;
  }

  // Word `index` of a record; the tail begins behind the body.
  [[nodiscard]] Word word(Place place, std::size_t index) const {
    Word word;
    std::memcpy(&word.raw, bytes_.data() + record(place).offset + index * sizeof word.raw,
                sizeof word.raw);
    return word;
  }
  [[nodiscard]] std::size_t amount(Place place) const { return record(place).body.writes.size(); }

  // The second word of the tail: PC_REGISTER_AMOUNTS, how much of the next record is fetched.
  [[nodiscard]] std::uint32_t link_amount_word(Place place) const {
    const Word tail = word(place, amount(place) + 1);
    EXPECT_EQ(tail.offset(), 0x14);
    return tail.value();
  }
  [[nodiscard]] std::uint32_t link_address(Place place) const {
    return word(place, amount(place)).value();
  }

  // The registers of a record, in order.
  [[nodiscard]] std::vector<std::uint16_t> registers(Place place) const {
    std::vector<std::uint16_t> registers;
    for (std::size_t i = 0; i < amount(place); ++i) registers.push_back(word(place, i).offset());
    return registers;
  }

  // What a register holds when the record runs: what the record writes, else what the record two
  // before it left there.
  [[nodiscard]] std::uint32_t value(Place place, std::uint16_t offset) const {
    for (std::size_t i = amount(place); i-- > 0;)
      if (word(place, i).offset() == offset) return word(place, i).value();
    if (place.index >= 2) return value({place.list, place.index - 2}, offset);
    ADD_FAILURE() << "nothing writes " << std::hex << offset;
    return 0;
  }

  // Compares a table: a column for each of `places`.
  void expect(const std::vector<Place>& places, const std::vector<Expected>& rows) const {
    for (const Expected& row : rows) {
      ASSERT_TRUE(row.values.size() == 1 || row.values.size() == places.size());
      for (std::size_t i = 0; i < places.size(); ++i)
        for (const std::uint16_t offset : row.offsets)
          EXPECT_EQ(value(places[i], offset), row.values[row.values.size() == 1 ? 0 : i])
              << "register " << std::hex << offset << ", column " << std::dec << i;
    }
  }

 private:
  [[nodiscard]] const StreamRecord& record(Place place) const {
    return program_.stream.records().at(program_.stream.list(place.list)[place.index]);
  }

  GeneratedProgram program_;
  std::vector<std::byte> bytes_;
};

}  // namespace npuscope::testing
