// Promises 7, 8 and 10: folders of dumps of 28 KiB, each of another program, are decoded into JSON
// lines, CSV and a store. Prints times, peak memory after each, and the ratio of the times.
//
//   bench_corpus 2000 20000      numbers of dumps; all are written to a folder that is gone
//   afterwards
//
// A dump is what a board's weight buffer holds: weights (random here), commands, a copy of the task
// table.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string_view>
#include <vector>

#include "decoder/corpus/build.h"
#include "replay/generate/generated.h"
#include "replay/shape/infer_shape.h"

namespace {

using namespace npuscope;

// 56 x 56 pixels, 64 channels, 128 kernels of one pixel: 28,352 bytes; others of about the size.
ConvShape shape_of(std::size_t number) {
  ConvShape shape;
  shape.in_channels = 64;
  shape.in_height = static_cast<std::uint32_t>(40 + number % 40);
  shape.in_width = static_cast<std::uint32_t>(40 + number / 40 % 40);
  shape.out_channels = static_cast<std::uint32_t>(96 + 16 * (number % 4));
  return shape;
}

void write_dump(const std::string& path, std::size_t number) {
  GenerateOptions options;
  options.top -= (number % 4096) * 4096;
  const auto made = generate_program(shape_of(number), options);
  if (!made) return;
  const Capture capture = capture_of(*made);
  for (const Buffer& buffer : capture.buffers) {
    if (buffer.role != BufferRole::commands) continue;
    std::mt19937_64 random(number);
    std::vector<std::uint64_t> words((buffer.size + 7) / 8);
    for (std::uint64_t& word : words) word = random();
    for (const Piece& piece : buffer.pieces)
      std::memcpy(reinterpret_cast<std::byte*>(words.data()) + piece.offset, piece.bytes.data(),
                  piece.bytes.size());
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(words.data()),
               static_cast<std::streamsize>(buffer.size));
  }
}

std::string geometry(const std::vector<corpus::RegisterValues>& records) {
  std::vector<RegisterLookup> lookups;
  for (const corpus::RegisterValues& values : records)
    lookups.emplace_back([&values](std::uint16_t offset) { return values.at(offset); });
  const auto shape = infer_shape(lookups);
  return shape ? key_of(*shape) : std::string();
}

// Time of the processor in seconds, user and system: the clock on the wall tells of others as well.
// Each work is a process of its own, so that the peak of memory is its own.
template <typename Work>
double seconds(std::string_view name, std::size_t count, Work&& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  rusage usage{};
  if (child < 0 || ::wait4(child, &status, 0, &usage) != child || status != 0) {
    fmt::print(stderr, "bench_corpus: {} failed\n", name);
    std::exit(1);
  }
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  const double time = of(usage.ru_utime) + of(usage.ru_stime);
  fmt::print("{:>6} dumps  {:<18} {:7.3f} s, of them {:.3f} s in the kernel, peak {:.1f} MiB\n",
             count, name, time, of(usage.ru_stime), static_cast<double>(usage.ru_maxrss) / 1024);
  return time;
}

struct Times {
  double jsonl = 0, store = 0;
};

Times measure(std::size_t count) {
  std::string folder = (std::filesystem::temp_directory_path() / "npuscope-bench-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) std::exit(1);
  std::filesystem::create_directory(folder + "/dumps");
  seconds("written", count, [&] {
    for (std::size_t i = 0; i < count; ++i)
      write_dump(fmt::format("{}/dumps/{:05}.bin", folder, i), i);
  });
  Times times;
  corpus::BuildOptions options;
  options.roots = {folder + "/dumps"};
  options.limits.geometry = geometry;
  for (const unsigned threads : {1U, 2U}) {
    options.threads = threads;
    const auto text = [&](corpus::TextKind kind) {
      Sink nowhere([](std::string_view) { return true; });
      static_cast<void>(corpus::write_corpus(kind, RegisterDb::builtin(), options, nowhere));
    };
    const std::string suffix = fmt::format(", {} thread{}", threads, threads == 1 ? "" : "s");
    const double jsonl = seconds("jsonl" + suffix, count, [&] { text(corpus::TextKind::jsonl); });
    seconds("csv" + suffix, count, [&] { text(corpus::TextKind::csv); });
    const std::string store = fmt::format("{}/{}.sqlite", folder, threads);
    const double stored = seconds("store" + suffix, count, [&] {
      static_cast<void>(corpus::build_store(store, RegisterDb::builtin(), options));
    });
    fmt::print("{:>6} dumps  {:.1f} MiB of store\n", count,
               static_cast<double>(std::filesystem::file_size(store)) / (1U << 20U));
    if (threads == 1) times = {jsonl, stored};
  }
  std::filesystem::remove_all(folder);
  return times;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    fmt::print(stderr, "usage: bench_corpus FEW MANY\n");
    return 2;
  }
  corpus::keep_freed_memory();
  const Times few = measure(std::strtoull(arguments[1], nullptr, 10));
  const Times many = measure(std::strtoull(arguments[2], nullptr, 10));
  fmt::print("ratio of the times: jsonl {:.2f}, store {:.2f}\n", many.jsonl / few.jsonl,
             many.store / few.store);
}
