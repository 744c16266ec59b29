// The programs of a public client as it was on the day of a documented sweep, mistakes included:
// one task for each tile, registers by the client's formulas of the time.
//
//   ClientRun client(run, {.split = "BY_K", .y_step = 28, .k_step = 32});
//   const ClientResult result = client.simulate();     // result.output, result.overflows
//
// The client's source of that day was not kept; its published later form and the logs say what it
// did. Formulas: schedule of channels, grains and banks as in make_regs() of examples/conv.py.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "decoder/word.h"
#include "tests/replay/sim/conv_run.h"

namespace npuscope::testing {

struct ClientPlan {
  std::string split;  // NONE, BY_K, BY_Y, BY_YK
  std::uint32_t y_step = 0, k_step = 0;
};

// What single documented programs did otherwise.
struct ClientFaults {
  std::optional<std::int32_t> surface_stride;  // instead of the client's formula
  bool fills_last_group = false;               // the last kernels are packed as a group of 16
};

struct ClientResult {
  std::vector<std::uint16_t> output;  // plain order, bits of f16
  bool overflows = false;             // rule E1: the lines do not fit into the buffer
  std::vector<std::string> others;    // violations of other rules
};

class ClientRun {
 public:
  ClientRun(const ConvRun& run, ClientPlan plan, ClientFaults faults = {});
  [[nodiscard]] ClientResult simulate() const;

 private:
  struct Tile {
    std::uint32_t y = 0, rows = 0, kernel = 0, kernels = 0;  // of the output
  };
  [[nodiscard]] std::vector<Tile> tiles() const;
  [[nodiscard]] std::vector<Word> task(const Tile& tile) const;
  [[nodiscard]] std::uint32_t data_banks(std::uint32_t lines) const;
  [[nodiscard]] std::vector<std::uint16_t> packed_input() const;
  [[nodiscard]] std::vector<std::uint16_t> packed_weights(const Tile& tile) const;
  [[nodiscard]] std::vector<std::uint16_t> unpacked_output(std::span<const std::byte> memory) const;

  const ConvRun& run_;
  ClientPlan plan_;
  ClientFaults faults_;
  bool pixels_, spatial_;
  std::uint32_t channels_, width_;  // streamed
};

}  // namespace npuscope::testing
