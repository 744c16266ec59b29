// Promise 9: what every command does first. Loads the embedded database and lays out the formats.
#include <benchmark/benchmark.h>

#include "decoder/emit/binary_record.h"
#include "decoder/emit/emit_format.h"
#include "decoder/emit/json_format.h"
#include "regdb/register_db.h"
#include "tests/bench/words.h"

namespace npuscope::bench {

namespace {

void load_database(benchmark::State& state) {
  for (auto _ : state) {
    auto db = RegisterDb::load({}, {});
    require(db && db->registers().size() == RegisterDb::builtin().registers().size(),
            "the embedded database loads");
    benchmark::DoNotOptimize(db);
  }
}
BENCHMARK(load_database)->Name("load_database/promise9")->Unit(benchmark::kMicrosecond);

template <typename Format>
void lay_out(benchmark::State& state) {
  const RegisterDb& db = RegisterDb::builtin();
  for (auto _ : state) {
    Format format(db);
    benchmark::DoNotOptimize(format);
  }
}
BENCHMARK(lay_out<EmitFormat>)->Name("lay_out_emit")->Unit(benchmark::kMicrosecond);
BENCHMARK(lay_out<JsonFormat>)->Name("lay_out_json")->Unit(benchmark::kMicrosecond);
BENCHMARK(lay_out<BinaryDecoder>)->Name("lay_out_binary")->Unit(benchmark::kMicrosecond);

}  // namespace

}  // namespace npuscope::bench

BENCHMARK_MAIN();
