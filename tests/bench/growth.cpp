// Promises 8 and 10: words are streamed into EMIT text for two sizes. Prints time, rate, peak
// memory after each size, and the ratio of the times.
//
//   bench_growth 64 1024         MiB of words; the ratio should be near 16 and the memory the same
//
// The words are generated, so that nothing but the stream itself is in memory.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "decoder/emit/emit_format.h"
#include "decoder/emit/sink.h"
#include "tests/bench/words.h"

namespace {

using namespace npuscope;
using namespace npuscope::bench;

constexpr std::size_t block_words = std::size_t{1} << 15U;  // 256 KiB

struct Streamed {
  double seconds = 0;
  std::uint64_t text_bytes = 0;
};

Streamed stream(const EmitFormat& format, const std::vector<Word>& block, std::uint64_t mib) {
  Streamed result;
  const std::clock_t start = std::clock();  // of the processor: others may be at work
  {
    Sink sink([&](std::string_view text) {
      result.text_bytes += text.size();
      return true;
    });
    std::uint64_t address = 0;
    for (std::uint64_t left = (mib << 20U) / 8; left > 0;) {
      const auto count = std::min<std::uint64_t>(left, block.size());
      for (std::size_t i = 0; i < count; ++i, address = (address + 8) & 0xffffffffU)
        sink.used(format.write_line(sink.room(format.max_line()), address, block[i]));
      left -= count;
    }
  }
  result.seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  return result;
}

double peak_mib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    fmt::print(stderr, "usage: bench_growth SMALL_MIB LARGE_MIB\n");
    return 2;
  }
  const EmitFormat format(RegisterDb::builtin());
  const std::vector<Word> block = generated_words(block_words);
  Streamed best[2];
  for (const int which : {0, 1}) {
    const std::uint64_t mib = std::strtoull(arguments[1 + which], nullptr, 10);
    for (int repetition = 0; repetition < 3; ++repetition) {
      const Streamed one = stream(format, block, mib);
      if (repetition == 0 || one.seconds < best[which].seconds) best[which] = one;
    }
    fmt::print(
        "{:>6} MiB of words: {:.3f} s, {:.1f} M lines/s, {} bytes of text, peak {:.1f} MiB\n", mib,
        best[which].seconds, static_cast<double>(mib << 20U) / 8e6 / best[which].seconds,
        best[which].text_bytes, peak_mib());
  }
  fmt::print("ratio of the times {:.2f}, of the text {:.2f}\n", best[1].seconds / best[0].seconds,
             static_cast<double>(best[1].text_bytes) / static_cast<double>(best[0].text_bytes));
}
