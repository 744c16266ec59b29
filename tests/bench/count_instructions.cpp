// Runs one job once, for callgrind: count_instructions JOB WORDS. The slope between two sizes is
// the cost of a line; see instructions.sh. Without arguments the names of the jobs are listed.
#include <fmt/format.h>

#include <cstdlib>

#include "tests/bench/jobs.h"

// What callgrind is told to count, by this name.
extern "C" [[gnu::noinline]] void npuscope_measured_run(const void* prepared);
extern "C" void npuscope_measured_run(const void* prepared) {
  static_cast<const npuscope::bench::Prepared*>(prepared)->run();
}

int main(int count, char** arguments) {
  using namespace npuscope::bench;
  if (count != 3) {
    for (const Job& job : all_jobs()) fmt::print("{}\n", job.name);
    return count == 1 ? 0 : 2;
  }
  const Job* job = job_named(arguments[1]);
  if (job == nullptr) return 2;
  const Prepared prepared = job->prepare(std::strtoull(arguments[2], nullptr, 10));
  npuscope_measured_run(&prepared);
}
