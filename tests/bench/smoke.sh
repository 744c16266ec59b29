#!/bin/sh
# Runs every benchmark briefly: that they work and that fast and plain paths agree, never how long they take.
#   smoke.sh path/to/the/folder/of/the/programs
set -eu
folder=${1:?usage: smoke.sh path/to/build/tests/bench}
export NPUSCOPE_BENCH_WORDS=8192
"$folder/bench_rates" --benchmark_min_time=0.001
"$folder/bench_models" --benchmark_min_time=0.001
"$folder/bench_start_up" --benchmark_min_time=0.001
"$folder/bench_simulator" --benchmark_min_time=0.001
"$folder/bench_growth" 1 2
"$folder/bench_corpus" 4 8
"$folder/bench_diff" --benchmark_min_time=0.001
"$folder/bench_generate" --benchmark_min_time=0.001
for job in $("$folder/count_instructions"); do
  "$folder/count_instructions" "$job" 1024
done
echo "every benchmark runs, fast and plain paths agree"
