#!/bin/sh
# What being recorded costs: wall time of a client of 1,000 small jobs on the fake NPU, as the ratio
# to the same client not recorded. Kinds of runs take turns; of the ratios of a round the median counts.
#
#   tests/bench/record.sh build/release 9
set -eu
build=$1
rounds=${2:-9}
jobs=${3:-1000}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
PATH=$build/capture_tools:$PATH
client="$build/tests/npu_client rknpu many $jobs"
timed='a=$(date +%s%N); "$@" > /dev/null; b=$(date +%s%N); echo $((b - a))'

run() {
  kind=$1
  shift
  npuscope fake --quiet -- "$@" sh -c "$timed" timed $client >> "$scratch/$kind.ns"
}
# New directories each time: files are slow to make where many were deleted just before.
record="npuscope record --quiet -o"
while [ "$rounds" -gt 0 ]; do
  run plain env
  run calls $record "$scratch/calls$rounds" --no-content --
  run contents $record "$scratch/contents$rounds" --
  run disk $record "$scratch/disk$rounds" --sync=disk --
  rounds=$((rounds - 1))
done
median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
for kind in plain calls contents disk; do
  ns=$(median < "$scratch/$kind.ns")
  ratio=$(paste "$scratch/$kind.ns" "$scratch/plain.ns" | awk '{ print $1 / $2 }' | median)
  echo "$kind $ns $ratio" |
    awk -v jobs="$jobs" '{ printf "%-9s %7.1f ms, %6.3f of plain, %6.1f us a job\n", $1, $2 / 1e6, $3, $2 / jobs / 1e3 }'
done
