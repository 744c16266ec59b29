#!/bin/sh
# What being recorded costs: wall time of a client of 1,000 small jobs on the fake NPU, as the ratio
# to the same client not recorded. Kinds of runs take turns, and the fastest of each counts.
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
best() { sort -n "$scratch/$1.ns" | head -1; }
plain=$(best plain)
for kind in plain calls contents disk; do
  best $kind | awk -v plain="$plain" -v jobs="$jobs" -v kind=$kind \
    '{ printf "%-9s %7.1f ms, %6.3f of plain, %6.1f us a job more\n", kind, $1 / 1e6, $1 / plain, ($1 - plain) / jobs / 1e3 }'
done
