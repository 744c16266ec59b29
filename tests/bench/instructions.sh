#!/bin/sh
# Instructions for each word or line, by callgrind: the slope between two sizes, so that set-up does not count.
#   instructions.sh path/to/count_instructions [JOB...]
# Repeatable to the instruction on one machine and compiler.
set -eu
program=${1:?usage: instructions.sh path/to/count_instructions [JOB...]}
shift
small=${NPUSCOPE_SMALL_WORDS:-4096}
large=${NPUSCOPE_LARGE_WORDS:-20480}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

count() {
  valgrind --tool=callgrind --callgrind-out-file="$folder/out" --toggle-collect=npuscope_measured_run \
    "$program" "$1" "$2" >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
  sed -n 's/^summary: //p; s/^totals: //p' "$folder/out" | tail -1
}

[ $# -gt 0 ] || set -- $("$program")
printf '%-28s %s\n' job "instructions a line"
for job in "$@"; do
  few=$(count "$job" "$small")
  many=$(count "$job" "$large")
  awk -v job="$job" -v few="$few" -v many="$many" -v words=$((large - small)) \
    'BEGIN { printf "%-28s %.1f\n", job, (many - few) / words }'
done
