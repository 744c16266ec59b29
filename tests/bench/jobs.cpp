#include "tests/bench/jobs.h"

namespace npuscope::bench {

const std::vector<Job>& all_jobs() {
  static const std::vector<Job> jobs{
      {"binary", 1, prepare_binary},
      {"binary_scrambled", 1, prepare_binary_scrambled},
      {"emit", 2, prepare_emit},
      {"emit_scrambled", 2, prepare_emit_scrambled},
      {"read_verified", 3, prepare_read_verified},
      {"read_verified_scrambled", 3, prepare_read_verified_scrambled},
      {"read_word_only", 3, prepare_read_word_only},
      {"read_coloured", 3, prepare_read_coloured},
      {"read_coloured_word_only", 3, prepare_read_coloured_word_only},
      {"json", 4, prepare_json},
      {"json_scrambled", 4, prepare_json_scrambled},
      {"diff", 5, prepare_diff},
      {"generate", 12, prepare_generate},
  };
  return jobs;
}

const Job* job_named(std::string_view name) {
  for (const Job& job : all_jobs()) {
    if (job.name == name) return &job;
  }
  return nullptr;
}

}  // namespace npuscope::bench
