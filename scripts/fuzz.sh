#!/bin/sh
# Runs every fuzz target for SECONDS each (or only the named ones), seeded with tests/topology/samples, and stops at the
# first crash, hang (5 s) or sanitizer report. Finds are kept in build/fuzz/corpus/, crashes in build/fuzz/.
# usage: scripts/fuzz.sh SECONDS [reader...]     after: cmake --preset fuzz && ninja -C build/fuzz
set -eu
cd "$(dirname "$0")/.."
seconds=${1:?"usage: scripts/fuzz.sh SECONDS [reader...]"}
shift
[ $# -gt 0 ] || set -- $(basename -s .cpp topology/readers/*.cpp)
for reader in "$@"; do
  corpus=build/fuzz/corpus/$reader
  mkdir -p "$corpus"
  echo "== $reader"
  build/fuzz/tests/fuzz/fuzz_$reader -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 -max_len=16384 \
    -print_final_stats=1 -artifact_prefix=build/fuzz/"$reader"- "$corpus" tests/topology/samples 2>build/fuzz/$reader.log ||
    { tail -40 build/fuzz/$reader.log; exit 1; }
  grep -E "number_of_executed_units|average_exec_per_sec|new_units_added|slowest_unit|peak_rss" build/fuzz/$reader.log
done
