#include "capture_tools/commands/corpus_commands.h"
#include "decoder/corpus/html_report.h"

namespace npuscope::cli {

Result<int> corpus_report(const po::variables_map& options, const Arguments&) {
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  auto store = store_of(options);
  if (!store) return tl::unexpected(store.error());
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  if (auto good = corpus::write_html_report(*store, database->get(), output->sink()); !good)
    return tl::unexpected(good.error());
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  return ExitCode::done;
}

}  // namespace npuscope::cli
