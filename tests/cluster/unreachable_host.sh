#!/bin/sh
# unreachable_host.sh SCALESIM: a host loses its link in the middle of a probe: one sentence within 30 s, nothing left.
set -eu
. "$(dirname "$0")/common.sh"
cluster_up 3 200mbit
cluster_run 3 1 "$1" probe --ranks 3 -b 1M -e 1M --time-budget 60s > "$scratch/out.txt" 2> "$scratch/err.txt" &
job=$!
tries=0
until grep -q measuring "$scratch/err.txt"; do
  tries=$((tries + 1))
  [ "$tries" -lt 200 ] || fail "the job did not start"
  sleep 0.1
done
sleep 2
cluster_cut 2
started=$(date +%s)
code=0
wait "$job" || code=$?
took=$(($(date +%s) - started))
[ "$took" -le 30 ] || fail "the job took $took s to end"
[ "$code" != 0 ] || fail "exit code 0"
grep -q '^scalesim: .*stopped' "$scratch/err.txt" || fail "no sentence"
