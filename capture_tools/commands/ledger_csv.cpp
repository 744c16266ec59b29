#include <fmt/format.h>
#include <fmt/ranges.h>

#include "capture_tools/commands/ledger_words.h"
#include "replay/ledger/csv.h"

namespace npuscope::cli {

using namespace ledger;

void write_ledger_csv(const LedgerView& view, Sink& sink) {
  sink.put(csv_line({"shape", "names", "family", "cores", "status", "label", "basis", "captures",
                     "simulated", "reasons", "program"}));
  for (const ShapeStatus& shape : view.statuses)
    for (const ProgramStatus& program : shape.programs) {
      std::vector<std::string> reasons;
      for (const Reason& reason : program.reasons)
        reasons.push_back(fmt::format("{}: {}", name_of(reason.code), reason.text));
      sink.put(csv_line({shape.key, fmt::format("{}", fmt::join(shape.names, " ")),
                         std::string(name_of(shape.family)), std::to_string(program.cores),
                         std::string(name_of(program.status)), program.label,
                         shape.program.empty() ? "" : std::string(name_of(shape.basis)),
                         std::to_string(shape.captures), program.simulated ? "yes" : "no",
                         fmt::format("{}", fmt::join(reasons, "; ")), shape.program}));
    }
}

}  // namespace npuscope::cli
