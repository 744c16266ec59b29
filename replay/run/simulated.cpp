#include "replay/run/simulated.h"

#include <fmt/format.h>

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
  std::size_t compared = 0, different = 0;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    if (program.image.buffers[i].role != BufferRole::output) continue;
    compared += contents[i].size();
    for (std::size_t k = 0; k < contents[i].size(); ++k)
      different += contents[i][k] != (*expected)[i][k] ? 1 : 0;
  }
  if (compared == 0) return {Judgement::Values::unknown, "not compared: no buffer is the output"};
  const std::string text =
      different == 0 ? fmt::format("{} bytes of output, as the simulator has them", compared)
                     : fmt::format("{} of {} bytes of output differ from the simulator's",
                                   different, compared);
  return {different == 0 ? Judgement::Values::right : Judgement::Values::wrong, text};
}

}  // namespace npuscope
