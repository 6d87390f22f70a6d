#!/bin/sh
# The speed of everything that is asked often, with the peers' figures beside it. Builds the benchmark program alone
# and passes its options on: scripts/bench.sh --benchmark_filter='ring|evaluations'
set -e
cd "$(dirname "$0")/.."
[ -f build/bench/CMakeCache.txt ] || cmake --preset bench >/dev/null
cmake --build build/bench --target scalesim_bench >/dev/null
exec build/bench/tests/bench/scalesim_bench "$@"
