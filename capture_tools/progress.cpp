#include "capture_tools/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace npuscope::cli {

void add_progress_options(po::options_description& options) {
  options.add_options()  //
      ("progress", po::bool_switch(), "show how far the run is, also when stderr is no terminal")(
          "no-progress", po::bool_switch(), "never show it");
}

Progress::Progress(const po::variables_map& options, std::string_view what, std::size_t count)
    : what_(what),
      count_(count),
      shown_(!options["no-progress"].as<bool>() &&
             (options["progress"].as<bool>() || isatty(STDERR_FILENO) == 1)) {}

Progress::~Progress() {
  if (shown_ && done_ > 0) fmt::print(stderr, "\r\033[K");
}

void Progress::step(std::string_view item) {
  const std::scoped_lock lock(mutex_);
  ++done_;
  if (shown_) fmt::print(stderr, "\r\033[K{} {}/{}  {:.50}", what_, done_, count_, item);
}

}  // namespace npuscope::cli
