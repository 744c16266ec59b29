// `npuscope sweep --on=rknpu`: shapes on a board, one guarded run each.
#include <fmt/format.h>

#include "capture_tools/commands/replay_device.h"

namespace npuscope::cli {

namespace {

struct Tally {
  std::size_t passed = 0, wrong = 0, refused = 0, failed = 0;
};

void count(const guard::RunReport& report, Tally& tally) {
  switch (report.ended) {
    case guard::RunClass::pass:
      ++tally.passed;
      break;
    case guard::RunClass::wrong_values:
    case guard::RunClass::not_compared:
      ++tally.wrong;
      break;
    default:
      ++tally.failed;
  }
}

}  // namespace

Result<int> sweep_on_device(const std::vector<std::string>& names, std::uint32_t seed,
                            const DeviceRequest& request, const RegisterDb& db, Sink& sink) {
  auto opened = open_device(request, db);
  if (!opened) return tl::unexpected(opened.error());
  ReplayRequest replay;
  replay.seed = seed;
  Tally tally;
  for (const std::string& name : names) {
    const auto program =
        program_of_shape(name, 1, replay, request.session.load.vendor_sequence, db);
    const auto report =
        program ? opened->session.run({program->input, program->shape, &program->program},
                                      program->judge)
                : tl::unexpected(program.error());
    if (report) {
      count(*report, tally);
      write_report(*report, name, 1, sink);
    } else if (report.error().kind == ErrorKind::device) {
      return tl::unexpected(report.error());
    } else {
      ++tally.refused;
      sink.put(fmt::format("refused {}  {}\n", name, report.error().text()));
    }
    static_cast<void>(sink.flush());  // the board may be gone at the next
    if (opened->session.over()) break;
  }
  const std::size_t done = tally.passed + tally.wrong + tally.refused + tally.failed;
  sink.put(fmt::format("{} of {} shapes: {} passed, {} wrong, {} refused, {} failed; journal {}\n",
                       done, names.size(), tally.passed, tally.wrong, tally.refused, tally.failed,
                       opened->session.journal_path()));
  if (tally.failed > 0) return ExitCode::device_failed;
  if (tally.wrong > 0) return ExitCode::different;
  return tally.refused > 0 ? ExitCode::refused : ExitCode::done;
}

}  // namespace npuscope::cli
