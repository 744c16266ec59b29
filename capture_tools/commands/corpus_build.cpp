#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <thread>

#include "capture_tools/commands/corpus_commands.h"
#include "capture_tools/progress.h"
#include "decoder/corpus/build.h"
#include "decoder/corpus/zstd_sink.h"
#include "replay/shape/infer_shape.h"

namespace npuscope::cli {

namespace {

std::string geometry(const std::vector<corpus::RegisterValues>& records) {
  std::vector<RegisterLookup> lookups;
  lookups.reserve(records.size());
  for (const corpus::RegisterValues& values : records)
    lookups.emplace_back([&values](std::uint16_t offset) { return values.at(offset); });
  const auto shape = infer_shape(lookups);
  return shape ? key_of(*shape) : std::string();
}

// "3/16": the third of sixteen.
Result<void> read_shard(const std::string& text, corpus::BuildOptions& build) {
  std::size_t number = 0, count = 0;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, number);
  const bool slash = first.ec == std::errc() && first.ptr != end && *first.ptr == '/';
  const auto second = slash ? std::from_chars(first.ptr + 1, end, count) : first;
  if (!slash || second.ec != std::errc() || second.ptr != end || number < 1 || number > count)
    return wrong_usage(fmt::format("--shard={} is not i/n with i from 1 to n", text));
  build.shard = number - 1;
  build.shards = count;
  return {};
}

Result<corpus::BuildOptions> options_of(const po::variables_map& options, const Arguments& roots) {
  corpus::BuildOptions build;
  build.roots = roots;
  build.limits.geometry = geometry;
  if (auto good = read_shard(options["shard"].as<std::string>(), build); !good)
    return tl::unexpected(good.error());
  const auto jobs = number_of(options, "jobs", 0);
  if (!jobs) return tl::unexpected(jobs.error());
  if (*jobs > 1024) return wrong_usage("--jobs is too large");
  build.threads =
      *jobs == 0 ? std::max(1U, std::thread::hardware_concurrency()) : static_cast<unsigned>(*jobs);
  return build;
}

void summarise(const corpus::BuildCounts& counts) {
  fmt::print(stderr,
             "{} file{}: {} contents decoded, {} duplicates, {} unchanged, {} not readable\n",
             counts.files, counts.files == 1 ? "" : "s", counts.contents, counts.duplicates,
             counts.unchanged, counts.unreadable);
}

Result<corpus::BuildCounts> build_text(const po::variables_map& options, corpus::TextKind kind,
                                       bool packed, const RegisterDb& db,
                                       const corpus::BuildOptions& build) {
  auto output = Output::from(options);
  if (!output) return tl::unexpected(output.error());
  std::optional<corpus::ZstdSink> zstd;
  if (packed) zstd.emplace(output->sink());
  auto counts = corpus::write_corpus(kind, db, build, zstd ? zstd->sink() : output->sink());
  if (zstd) zstd->finish();
  if (auto written = output->finish(); !written) return tl::unexpected(written.error());
  return counts;
}

}  // namespace

Result<int> corpus_build(const po::variables_map& options, const Arguments& roots) {
  auto build = options_of(options, roots);
  if (!build) return tl::unexpected(build.error());
  const auto database = Database::from(options);
  if (!database) return tl::unexpected(database.error());
  corpus::keep_freed_memory();
  std::optional<Progress> progress;
  build->begin = [&](std::size_t count) { progress.emplace(options, "corpus", count); };
  build->step = [&](const std::string& path) { progress->step(path); };

  const auto& name = options["output"].as<std::string>();
  const bool packed = name.ends_with(".zst");
  const std::string_view plain = std::string_view(name).substr(0, name.size() - (packed ? 4 : 0));
  const bool csv = plain.ends_with(".csv");
  Result<corpus::BuildCounts> counts;
  if (csv || plain.ends_with(".jsonl") || plain == "-") {
    counts = build_text(options, csv ? corpus::TextKind::csv : corpus::TextKind::jsonl, packed,
                        database->get(), *build);
  } else {
    if (options["overwrite"].as<bool>()) std::remove(name.c_str());
    counts = corpus::build_store(name, database->get(), *build);
  }
  progress.reset();
  if (!counts) return tl::unexpected(counts.error());
  summarise(*counts);
  return ExitCode::done;
}

Result<int> corpus_merge(const po::variables_map& options, const Arguments& parts) {
  const auto& name = options["output"].as<std::string>();
  if (name == "-") return wrong_usage("merge writes a store", "name it with -o");
  if (std::filesystem::exists(name)) {
    if (!options["overwrite"].as<bool>())
      return wrong_usage(fmt::format("{} exists", name), "--overwrite replaces it");
    std::remove(name.c_str());
  }
  if (auto merged = corpus::merge_stores(name, parts); !merged)
    return tl::unexpected(merged.error());
  return ExitCode::done;
}

}  // namespace npuscope::cli
