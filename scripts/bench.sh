#!/bin/sh
# The speed of the simulator with the peers' figures beside it. Builds the benchmark program alone and passes
# its options on: scripts/bench.sh --benchmark_filter=ring
set -e
cd "$(dirname "$0")/.."
[ -f build/bench/CMakeCache.txt ] || cmake --preset bench >/dev/null
cmake --build build/bench --target scalesim_bench >/dev/null
filter='--benchmark_filter=ring_of_messages|transformer_step|resnet_curve|evaluations'
exec build/bench/tests/bench/scalesim_bench "$filter" "$@"
