// Cases of the rules over addresses, the tiles of whole programs, and bits without meaning.
#include "regdb/register_fields.h"
#include "tests/replay/preflight/rule_cases.h"

namespace npuscope::testing {

namespace {

using P = PatchedProgram;

constexpr std::uint32_t row_in = 14 * 16, row_out = 12 * 16;  // bytes of a surface's row

void move(P& p, std::size_t task, std::uint16_t offset, std::uint32_t bytes) {
  p.set(task, offset, p.value(task, offset) + bytes);
}

std::uint32_t address_of(P& p, const std::string& buffer) {
  return static_cast<std::uint32_t>(*p.buffer(buffer).device_address);
}

std::vector<ProgramCase> addresses() {
  return {
      {"HW-E4",
       {},
       [](P& p) { p.set(2, reg::PPU_DST_BASE_ADDR, 0x1000); },
       [](P& p) { move(p, 2, reg::PPU_DST_BASE_ADDR, 16); }},
      {"KABI-L20-output",
       {},
       [](P& p) {
         p.set(2, reg::PPU_DST_BASE_ADDR,
               address_of(p, "weight") + static_cast<std::uint32_t>(p.commands_offset()));
       },
       [](P& p) {
         p.set(2, reg::PPU_DST_BASE_ADDR,
               address_of(p, "weight") + static_cast<std::uint32_t>(p.commands_offset()) - 64);
       }},
  };
}

std::vector<ProgramCase> tiles() {
  return {
      {"SCHED-L2",
       {"SCHED-L3"},
       [](P& p) { p.field(1, reg::DPU_DATA_CUBE_CHANNEL_ORIG_CHANNEL, 55); },
       [](P& p) { p.field(1, reg::DPU_DATA_CUBE_CHANNEL_ORIG_CHANNEL, 63); }},
      {"SCHED-L3",
       {},
       [](P& p) { move(p, 5, reg::DPU_DST_BASE_ADDR, row_out); },
       [](P& p) { move(p, 5, reg::DPU_DST_BASE_ADDR, 0); }},
      {"SCHED-L3-input",
       {"HW-E11-whole"},
       [](P& p) { move(p, 9, reg::CNA_FEATURE_DATA_ADDR, row_in); },
       [](P& p) { move(p, 9, reg::CNA_FEATURE_DATA_ADDR, 0); }},
      {"HW-E11-whole",
       {},
       [](P& p) { p.field(0, reg::CNA_DMA_CON2_SURF_STRIDE, 14 * (15 - 4)); },
       [](P& p) { p.field(0, reg::CNA_DMA_CON2_SURF_STRIDE, 14 * (14 - 4)); }},
      // The 1-core program begins with a barrier.
      {"SCHED-L13",
       {},
       [](P& p) { p.task(0, [&](Task& task) { task = p.task(2); }); },
       [](P& p) { p.task(0, [&](Task& task) { task = p.task(0); }); }},
  };
}

std::vector<ProgramCase> bits() {
  return {
      {"HW-W10",
       {},
       [](P& p) { p.set(0, reg::CNA_DATA_SIZE2, p.value(0, reg::CNA_DATA_SIZE2) | 0x80000000U); },
       [](P& p) { p.set(0, reg::CNA_DATA_SIZE2, p.value(0, reg::CNA_DATA_SIZE2)); }},
      {"HW-W10-register",
       {},
       [](P& p) { p.word(0, 3, Word::make(0x0201, 0x1ffc, 1)); },
       [](P& p) { p.word(0, 3, Word::make(0x0201, 0x1010, 1)); }},
      {"HW-W10-family",
       {},
       [](P& p) { p.field(0, reg::CNA_CONV_CON2_TILE_FAMILY, 1); },
       [](P& p) { p.field(0, reg::CNA_CONV_CON2_TILE_FAMILY, 0); }},
  };
}

}  // namespace

std::vector<ProgramCase> program_cases() {
  std::vector<ProgramCase> all = addresses();
  for (const auto& cases : {tiles(), bits()}) all.insert(all.end(), cases.begin(), cases.end());
  return all;
}

}  // namespace npuscope::testing
