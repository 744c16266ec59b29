// Promise 6: opening model files that are in memory: the container alone, then with all programs
// found and cut. Without the corpus, over a seed of the fuzz targets: that shows only that it
// works.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "decoder/input/load_file.h"
#include "decoder/program/find_programs.h"
#include "tests/bench/words.h"

namespace npuscope::bench {

namespace {

constexpr std::uintmax_t least_bytes = 500'000;  // the promise is about files of 1 to 4 MB

std::vector<std::string> model_paths() {
  std::vector<std::string> paths;
  std::error_code error;
  const std::filesystem::path models = NPUSCOPE_CORPUS_DIR "/rknn/rk3588";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(models, error)) {
    if (entry.path().extension() == ".rknn" && entry.file_size() >= least_bytes)
      paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  if (paths.empty()) paths.push_back(NPUSCOPE_TESTDATA_DIR "/fuzz/rknn/v6.rknn");
  return paths;
}

// Bytes a second over the whole file; `find` decides whether programs are found as well.
void open_model(benchmark::State& state, const std::string& path, bool find) {
  const auto files = load_files(path);
  require(files.has_value(), "the model file can be read");
  std::size_t records = 0;
  for (auto _ : state) {
    auto capture = read_rknn(files->front());
    require(capture.has_value(), "the model opens");
    if (find) {
      const auto sets = find_programs(*capture);
      records = 0;
      for (const ProgramSet& set : sets) records += set.records.size();
      require(!sets.empty() && records > 0, "the model has programs");
    }
    benchmark::DoNotOptimize(capture);
  }
  const auto size = static_cast<std::int64_t>(files->front().bytes.size());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * size);
  if (find) state.counters["records"] = static_cast<double>(records);
}

}  // namespace

}  // namespace npuscope::bench

int main(int count, char** arguments) {
  using namespace npuscope::bench;
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
  for (const std::string& path : model_paths()) {
    const std::string name = std::filesystem::path(path).stem();
    for (const bool find : {false, true}) {
      benchmark::RegisterBenchmark(
          fmt::format("{}/{}/promise6", find ? "read_and_find" : "read", name).c_str(),
          [=](benchmark::State& state) { open_model(state, path, find); })
          ->Unit(benchmark::kMicrosecond);
    }
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
