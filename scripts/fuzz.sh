#!/bin/sh
# Runs every fuzz target for SECONDS each (or only the named ones), two at a time, seeded with the tests' own samples, and
# fails when one of them ends in a crash, a hang (10 s) or a sanitizer report. Finds are kept in build/fuzz/corpus/,
# crashes and logs in build/fuzz/.
# usage: scripts/fuzz.sh SECONDS [reader...]     after: cmake --preset fuzz && cmake --build --preset fuzz
set -eu
cd "$(dirname "$0")/.."
seconds=${1:?"usage: scripts/fuzz.sh SECONDS [reader...]"}
shift
[ $# -gt 0 ] || set -- cluster_toml $(basename -s .cpp topology/capture/readers/*.cpp)

fuzz_one() {
  reader=$1 seconds=$2 log=build/fuzz/$1.log
  mkdir -p "build/fuzz/corpus/$reader"
  seeds=tests/topology/samples
  [ ! -d "tests/fuzz/seeds/$reader" ] || seeds=tests/fuzz/seeds/$reader
  if "build/fuzz/tests/fuzz/fuzz_$reader" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 \
    -print_final_stats=1 -artifact_prefix="build/fuzz/$reader-" "build/fuzz/corpus/$reader" "$seeds" 2>"$log"; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    echo "$reader: $runs runs, $(grep -o 'cov: [0-9]*' "$log" | tail -1 | cut -d' ' -f2) edges, no find"
  else
    tail -40 "$log"
    echo "$reader: FOUND, see $log"
    return 1
  fi
}

if [ "${FUZZ_ONE:-}" ]; then
  fuzz_one "$FUZZ_ONE" "$seconds"
  exit
fi
printf '%s\n' "$@" | xargs -P 2 -I{} env FUZZ_ONE={} scripts/fuzz.sh "$seconds"
