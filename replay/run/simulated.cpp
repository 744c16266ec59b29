#include "replay/run/simulated.h"

#include <fmt/format.h>

#include <algorithm>

#include "replay/device/sim_device.h"

namespace npuscope {

using guard::Judgement;

Result<std::vector<std::vector<std::byte>>> simulated(const ReplayProgram& program) {
  const Device device = sim_device({});
  guard::LoadOptions options;
  auto submission = guard::load_program(device, program, options);
  if (!submission) return tl::unexpected(submission.error());
  const JobOutcome outcome = device.submit(submission->job);
  auto contents = guard::contents_of(*submission);
  guard::free_all(device, *submission);
  if (outcome.error != 0) return device_failed(outcome.detail, "simulator");
  return contents;
}

Judgement judge_by_simulation(const ReplayProgram& program,
                              const std::vector<std::vector<std::byte>>& contents) {
  const auto expected = simulated(program);
  if (!expected)
    return {Judgement::Values::unknown,
            fmt::format("not compared: the simulator stops ({})", expected.error().what)};
  const bool any_output = std::ranges::any_of(
      program.image.buffers, [](const auto& each) { return each.role == BufferRole::output; });
  std::size_t compared = 0, different = 0;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const BufferRole role = program.image.buffers[i].role;
    if (any_output ? role != BufferRole::output : command_window(program, i).bytes > 0) continue;
    const std::size_t bytes = std::min(contents[i].size(), (*expected)[i].size());
    compared += bytes;
    for (std::size_t k = 0; k < bytes; ++k)
      different += contents[i][k] != (*expected)[i][k] ? 1 : 0;
  }
  const std::string_view where = any_output ? "output" : "memory";
  const std::string text =
      different == 0 ? fmt::format("{} bytes of {}, as the simulator has them", compared, where)
                     : fmt::format("{} of {} bytes of {} differ from the simulator's", different,
                                   compared, where);
  return {different == 0 ? Judgement::Values::right : Judgement::Values::wrong, text};
}

}  // namespace npuscope
