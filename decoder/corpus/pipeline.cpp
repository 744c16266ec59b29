#include "decoder/corpus/pipeline.h"

#include <malloc.h>
#include <tbb/global_control.h>
#include <tbb/parallel_pipeline.h>

#include <atomic>
#include <memory>

#include "decoder/corpus/build.h"

namespace npuscope::corpus {

void run_pipeline(const std::vector<const Unit*>& units, unsigned threads,
                  const std::function<DecodedUnit(const Unit&)>& decode,
                  const std::function<bool(DecodedUnit&&)>& take) {
  if (threads <= 1) {
    for (const Unit* unit : units)
      if (!take(decode(*unit))) return;
    return;
  }
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  std::size_t next = 0;
  std::atomic<bool> stopped = false;
  const auto source = tbb::make_filter<void, std::size_t>(tbb::filter_mode::serial_in_order,
                                                          [&](tbb::flow_control& control) {
                                                            if (stopped || next == units.size())
                                                              control.stop();
                                                            return next++;
                                                          });
  const auto work = tbb::make_filter<std::size_t, std::shared_ptr<DecodedUnit>>(
      tbb::filter_mode::parallel,
      [&](std::size_t i) { return std::make_shared<DecodedUnit>(decode(*units[i])); });
  const auto sink = tbb::make_filter<std::shared_ptr<DecodedUnit>, void>(
      tbb::filter_mode::serial_in_order, [&](const std::shared_ptr<DecodedUnit>& decoded) {
        if (!stopped && !take(std::move(*decoded))) stopped = true;
      });
  tbb::parallel_pipeline(std::size_t{2} * threads, source & work & sink);
}

void keep_freed_memory() {
  ::mallopt(M_TRIM_THRESHOLD, 4 << 20);
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

}  // namespace npuscope::corpus
