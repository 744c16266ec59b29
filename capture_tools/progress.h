// How far a long run is, on stderr: "sweep 120/217  b1_c64_h56..." on one line that is rewritten.
//
//   Progress progress(options, "sweep", shapes.size());
//   progress.step("b1_c64_h56");         // from any thread; one more is done
//
// Shown only on a terminal, unless --progress or --no-progress say otherwise. Gone at the end.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "capture_tools/command.h"

namespace npuscope::cli {

void add_progress_options(po::options_description& options);  // --progress, --no-progress

class Progress {
 public:
  Progress(const po::variables_map& options, std::string_view what, std::size_t count);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void step(std::string_view item);

 private:
  std::mutex mutex_;
  std::string what_;
  std::size_t count_, done_ = 0;
  bool shown_;
};

}  // namespace npuscope::cli
