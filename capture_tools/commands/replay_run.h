// What `npuscope replay` does with the two kinds of input: models, whose tensors have names and
// shapes, and programs in memory, whose buffers have bytes.
#pragma once

#include <string>
#include <vector>

#include "capture_tools/command.h"
#include "capture_tools/commands/replay_report.h"
#include "replay/prepare/patch.h"
#include "replay/prepare/relocate.h"
#include "replay/run/model_run.h"
#include "replay/run/tensor_codes.h"
#include "replay/sim/simulator.h"

namespace npuscope::cli {

// NAME=FILE of the command line; name empty: by position.
struct NamedFile {
  std::string name, file;
};

// NAME=ADDRESS of --at; name empty: where the buffers without one of their own begin.
struct BufferAddress {
  std::string name;
  std::uint32_t address = 0;
};

struct ReplayRequest {
  std::string device = "sim";   // or a driver
  std::vector<unsigned> cores;  // 1, 2, 3 in ascending order
  bool cores_given = false;     // else a capture runs for as many as it was submitted for
  std::vector<NamedFile> inputs, references;
  std::vector<Patch> patches;
  std::vector<BufferAddress> addresses;
  const RegisterDb* db = nullptr;
  std::optional<std::size_t> prefix;
  std::optional<unsigned> only_core;
  std::uint32_t seed = 42;
  double tolerance = 0;
  std::string directory;  // for outputs; empty: none are written
  bool codes = false, layers = false, trace = false, overwrite = false, json = false;
  sim::SimulatorOptions simulator;
};

// As asked for; else as many as the capture's program was submitted for.
[[nodiscard]] std::vector<unsigned> cores_for(const Opened& opened, const ReplayRequest& request);

// Say what happened; return the exit code. `run_elsewhere`: as ModelRunOptions has it.
[[nodiscard]] Result<int> replay_model(
    const Opened& opened, const ReplayRequest& request, const po::variables_map& options,
    ReplayReport& report, const decltype(ModelRunOptions::run_elsewhere)& run_elsewhere = {});
[[nodiscard]] Result<int> replay_program(const Opened& opened, const ReplayRequest& request,
                                         ReplayReport& report);
[[nodiscard]] Result<int> replay_shape(const std::string& name, const ReplayRequest& request,
                                       ReplayReport& report);

// What a program may read of a capture and was not captured.
[[nodiscard]] std::vector<GapLine> gaps_of(const Capture& capture);

// Patches, prefix and --only-core.
[[nodiscard]] Result<void> adjust(const ReplayRequest& request, Image& image);

// What moves the program to the addresses that --at gives; none: it stays where it is. Says which
// addresses could not be moved. Errors: a name that no buffer has.
struct Move {
  AddressMap map;
  std::vector<std::uint32_t> addresses;
};
[[nodiscard]] Result<std::optional<Move>> move_of(const ReplayRequest& request, const Image& image,
                                                  ReplayReport& report);

[[nodiscard]] Result<std::vector<std::byte>> read_file(const std::string& path);
// DIR/NAME; characters that are no part of file names become '_'.
[[nodiscard]] Result<std::string> write_file(const ReplayRequest& request, const std::string& name,
                                             std::span<const std::byte> bytes);

}  // namespace npuscope::cli
